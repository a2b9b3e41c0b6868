#include "architecture/composed_view.h"

#include <gtest/gtest.h>

#include <numeric>

namespace modelkin {
namespace composed_view_test {

// The places of a view's elements, in their order.
std::vector<std::uint64_t> Places(const TensorView& view) {
  std::vector<std::uint64_t> places = {view.offset};
  for (std::size_t i = 0; i < view.dimensions.size(); ++i) {
    std::vector<std::uint64_t> next;
    for (const std::uint64_t place : places) {
      for (std::uint64_t k = 0; k < view.dimensions[i]; ++k) {
        next.push_back(place + k * view.strides[i]);
      }
    }
    places = std::move(next);
  }
  return places;
}

// Element by element, the composed view is the one view taken of the other.
void ExpectComposed(const TensorView& outer, const TensorView& inner) {
  const auto composed = ComposedView(outer, inner);
  ASSERT_TRUE(composed.has_value());
  EXPECT_EQ(composed->stored_name, inner.stored_name);
  EXPECT_EQ(composed->dimensions, outer.dimensions);
  const auto stored = Places(inner), of_tensor = Places(outer), found = Places(*composed);
  ASSERT_EQ(found.size(), of_tensor.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], stored[of_tensor[i]]) << i;
}

// Experts of gpt-oss: [experts, outputs, inputs] as stored, [experts, inputs, outputs] as shown, of
// which gates are every second output of one expert, turned back.
const TensorView kTurnedExperts{"experts", 0, {3, 4, 6}, {24, 1, 4}};

TEST(ComposedView, GatesOfTurnedExperts) {
  for (const std::uint64_t expert : {0, 1, 2}) {
    const TensorView gates{"m", expert * 24, {3, 4}, {2, 6}};
    ExpectComposed(gates, kTurnedExperts);
    const auto composed = ComposedView(gates, kTurnedExperts);
    EXPECT_EQ(composed->strides, (std::vector<std::uint64_t>{8, 1})) << "inputs lie side by side";
    ExpectComposed({"m", expert * 24 + 1, {3, 4}, {2, 6}}, kTurnedExperts);
  }
}

TEST(ComposedView, AWholeExpertTurnedBackIsContiguous) {
  const auto composed = ComposedView({"m", 24, {6, 4}, {1, 6}}, kTurnedExperts);
  ASSERT_TRUE(composed.has_value());
  EXPECT_EQ(composed->offset, 24U);
  EXPECT_TRUE(composed->contiguous());
}

TEST(ComposedView, OfWhatIsContiguous) {
  const TensorView rows{"stored", 100, {6, 4}, {4, 1}};
  ExpectComposed({"m", 2, {5}, {4}}, {"stored", 0, {6, 4}, {4, 1}});
  EXPECT_EQ(ComposedView({"m", 3, {7}, {3}}, rows)->offset, 103U);
  ExpectComposed({"m", 0, {1, 3}, {99, 2}}, {"stored", 0, {2, 3, 4}, {12, 4, 1}});
}

TEST(ComposedView, NothingIsCarried) {
  // Along the columns of a turned matrix, and on into the next row.
  EXPECT_FALSE(ComposedView({"m", 0, {12}, {1}}, {"s", 0, {4, 6}, {1, 4}}).has_value());
  EXPECT_FALSE(ComposedView({"m", 4, {3}, {1}}, {"s", 0, {4, 6}, {1, 4}}).has_value());
  ExpectComposed({"m", 3, {3}, {1}}, {"s", 0, {4, 6}, {1, 4}});
  // A step of more than a row, which is none of whole rows.
  EXPECT_FALSE(ComposedView({"m", 0, {3}, {7}}, {"s", 0, {4, 6}, {1, 4}}).has_value());
}

}  // namespace composed_view_test
}  // namespace modelkin
