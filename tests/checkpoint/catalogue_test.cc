// The catalogue itself: order, look-up and sums.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

#include "checkpoint/checkpoint.h"
#include "support/expect_error.h"
#include "support/safetensors_writer.h"

namespace modelkin {
namespace catalogue_test {

using testing::CatchError;
using ::testing::HasSubstr;
using testing::SafetensorsFile;
using testing::ToBytes;

std::shared_ptr<const ByteSource> Memory(const std::string& label, const std::string& bytes) {
  return MakeMemorySource(label, ToBytes(bytes));
}

TEST(NaturalLess, ComparesRunsOfDigitsAsNumbers) {
  EXPECT_TRUE(NaturalLess("layers.2.w", "layers.10.w"));
  EXPECT_FALSE(NaturalLess("layers.10.w", "layers.2.w"));
  EXPECT_TRUE(NaturalLess("a9b2", "a9b10"));
  EXPECT_TRUE(NaturalLess("99999999999999999999", "100000000000000000000"));
}

TEST(NaturalLess, ComparesTheRestAsText) {
  EXPECT_TRUE(NaturalLess("a", "b"));
  EXPECT_TRUE(NaturalLess("a", "aa"));
  EXPECT_TRUE(NaturalLess("", "a"));
  EXPECT_TRUE(NaturalLess("a.1", "a.1.b"));
  EXPECT_TRUE(NaturalLess("a.1", "a.b"));
  EXPECT_FALSE(NaturalLess("same", "same"));
}

TEST(NaturalLess, NumbersThatDifferInLeadingZerosOnlyAreStillOrdered) {
  EXPECT_NE(NaturalLess("a1", "a01"), NaturalLess("a01", "a1"));
  EXPECT_TRUE(NaturalLess("a01.x", "a1.y"));
  EXPECT_TRUE(NaturalLess("a1.x", "a01.y"));
  EXPECT_TRUE(NaturalLess("a0", "a1"));
  EXPECT_TRUE(NaturalLess("a00", "a1"));
}

TEST(NaturalLess, IsAStrictOrder) {
  std::vector<std::string> names;
  const std::vector<std::string> parts = {"",   "0", "00", "1", "01",
                                          "10", "2", "a",  ".", "\xC3\xA4"};
  for (const auto& a : parts) {
    for (const auto& b : parts) {
      for (const auto& c : parts) names.push_back(a + b + c);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::ranges::sort(names, NaturalLess);
  // Were the order not transitive or not total, some later name would come before an earlier one.
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t k = i + 1; k < names.size(); ++k) {
      ASSERT_TRUE(NaturalLess(names[i], names[k])) << names[i] << " " << names[k];
      ASSERT_FALSE(NaturalLess(names[k], names[i])) << names[i] << " " << names[k];
    }
  }
}

TEST(OpenSafetensors, NamesTheFileWithoutItsFolder) {
  const Checkpoint checkpoint =
      OpenSafetensors(Memory("some/folder/m.safetensors", SafetensorsFile({})));
  EXPECT_EQ(checkpoint.path(), "some/folder/m.safetensors");
  EXPECT_EQ(checkpoint.files().at(0).name, "m.safetensors");
  EXPECT_EQ(OpenSafetensors(Memory("plain", SafetensorsFile({}))).files().at(0).name, "plain");
}

TEST(Checkpoint, FindsEveryTensorAndNoOther) {
  const Checkpoint checkpoint = OpenSafetensors(
      Memory("m", SafetensorsFile({{"b", "U8", {1}, "x"}, {"a", "F16", {2}, "yyyy"}})));
  ASSERT_NE(checkpoint.Find("a"), nullptr);
  EXPECT_EQ(checkpoint.Find("a")->dtype, DType::kF16);
  EXPECT_EQ(checkpoint.Find("a")->shape, (Shape{2}));
  EXPECT_EQ(checkpoint.Find("b")->length_bytes, 1U);
  EXPECT_EQ(checkpoint.Find("c"), nullptr);
  EXPECT_EQ(checkpoint.Find(""), nullptr);
}

TEST(Checkpoint, AddsUpElementsAndBytes) {
  const Checkpoint checkpoint =
      OpenSafetensors(Memory("m", SafetensorsFile({{"a", "F32", {2, 2}, std::string(16, 'x')},
                                                   {"b", "F4", {6}, "xyz"},
                                                   {"c", "F64", {0}, ""}})));
  EXPECT_EQ(checkpoint.total_elements(), 10U);
  EXPECT_EQ(checkpoint.total_bytes(), 19U);
}

TEST(Checkpoint, SortsTensorsInNaturalOrder) {
  const Checkpoint checkpoint = OpenSafetensors(
      Memory("m", SafetensorsFile({{"l.10", "U8", {1}, "x"}, {"l.2", "U8", {1}, "x"}})));
  EXPECT_EQ(checkpoint.tensors().at(0).name, "l.2");
  EXPECT_EQ(checkpoint.tensors().at(1).name, "l.10");
}

TEST(Checkpoint, StaysUsableWhenMoved) {
  Checkpoint original = OpenSafetensors(Memory("m", SafetensorsFile({{"a", "U8", {1}, "x"}})));
  const Checkpoint moved = std::move(original);
  ASSERT_NE(moved.Find("a"), nullptr);
  EXPECT_EQ(moved.Find("a"), &moved.tensors()[0]);
}

TEST(Checkpoint, CannotBeCopied) {
  // The look-up table of a copy would point into the original.
  EXPECT_FALSE(std::is_copy_constructible_v<Checkpoint>);
  EXPECT_FALSE(std::is_copy_assignable_v<Checkpoint>);
}

TEST(Checkpoint, RefusesANameThatOccursTwice) {
  const auto source = Memory("folder/two.safetensors", "");
  const auto make = [&] {
    return Checkpoint("folder",
                      {{.name = "one.safetensors", .source = source},
                       {.name = "two.safetensors", .source = source}},
                      {{.name = "w", .file = 0}, {.name = "w", .file = 1, .offset_bytes = 7}}, {});
  };
  const Error error = CatchError(ErrorKind::kBadInput, make);
  EXPECT_THAT(error.what(), HasSubstr("name occurs in two files, also in"));
  EXPECT_EQ(error.site().tensor, "w");
}

}  // namespace catalogue_test
}  // namespace modelkin
