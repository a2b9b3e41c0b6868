#include "architecture/composed_view.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace modelkin {
namespace {

using Numbers = std::vector<std::uint64_t>;

// Places of all elements, in order.
Numbers PlacesOf(const TensorView& view) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : view.dimensions) count *= length;
  Numbers places;
  for (std::uint64_t element = 0; element < count; ++element) {
    std::uint64_t at = view.offset, rest = element;
    for (std::size_t k = view.dimensions.size(); k-- > 0;) {
      at += rest % view.dimensions[k] * view.strides[k];
      rest /= view.dimensions[k];
    }
    places.push_back(at);
  }
  return places;
}

Tensor Viewed(TensorView view) {
  return {.name = "w", .view = std::make_shared<const TensorView>(std::move(view))};
}

// The composed view has, in order, those of the inner one's elements that the outer one names.
void ExpectComposed(const TensorView& inner, const TensorView& outer) {
  const auto composed = ComposedView(Viewed(inner), outer);
  ASSERT_TRUE(composed.has_value());
  const Numbers of_inner = PlacesOf(inner);
  Numbers expected;
  for (const std::uint64_t at : PlacesOf(outer)) expected.push_back(of_inner.at(at));
  EXPECT_EQ(PlacesOf(*composed), expected);
  EXPECT_EQ(composed->stored_name, inner.stored_name);
}

TEST(ComposedViewTest, OfRowsOfATurnedMatrix) {
  const TensorView turned{"w", 0, {4, 12}, {1, 4}};
  for (const std::uint64_t third : {0U, 4U, 8U}) {
    ExpectComposed(turned, {"", third, {4, 4}, {1, 12}});  // turned back, a third of the columns
  }
  ExpectComposed(turned, {"", 24, {2, 12}, {12, 1}});
  ExpectComposed(turned, {"", 0, {48}, {1}});  // all, one after the other
}

TEST(ComposedViewTest, OfHeadsInAnotherOrder) {
  // 2 heads, q, k and v of 3 rows of 5, stored as all heads' q, then k, then v.
  const TensorView by_head{"w", 0, {2, 3, 3, 5}, {15, 30, 5, 1}};
  for (const std::uint64_t part : {0U, 1U, 2U}) {
    ExpectComposed(by_head, {"", part * 15, {2, 3, 5}, {45, 5, 1}});
  }
  ExpectComposed(by_head, {"", 0, {18, 5}, {5, 1}});  // rows, joined over three axes
}

TEST(ComposedViewTest, OfAPieceInOneRun) {
  ExpectComposed({"w", 7, {6, 2}, {2, 1}}, {"", 4, {2, 2}, {4, 1}});
}

TEST(ComposedViewTest, OfNoView) {
  const Tensor stored{.name = "w"};
  const auto view = ComposedView(stored, {"w", 3, {2}, {4}});
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(PlacesOf(*view), (Numbers{3, 7}));
}

TEST(ComposedViewTest, NothingWhereNoStridesSaySo) {
  const Tensor turned = Viewed({"w", 0, {4, 6}, {1, 4}});
  EXPECT_FALSE(ComposedView(turned, {"", 4, {4}, {1}}));  // over the end of a row
  EXPECT_FALSE(ComposedView(turned, {"", 0, {4}, {5}}));  // each time another column
  EXPECT_FALSE(ComposedView(turned, {"", 0, {2}, {0}}));  // no step
}

}  // namespace
}  // namespace modelkin
