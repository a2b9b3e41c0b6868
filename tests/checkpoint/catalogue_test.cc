// The catalogue itself: order, look-up and sums.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
