// Names given by shape where tensors are empty, of other types, or more on one side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lineage/shape_pairing.h"
#include "lineage/toy_model.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {
namespace shape_pairing_edges_test {

using ::testing::IsEmpty;
using Names = std::map<std::string, std::string>;

ToyTensor Noise(std::vector<std::uint64_t> shape, float mean, std::uint64_t seed) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(mean);
  ToyTensor tensor{.shape = std::move(shape), .values = std::vector<float>(count)};
  for (float& value : tensor.values) value = normal(random);
  return tensor;
}

Names Given(const Checkpoint& b, const Checkpoint& a, unsigned threads = 2) {
  Names given;
  for (const NameGiven& name : NamedAfter(b, a, threads).given) given.emplace(name.from, name.to);
  return given;
}

Names Given(const std::map<std::string, ToyTensor>& b, const std::map<std::string, ToyTensor>& a,
            unsigned threads = 2) {
  const StoredToy stored_b({.tensors = b, .config = {}}), stored_a({.tensors = a, .config = {}});
  return Given(*stored_b.traced().checkpoint, *stored_a.traced().checkpoint, threads);
}

TEST(ShapePairingEdges, EmptyTensorsKeepTheirNames) {
  EXPECT_THAT(Given({{"1", {{0, 4}, {}}}}, {{"x", {{0, 4}, {}}}}), IsEmpty());
  EXPECT_THAT(Given({}, {}), IsEmpty());
  EXPECT_THAT(Given({{"1", Noise({4}, 0, 1)}}, {}), IsEmpty());
}

// Moments decide which of B's tensors are left over, and which of A's.
TEST(ShapePairingEdges, LeftOversOfEitherSideAreTheLeastAlike) {
  const auto like = [](float mean, std::uint64_t seed) { return Noise({200}, mean, seed); };
  const std::map<std::string, ToyTensor> two = {{"low", like(1, 1)}, {"high", like(9, 2)}};
  const std::map<std::string, ToyTensor> three = {
      {"1", like(9, 3)}, {"2", like(4, 4)}, {"3", like(1, 5)}};
  EXPECT_EQ(Given(three, two), (Names{{"1", "high"}, {"3", "low"}}));
  EXPECT_EQ(Given(two, three), (Names{{"low", "3"}, {"high", "1"}}));
}

TEST(ShapePairingEdges, EqualMomentsGoByPlaceInTheFile) {
  const ToyTensor ones{{30}, std::vector<float>(30, 1)};
  EXPECT_EQ(Given({{"1", ones}, {"2", ones}, {"3", ones}}, {{"x", ones}, {"y", ones}, {"z", ones}}),
            (Names{{"1", "x"}, {"2", "y"}, {"3", "z"}}));
}

Checkpoint OfBytes(const std::string& name, const std::string& dtype, std::size_t bytes) {
  return OpenSafetensors(MakeMemorySource(
      name, ToBytes(SafetensorsFile({{name, dtype, {8}, std::string(bytes, '\1')}}))));
}

// Stored in another type, as converted checkpoints are; but only numbers are compared.
TEST(ShapePairingEdges, TypesOfNumbersDoNotMatter) {
  EXPECT_EQ(Given(OfBytes("1", "BF16", 16), OfBytes("x", "F32", 32)), (Names{{"1", "x"}}));
  EXPECT_EQ(Given(OfBytes("1", "F64", 64), OfBytes("x", "F16", 16)), (Names{{"1", "x"}}));
}

TEST(ShapePairingEdges, RenamedTensorsKeepTheirValues) {
  const StoredToy b({.tensors = {{"1", Noise({4, 5}, 0, 1)}}, .config = {}}),
      a({.tensors = {{"x", Noise({4, 5}, 0, 2)}}, .config = {}});
  const RenamedCheckpoint renamed = NamedAfter(*b.traced().checkpoint, *a.traced().checkpoint, 1);
  const Tensor* const found = renamed.checkpoint.Find("x");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(renamed.checkpoint.Find("1"), nullptr);
  EXPECT_EQ(found->stored_name(), "1");
  EXPECT_EQ(found->shape, (Shape{4, 5}));
  EXPECT_EQ(found->offset_bytes, b.traced().checkpoint->tensors()[0].offset_bytes);
}

TEST(ShapePairingEdges, SameForAnyNumberOfThreads) {
  std::map<std::string, ToyTensor> a, b;
  for (std::uint64_t i = 0; i < 12; ++i) {
    a.emplace("a" + std::to_string(i), Noise({50}, static_cast<float>(i), i));
    b.emplace("b" + std::to_string(7 * i % 12), Noise({50}, static_cast<float>(i), 100 + i));
  }
  const Names one = Given(b, a, 1);
  EXPECT_EQ(one.size(), 12U);
  EXPECT_EQ(one, Given(b, a, 2));
  EXPECT_EQ(one, Given(b, a, 7));
}

}  // namespace shape_pairing_edges_test
}  // namespace modelkin::testing
