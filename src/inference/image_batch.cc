#include "inference/image_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "base/checked_arithmetic.h"
#include "base/error.h"

namespace modelkin {
namespace {

[[noreturn]] void FailImage(const FloatArray& array, std::string_view problem) {
  throw Error(ErrorKind::kUsage, problem, {.file = array.file, .tensor = "", .offset_bytes = {}});
}

// The images of one array, whose shape was found to be right.
void AddImages(const FloatArray& array, std::vector<Image>& images) {
  const std::size_t axes = array.shape.size();
  const std::size_t count = axes == 4 ? array.shape[0] : 1;
  const std::size_t channels = array.shape[axes - 3];
  const std::size_t height = array.shape[axes - 2], width = array.shape[axes - 1];
  const std::size_t size = channels * height * width;
  for (std::size_t i = 0; i < count; ++i) {
    const float* const first = array.values.data() + i * size;
    images.push_back(
        {.channels = channels, .height = height, .width = width, .pixels = {first, first + size}});
  }
}

std::string GridText(const PatchGrid& grid) {
  return fmt::format("{},{},{}", grid.frames, grid.rows, grid.columns);
}

// Nothing where the product exceeds 64 bits.
std::optional<std::uint64_t> PatchesOf(const PatchGrid& grid) {
  const auto of_frame = CheckedMultiply(grid.rows, grid.columns);
  return of_frame ? CheckedMultiply(*of_frame, grid.frames) : std::nullopt;
}

// Of an array that is one square image.
PatchGrid SquareOf(const FloatArray& array, std::size_t joined) {
  const std::size_t patches = array.shape[0];
  const auto side = static_cast<std::size_t>(std::llround(std::sqrt(static_cast<double>(patches))));
  if (side * side != patches || side % joined != 0) {
    FailImage(array, fmt::format("has {} patches, which are no square of sides that are multiples "
                                 "of {}: --grid FRAMES,ROWS,COLUMNS says how they lie",
                                 patches, joined));
  }
  return {.rows = side, .columns = side};
}

void RequireGrid(const FloatArray& array, const PatchGrid& grid, std::size_t joined) {
  const bool empty = grid.frames == 0 || grid.rows == 0 || grid.columns == 0;
  if (empty || grid.rows % joined != 0 || grid.columns % joined != 0) {
    FailImage(array, fmt::format("--grid {}: rows and columns are multiples of {}, and none is 0",
                                 GridText(grid), joined));
  }
}

// Takes the grids of one array off the front.
std::vector<PatchGrid> GridsOf(const FloatArray& array, std::span<const PatchGrid>& grids,
                               std::size_t joined) {
  std::vector<PatchGrid> taken;
  std::uint64_t left = array.shape[0];
  while (left > 0) {
    if (grids.empty()) FailImage(array, fmt::format("has {} patches beyond those of --grid", left));
    const PatchGrid& grid = grids.front();
    RequireGrid(array, grid, joined);
    const auto patches = PatchesOf(grid);
    if (!patches || *patches > left) {
      FailImage(
          array,
          fmt::format("has {} patches left for --grid {}, which makes {}", left, GridText(grid),
                      patches ? fmt::format("{}", *patches) : "more than there can be"));
    }
    left -= *patches;
    taken.push_back(grid);
    grids = grids.subspan(1);
  }
  return taken;
}

}  // namespace

Batch BatchOfPixels(std::span<const FloatArray> arrays, std::span<const PatchGrid> grids,
                    const PixelForm& form) {
  if (!grids.empty()) {
    throw Error(ErrorKind::kUsage,
                "--grid: the encoder takes whole images, whose patches follow from their sides");
  }
  std::vector<Image> images;
  std::vector<std::size_t> array_of;
  for (const FloatArray& array : arrays) {
    const std::size_t axes = array.shape.size();
    const bool right = (axes == 3 || axes == 4) && array.shape[axes - 3] == form.channels &&
                       array.shape[axes - 2] == form.side && array.shape[axes - 1] == form.side;
    if (!right || array.values.empty()) {
      FailImage(array, fmt::format("has shape {}, and the encoder takes [images, {}, {}, {}]",
                                   ShapeText(array.shape), form.channels, form.side, form.side));
    }
    AddImages(array, images);
    array_of.resize(images.size(), static_cast<std::size_t>(&array - arrays.data()));
  }
  Batch batch = MakeImageBatch(images, form.patch);
  batch.arrays = std::move(array_of);
  return batch;
}

Batch BatchOfPatches(std::span<const FloatArray> arrays, std::span<const PatchGrid> grids,
                     const PatchForm& form) {
  Batch batch;
  std::size_t rows = 0;
  const bool squares = grids.empty();
  for (const FloatArray& array : arrays) {
    if (array.shape.size() != 2 || array.shape[1] != form.values || array.values.empty()) {
      FailImage(array, fmt::format("has shape {}, and the encoder takes [patches, {}]",
                                   ShapeText(array.shape), form.values));
    }
    const std::vector<PatchGrid> of_array =
        squares ? std::vector{SquareOf(array, form.joined)} : GridsOf(array, grids, form.joined);
    for (const PatchGrid& grid : of_array) {
      batch.texts.push_back({.first = rows, .rows = grid.patches(), .past = 0});
      batch.grids.push_back(grid);
      batch.arrays.push_back(static_cast<std::size_t>(&array - arrays.data()));
      rows += grid.patches();
    }
  }
  if (!grids.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--grid {}: no patches are left for it", GridText(grids.front())));
  }
  batch.patches = Activations(rows, form.values);
  float* to = batch.patches.values.data();
  for (const FloatArray& array : arrays) to = std::ranges::copy(array.values, to).out;
  return batch;
}

}  // namespace modelkin
