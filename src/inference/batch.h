// Texts that go through a model together.
#ifndef MODELKIN_INFERENCE_BATCH_H_
#define MODELKIN_INFERENCE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace modelkin {

// One text's part of a batch: rows [first, first + rows) are its tokens from position `past` on;
// those before are in the cache.
struct TextRows {
  std::size_t first = 0, rows = 0, past = 0;

  std::size_t length() const { return past + rows; }
};

// Token ids of all texts, one text after the other, without padding.
struct Batch {
  std::vector<std::uint64_t> ids;
  std::vector<TextRows> texts;
};

Batch MakeBatch(const std::vector<std::vector<std::uint64_t>>& texts);

// Where in its text each token stands, from 0 on.
std::vector<std::uint64_t> PositionsOf(const Batch& batch);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_BATCH_H_
