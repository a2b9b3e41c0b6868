// Arrays of pixels to batches of patches, and where these lie.
#include "inference/image_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "inference/patch_layout.h"
#include "support/expect_error.h"

namespace modelkin {
namespace image_batch_test {

using testing::CatchError;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// Values 0, 1, 2, ...
FloatArray Counting(const Shape& shape, const std::string& file = "x.npy") {
  FloatArray array{
      .file = file, .shape = shape, .values = std::vector<float>(*ElementCount(shape))};
  std::iota(array.values.begin(), array.values.end(), 0.0F);
  return array;
}

std::string PixelRefusal(const FloatArray& array, const std::vector<PatchGrid>& grids = {}) {
  return CatchError(ErrorKind::kUsage,
                    [&] {
                      BatchOfPixels(std::span(&array, 1), grids,
                                    {.channels = 2, .side = 5, .patch = 2});
                    })
      .what();
}

std::string PatchRefusal(const std::vector<FloatArray>& arrays,
                         const std::vector<PatchGrid>& grids = {}) {
  return CatchError(ErrorKind::kUsage,
                    [&] { BatchOfPatches(arrays, grids, {.values = 3, .joined = 2}); })
      .what();
}

TEST(ImageBatch, PixelsOfSeveralArrays) {
  const std::vector<FloatArray> arrays = {Counting({2, 2, 5, 5}), Counting({2, 5, 5})};
  const Batch batch = BatchOfPixels(arrays, {}, {.channels = 2, .side = 5, .patch = 2});
  EXPECT_THAT(batch.arrays, ElementsAre(0, 0, 1));
  ASSERT_EQ(batch.texts.size(), 3U);
  EXPECT_EQ(batch.rows(), 12U);
  for (const PatchGrid& grid : batch.grids) EXPECT_EQ(grid, (PatchGrid{1, 2, 2}));
  // The last patch of the second image: rows and columns 2 and 3 of both channels.
  EXPECT_THAT(std::vector<float>(batch.patches.Row(7), batch.patches.Row(8)),
              ElementsAre(62, 63, 67, 68, 87, 88, 92, 93));
}

TEST(ImageBatch, OtherPixelsAreRefused) {
  EXPECT_THAT(PixelRefusal(Counting({2, 2, 5, 4})),
              HasSubstr("x.npy: has shape [2, 2, 5, 4], and the encoder takes [images, 2, 5, 5]"));
  for (const Shape& shape : {Shape{1, 5, 5}, {5, 5}, {1, 1, 2, 5, 5}, {}, {0, 2, 5, 5}}) {
    EXPECT_THAT(PixelRefusal(Counting(shape)), HasSubstr("and the encoder takes"));
  }
  EXPECT_THAT(PixelRefusal(Counting({2, 5, 5}), {{1, 2, 2}}), HasSubstr("--grid"));
}

TEST(ImageBatch, PatchesBySquaresAndByGrids) {
  const std::vector<FloatArray> arrays = {Counting({16, 3}), Counting({4, 3})};
  const PatchForm form{.values = 3, .joined = 2};
  EXPECT_THAT(BatchOfPatches(arrays, {}, form).grids,
              ElementsAre(PatchGrid{1, 4, 4}, PatchGrid{1, 2, 2}));
  const std::vector<PatchGrid> grids = {{2, 2, 2}, {1, 4, 2}, {1, 2, 2}};
  const Batch batch = BatchOfPatches(arrays, grids, form);
  EXPECT_THAT(batch.grids, ElementsAreArray(grids));
  EXPECT_THAT(batch.arrays, ElementsAre(0, 0, 1));
  EXPECT_EQ(batch.texts[2].first, 16U);
  EXPECT_EQ(batch.texts[2].rows, 4U);
  EXPECT_EQ(batch.patches.Row(16)[0], 0);
  EXPECT_EQ(batch.patches.Row(15)[2], 47);
}

TEST(ImageBatch, OtherPatchesAreRefused) {
  EXPECT_THAT(PatchRefusal({Counting({8, 3})}), HasSubstr("x.npy: has 8 patches, which are no "
                                                          "square"));
  EXPECT_THAT(PatchRefusal({Counting({9, 3})}), HasSubstr("multiples of 2"));
  EXPECT_THAT(PatchRefusal({Counting({4, 4})}),
              HasSubstr("has shape [4, 4], and the encoder takes [patches, 3]"));
  EXPECT_THAT(PatchRefusal({Counting({0, 3})}), HasSubstr("and the encoder takes"));
  const std::vector<FloatArray> eight = {Counting({8, 3})};
  EXPECT_THAT(PatchRefusal(eight, {{1, 2, 2}}), HasSubstr("4 patches beyond those of --grid"));
  EXPECT_THAT(PatchRefusal(eight, {{1, 2, 4}, {1, 2, 2}}), HasSubstr("no patches are left for it"));
  EXPECT_THAT(PatchRefusal(eight, {{1, 2, 6}}), HasSubstr("--grid 1,2,6, which makes 12"));
  EXPECT_THAT(PatchRefusal(eight, {{1, 8, 1}}), HasSubstr("multiples of 2, and none is 0"));
  EXPECT_THAT(PatchRefusal(eight, {{0, 2, 4}}), HasSubstr("none is 0"));
  // Images do not reach over files.
  EXPECT_THAT(PatchRefusal({Counting({4, 3}), Counting({4, 3})}, {{1, 2, 4}}),
              HasSubstr("has 4 patches left for --grid 1,2,4, which makes 8"));
  constexpr std::size_t kHuge = std::size_t{1} << 62;
  EXPECT_THAT(PatchRefusal(eight, {{kHuge, kHuge, kHuge}}), HasSubstr("more than there can be"));
}

TEST(PatchLayout, JoinedPatchesComeOneAfterTheOther) {
  std::vector<std::size_t> rows, columns;
  for (const PatchPlace& place : PlacesOf({.rows = 2, .columns = 4}, 2)) {
    rows.push_back(place.row);
    columns.push_back(place.column);
  }
  EXPECT_THAT(rows, ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
  EXPECT_THAT(columns, ElementsAre(0, 1, 0, 1, 2, 3, 2, 3));
}

TEST(PatchLayout, WindowsTileEachFrame) {
  Batch batch;
  batch.grids = {{.frames = 2, .rows = 2, .columns = 3}};
  const PatchWindows windows = WindowsOf(batch, 1, 2);
  EXPECT_THAT(windows.rows, ElementsAre(0, 1, 3, 4, 2, 5, 6, 7, 9, 10, 8, 11));
  std::vector<std::size_t> firsts;
  for (const TextRows& window : windows.parts.texts) firsts.push_back(window.first);
  EXPECT_THAT(firsts, ElementsAre(0, 4, 6, 10));
  const Batch frames = FramesOf(batch);
  ASSERT_EQ(frames.texts.size(), 2U);
  EXPECT_EQ(frames.texts[1].first, 6U);
  EXPECT_EQ(frames.texts[1].rows, 6U);
}

TEST(PatchLayout, PuttingBackUndoesGathering) {
  Activations x(3, 2);
  x.values = {1, 2, 3, 4, 5, 6};
  const std::vector<std::size_t> rows = {2, 0, 1};
  EXPECT_THAT(Gathered(x, rows).values, ElementsAre(5, 6, 1, 2, 3, 4));
  EXPECT_EQ(PutBack(Gathered(x, rows), rows).values, x.values);
}

TEST(PatchLayout, PositionsAreStretchedCornerOnCorner) {
  Batch batch;
  batch.grids = {{.frames = 1, .rows = 1, .columns = 5}};
  const auto taps = TapsOf(batch, 1, 3);
  // Columns 0, 0.5, 1, 1.5 and 2 of the three that are stored.
  EXPECT_THAT(taps[0].positions, ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(taps[1].positions, ElementsAre(1, 1, 2, 2, 2));
  EXPECT_THAT(taps[0].weights, ElementsAre(1, 0.5F, 1, 0.5F, 1));
  EXPECT_THAT(taps[1].weights, ElementsAre(0, 0.5F, 0, 0.5F, 0));
  EXPECT_THAT(taps[2].weights, ElementsAre(0, 0, 0, 0, 0));
}

}  // namespace image_batch_test
}  // namespace modelkin
