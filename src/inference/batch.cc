#include "inference/batch.h"

#include <algorithm>

namespace modelkin {

Batch MakeBatch(const std::vector<std::vector<std::uint64_t>>& texts) {
  Batch batch;
  for (const auto& text : texts) {
    batch.texts.push_back({.first = batch.ids.size(), .rows = text.size(), .past = 0});
    batch.ids.insert(batch.ids.end(), text.begin(), text.end());
  }
  return batch;
}

namespace {

// Copies one patch of all channels.
float* TakePatch(const Image& image, std::size_t patch, std::size_t row, std::size_t column,
                 float* to) {
  for (std::size_t channel = 0; channel < image.channels; ++channel) {
    for (std::size_t y = 0; y < patch; ++y) {
      const std::size_t line = (channel * image.height + row * patch + y) * image.width;
      to = std::copy_n(image.pixels.data() + line + column * patch, patch, to);
    }
  }
  return to;
}

}  // namespace

Batch MakeImageBatch(const std::vector<Image>& images, std::size_t patch) {
  Batch batch;
  std::size_t rows = 0;
  for (const Image& image : images) {
    const std::size_t patches = (image.height / patch) * (image.width / patch);
    batch.texts.push_back({.first = rows, .rows = patches, .past = 0});
    batch.grids.push_back({.rows = image.height / patch, .columns = image.width / patch});
    rows += patches;
  }
  if (images.empty()) return batch;
  batch.patches = Activations(rows, images.front().channels * patch * patch);
  float* to = batch.patches.values.data();
  for (const Image& image : images) {
    for (std::size_t row = 0; row < image.height / patch; ++row) {
      for (std::size_t column = 0; column < image.width / patch; ++column) {
        to = TakePatch(image, patch, row, column, to);
      }
    }
  }
  return batch;
}

std::vector<std::uint64_t> PositionsOf(const Batch& batch) {
  std::vector<std::uint64_t> positions;
  positions.reserve(batch.rows());
  for (const TextRows& text : batch.texts) {
    for (std::size_t row = 0; row < text.rows; ++row) positions.push_back(text.past + row);
  }
  return positions;
}

}  // namespace modelkin
