// Where patches lie in their images, where neighbouring ones that are joined come one after the
// other: first a square of `joined` by `joined` patches, then the one to its right.
#ifndef MODELKIN_INFERENCE_PATCH_LAYOUT_H_
#define MODELKIN_INFERENCE_PATCH_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/rotary.h"

namespace modelkin {

struct PatchPlace {
  std::size_t row = 0, column = 0;  // in its frame
};

// Returns the place of each patch of one frame, in their order.
std::vector<PatchPlace> PlacesOf(const PatchGrid& grid, std::size_t joined);

// Returns cosines and sines of each patch: half of them of its row times the frequencies, then
// those of its column.
RotaryTable GridRotation(const Batch& batch, std::size_t joined,
                         std::span<const float> frequencies);

// Returns the same patches with each frame as a text of its own, without their pixels.
Batch FramesOf(const Batch& batch);

// Windows of `side` by `side` joined squares, which tile each frame from above left; those at its
// right and lower end are what is left.
struct PatchWindows {
  std::vector<std::size_t> rows;  // of the batch, window by window
  Batch parts;                    // with each window as a text
};
PatchWindows WindowsOf(const Batch& batch, std::size_t joined, std::size_t side);

// Returns the rows in this order, and what undoes that.
Activations Gathered(const Activations& x, std::span<const std::size_t> rows);
Activations PutBack(const Activations& x, std::span<const std::size_t> rows);

// One of the four stored positions around each patch, and its share.
struct PositionTaps {
  std::vector<std::uint64_t> positions;
  std::vector<float> weights;
};

// Stretches a square of `side` by `side` positions over each frame, corner on corner, and takes
// between the four around each patch by their distance; as PyTorch's bilinear interpolation with
// aligned corners, in floats.
std::array<PositionTaps, 4> TapsOf(const Batch& batch, std::size_t joined, std::size_t side);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_PATCH_LAYOUT_H_
