#include "scan/byte_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "scan/scan_files.h"
#include "scan/test_values.h"

namespace modelkin {
namespace byte_diff_test {

using ::testing::ElementsAre;
using testing::Encode;
using testing::Generate;
using ::testing::IsEmpty;
using testing::MakeCheckpoint;
using testing::MakeTensor;
using testing::Normal;
using testing::TestTensor;

TestTensor Floats(std::string name, const std::vector<double>& values) {
  return MakeTensor(std::move(name), DType::kF32, Encode(DType::kF32, values));
}

ByteDiff Diff(const Checkpoint& a, const Checkpoint& b, const PairingOptions& options = {}) {
  Progress progress;
  return DiffBytes(a, b, PairByName(a, b, options), 2, progress);
}

// "a -> b1 b2", with "*" for one that is at its partner too.
std::vector<std::string> Elsewhere(const ByteDiff& diff) {
  std::vector<std::string> texts;
  for (const ContentMatch& match : diff.elsewhere) {
    std::string text = match.a->name + (match.also_at_partner ? "*" : "") + " ->";
    for (const Tensor* b : match.b) text += " " + b->name;
    texts.push_back(text);
  }
  return texts;
}

TEST(DiffBytes, IdenticalCheckpoints) {
  const Checkpoint a = MakeCheckpoint({Floats("x", {1, 2, 3}),
                                       Floats("y", {4}),
                                       {"fp4", "F4", {4}, "\x12\x34"},
                                       Floats("empty", {})});
  const ByteDiff diff = Diff(a, a);
  EXPECT_TRUE(diff.all_identical());
  EXPECT_EQ(diff.identical_count(), 4U);
  EXPECT_EQ(diff.digests_a, diff.digests_b);
  EXPECT_EQ(diff.digests_a.size(), 4U);
  EXPECT_THAT(diff.elsewhere, IsEmpty());
  for (const TensorDiff& tensor : diff.tensors) {
    EXPECT_FALSE(tensor.ulp.has_value());
    if (tensor.pair.a->name == "fp4") {
      EXPECT_FALSE(tensor.bit_equal.has_value());
    } else {
      EXPECT_EQ(tensor.bit_equal, tensor.pair.a->elements);
    }
  }
}

// SHA-256 of the bytes "abc": FIPS 180-2, appendix B.1.
TEST(DiffBytes, DigestsAreSha256) {
  const Checkpoint a = MakeCheckpoint({MakeTensor("x", DType::kU8, "abc")});
  EXPECT_THAT(Diff(a, a).digests_a,
              ElementsAre("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

TEST(DiffBytes, ValuesOfTwoTypesWhereAsked) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = {1, 2.5, 0.0, nan, -3};
  const Checkpoint a = MakeCheckpoint({Floats("x", values)});
  const Checkpoint b = MakeCheckpoint({MakeTensor(
      "x", DType::kBF16, Encode(DType::kBF16, std::vector<double>{1, 2.5, -0.0, nan, 3}))});
  Progress progress;
  const Pairing pairing = PairByName(a, b, {});
  EXPECT_FALSE(DiffBytes(a, b, pairing, 2, progress).tensors[0].bit_equal.has_value());
  const ByteDiff diff = DiffBytes(a, b, pairing, 2, progress, true);
  EXPECT_FALSE(diff.tensors[0].identical);
  EXPECT_EQ(diff.tensors[0].bit_equal, 3U);  // not 0 and -0, nor 3 and -3
  EXPECT_FALSE(diff.tensors[0].ulp.has_value());
}

// The bytes of a view's elements, in its order, and not those that it is a part of.
TEST(DiffBytes, ViewsAreWhatTheyShow) {
  const Checkpoint stored = MakeCheckpoint({Floats("x", {1, 2, 3, 4, 5, 6})});
  Tensor turned = stored.tensors().front();
  turned.shape = {3, 2};
  turned.view = std::make_shared<const TensorView>(
      TensorView{.stored_name = "x", .offset = 0, .dimensions = {3, 2}, .strides = {1, 3}});
  Tensor last = stored.tensors().front();
  last.name = "y";
  last.shape = {2};
  last.elements = 2;
  last.view = std::make_shared<const TensorView>(
      TensorView{.stored_name = "x", .offset = 4, .dimensions = {2}, .strides = {1}});
  const Checkpoint a(stored.path(), stored.files(), {turned, last}, {});
  const Checkpoint b = MakeCheckpoint(
      {{"x", "F32", {3, 2}, Encode(DType::kF32, std::vector<double>{1, 4, 2, 5, 3, 6})},
       Floats("y", {5, 6})});
  EXPECT_TRUE(Diff(a, b).all_identical());
}

TEST(DiffBytes, ElementsThatDiffer) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Checkpoint a = MakeCheckpoint({Floats("x", {1, 2, 0.0, nan, 1, 5, nan})});
  const Checkpoint b =
      MakeCheckpoint({Floats("x", {1, 2 + 0x1p-22, -0.0, nan, 1 + 5 * 0x1p-23, -5, 1})});
  const ByteDiff diff = Diff(a, b);
  ASSERT_EQ(diff.tensors.size(), 1U);
  const TensorDiff& tensor = diff.tensors[0];
  EXPECT_FALSE(tensor.identical);
  EXPECT_FALSE(diff.all_identical());
  EXPECT_EQ(tensor.bit_equal, 2U);  // 1, and NaN with itself
  ASSERT_TRUE(tensor.ulp.has_value());
  EXPECT_EQ(tensor.ulp->nan_pairs, 2U);
  EXPECT_EQ(tensor.ulp->buckets[0], 2U);   // 1 and the zeros
  EXPECT_EQ(tensor.ulp->buckets[1], 1U);   // one ulp
  EXPECT_EQ(tensor.ulp->buckets[3], 1U);   // 5 ulps: [4, 8)
  EXPECT_EQ(tensor.ulp->buckets[32], 1U);  // 5 and -5: 2 * 0x40A00000
}

// More elements than one job takes, against a plain loop.
TEST(DiffBytes, LongTensors) {
  constexpr std::size_t kCount = (1 << 20) + 777;
  const std::vector<double> noise = Normal(kCount, 0, 100, 1);
  const auto near = Generate(kCount, [&](std::size_t i) {
    return i % 3 == 0 ? noise[i] : noise[i] + 1e-3 * noise[kCount - 1 - i];
  });
  for (const DType type : {DType::kBF16, DType::kI32}) {
    const std::string bytes_a = Encode(type, noise);
    const std::string bytes_b = Encode(type, near);
    const std::size_t width = BitWidth(type) / 8;
    std::uint64_t equal = 0;
    UlpHistogram expected;
    for (std::size_t i = 0; i < kCount; ++i) {
      std::uint64_t a = 0, b = 0;
      bytes_a.copy(reinterpret_cast<char*>(&a), width, i * width);
      bytes_b.copy(reinterpret_cast<char*>(&b), width, i * width);
      equal += a == b ? 1 : 0;
      if (type == DType::kBF16) {
        ++expected.buckets[static_cast<std::size_t>(std::bit_width(*UlpDistance(type, a, b)))];
      }
    }
    const Checkpoint a = MakeCheckpoint({MakeTensor("x", type, bytes_a)});
    const Checkpoint b = MakeCheckpoint({MakeTensor("x", type, bytes_b)});
    const TensorDiff tensor = Diff(a, b).tensors.at(0);
    EXPECT_EQ(tensor.bit_equal, equal);
    EXPECT_EQ(tensor.ulp.has_value(), type == DType::kBF16);
    if (tensor.ulp.has_value()) {
      EXPECT_EQ(tensor.ulp->buckets, expected.buckets);
    }
  }
}

TEST(DiffBytes, RenamedMovedAndDuplicatedTensors) {
  const TestTensor first = Floats("first", {1, 2, 3});
  const TestTensor second = Floats("second", {4, 5, 6});
  const TestTensor third = Floats("third", {7, 8, 9});
  const auto named = [](TestTensor tensor, const char* name) {
    tensor.name = name;
    return tensor;
  };
  const Checkpoint a = MakeCheckpoint({first, second, third});
  const Checkpoint b =
      MakeCheckpoint({named(first, "renamed"), named(third, "second"), named(second, "third"),
                      named(second, "copy.10"), named(second, "copy.2")});
  EXPECT_THAT(Elsewhere(Diff(a, b)),
              ElementsAre("first -> renamed", "second -> copy.2 copy.10 third", "third -> second"));

  const Checkpoint with_copy = MakeCheckpoint({first, second, third, named(third, "fourth")});
  EXPECT_THAT(Elsewhere(Diff(a, with_copy)), ElementsAre("third* -> fourth"));
}

// Zeros and ones are found everywhere and mean nothing.
TEST(DiffBytes, ConstantsAreNotReported) {
  const Checkpoint a = MakeCheckpoint({Floats("zeros", {0, 0, 0}), Floats("ones", {1, 1, 1}),
                                       Floats("one", {5}), Floats("nearly", {1, 1, 1, 1, 2}),
                                       MakeTensor("bytes", DType::kU8, "aaaaaaaa")});
  const Checkpoint b = MakeCheckpoint({Floats("zeros.b", {0, 0, 0}), Floats("ones.b", {1, 1, 1}),
                                       Floats("one.b", {5}), Floats("nearly.b", {1, 1, 1, 1, 2}),
                                       MakeTensor("bytes.b", DType::kU8, "aaaaaaaa")});
  const ByteDiff diff = Diff(a, b);
  EXPECT_THAT(Elsewhere(diff), ElementsAre("nearly -> nearly.b"));
  EXPECT_EQ(diff.constant_matches, 4U);
}

// Elements of 4 and 6 bits are found by their content, too.
TEST(DiffBytes, NarrowTypesMove) {
  const Checkpoint a = MakeCheckpoint({{"fp4", "F4", {8}, "\x12\x34\x56\x78"},
                                       {"fp6", "F6_E2M3", {8}, "\x12\x34\x56\x78\x9A\xBC"},
                                       {"zeros4", "F4", {8}, std::string(4, '\0')},
                                       {"zeros6", "F6_E3M2", {8}, std::string(6, '\0')}});
  const Checkpoint b = MakeCheckpoint({{"fp4.b", "F4", {8}, "\x12\x34\x56\x78"},
                                       {"fp6.b", "F6_E2M3", {8}, "\x12\x34\x56\x78\x9A\xBC"},
                                       {"zeros4.b", "F4", {8}, std::string(4, '\0')},
                                       {"zeros6.b", "F6_E3M2", {8}, std::string(6, '\0')}});
  const ByteDiff diff = Diff(a, b);
  EXPECT_THAT(Elsewhere(diff), ElementsAre("fp4 -> fp4.b", "fp6 -> fp6.b"));
  EXPECT_EQ(diff.constant_matches, 2U);
}

// The same bytes as another type are other numbers.
TEST(DiffBytes, TypesShapesAndOneSidedTensors) {
  const std::string bytes = Encode(DType::kF32, std::vector<double>{1, 2, 3, 4});
  const Checkpoint a = MakeCheckpoint({{"type", "F32", {4}, bytes},
                                       {"shape", "F32", {2, 2}, bytes},
                                       Floats("only_a", {9, 8}),
                                       Floats("both", {1, 5})});
  const Checkpoint b = MakeCheckpoint({{"type", "I32", {4}, bytes},
                                       {"shape", "F32", {4}, bytes},
                                       Floats("only_b", {7, 6}),
                                       Floats("both", {1, 6})});
  const ByteDiff diff = Diff(a, b);
  EXPECT_EQ(diff.identical_count(), 0U);
  for (const TensorDiff& tensor : diff.tensors) {
    const bool compared = tensor.pair.a != nullptr && tensor.pair.a->name == "both";
    EXPECT_EQ(tensor.bit_equal.has_value(), compared);
    EXPECT_EQ(tensor.ulp.has_value(), compared);
  }
  // "type" of A has the bytes and the type of "shape" in B.
  EXPECT_THAT(Elsewhere(diff), ElementsAre("type -> shape"));
}

TEST(DiffBytes, FilteredTensorsAreCountedOnly) {
  const Checkpoint a = MakeCheckpoint({Floats("x", {1, 2}), Floats("y", {3, 4})});
  const Checkpoint b = MakeCheckpoint({Floats("x", {1, 2}), Floats("z", {3, 4})});
  const ByteDiff diff = Diff(a, b, {.exclude = {"y"}});
  EXPECT_EQ(diff.left_out, 1U);
  EXPECT_EQ(diff.tensors.size(), 2U);
  EXPECT_THAT(Elsewhere(diff), IsEmpty());
}

}  // namespace byte_diff_test
}  // namespace modelkin
