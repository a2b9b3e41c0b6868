// Texts that go through a model together, or images.
#ifndef MODELKIN_INFERENCE_BATCH_H_
#define MODELKIN_INFERENCE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "inference/activations.h"
#include "modelkin/options.h"

namespace modelkin {

// One text's part of a batch: rows [first, first + rows) are its tokens from position `past` on;
// those before are in the cache.
struct TextRows {
  std::size_t first = 0, rows = 0, past = 0;

  std::size_t length() const { return past + rows; }
};

// Token ids of all texts, one text after the other, without padding. Of images there is a row of
// pixels for each patch in place of ids, and each image counts as a text.
struct Batch {
  std::vector<std::uint64_t> ids;
  std::vector<TextRows> texts;
  Activations patches = {};
  // Of each image its patches, and which of the arrays that were given it is of; none of texts.
  std::vector<PatchGrid> grids = {};
  std::vector<std::size_t> arrays = {};

  std::size_t rows() const { return ids.size() + patches.rows; }
};

// As a preprocessor makes it: for each channel rows of pixels, one after the other.
struct Image {
  std::size_t channels = 0, height = 0, width = 0;
  std::vector<float> pixels;
};

Batch MakeBatch(const std::vector<std::vector<std::uint64_t>>& texts);

// Takes images of as many channels, at least a patch wide and high, apart into patches of `patch`
// by `patch` pixels, from left to right and from above to below; what is less than a patch at their
// ends is left out. A patch's pixels are in the order in which a convolution's weights are stored.
Batch MakeImageBatch(const std::vector<Image>& images, std::size_t patch);

// Where in its text each token stands, from 0 on.
std::vector<std::uint64_t> PositionsOf(const Batch& batch);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_BATCH_H_
