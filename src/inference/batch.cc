#include "inference/batch.h"

namespace modelkin {

Batch MakeBatch(const std::vector<std::vector<std::uint64_t>>& texts) {
  Batch batch;
  for (const auto& text : texts) {
    batch.texts.push_back({.first = batch.ids.size(), .rows = text.size(), .past = 0});
    batch.ids.insert(batch.ids.end(), text.begin(), text.end());
  }
  return batch;
}

std::vector<std::uint64_t> PositionsOf(const Batch& batch) {
  std::vector<std::uint64_t> positions;
  positions.reserve(batch.ids.size());
  for (const TextRows& text : batch.texts) {
    for (std::size_t row = 0; row < text.rows; ++row) positions.push_back(text.past + row);
  }
  return positions;
}

}  // namespace modelkin
