// Goes through chunks of an atlas on several threads, all in one state of it.
#ifndef MODELKIN_ATLAS_CHUNK_SCAN_H_
#define MODELKIN_ATLAS_CHUNK_SCAN_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "atlas/atlas.h"
#include "atlas/database.h"
#include "atlas/row_store.h"

namespace modelkin {

// Holds a state of an atlas for several threads: each has its own connection to the file.
class AtlasState {
 public:
  // Up to `threads` of them: fewer, but at least one, where others keep writing to the atlas, or
  // the file can't be opened so often.
  AtlasState(const Atlas& atlas, unsigned threads);
  ~AtlasState();
  AtlasState(const AtlasState&) = delete;
  AtlasState& operator=(const AtlasState&) = delete;

  unsigned threads() const;
  const Database& ForThread(unsigned worker) const;

 private:
  struct Reader;

  void Open(const Atlas& atlas, unsigned threads);

  std::vector<std::unique_ptr<Reader>> readers_;
};

// A chunk to be read, and whose it is.
struct ChunkJob {
  std::size_t place = 0;  // an index of the caller's
  RowForm form = RowForm::kBits;
  RowChunk chunk;
};

// Calls use(job, bytes, worker) for each chunk, on any thread, worker below state.threads(). Of
// each chunk as many slots are valid as are used. Throws as ParallelFor.
void ForEachChunk(const AtlasState& state, std::span<const ChunkJob> jobs,
                  const std::function<void(const ChunkJob& job, std::span<const std::byte> bytes,
                                           unsigned worker)>& use);

// Keeps the best of what is offered, in whatever order that is.
template <class Match, class Before>
class Best {
 public:
  Best(std::size_t most, Before before) : most_(most), before_(before) {}

  void Offer(const Match& match) {
    if (kept_.size() < most_) {
      kept_.push_back(match);
      std::push_heap(kept_.begin(), kept_.end(), before_);
    } else if (most_ > 0 && before_(match, kept_.front())) {
      std::pop_heap(kept_.begin(), kept_.end(), before_);
      kept_.back() = match;
      std::push_heap(kept_.begin(), kept_.end(), before_);
    }
  }
  // In any order.
  const std::vector<Match>& kept() const { return kept_; }

 private:
  std::size_t most_;
  Before before_;
  std::vector<Match> kept_;  // a heap, whose front comes last
};

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_CHUNK_SCAN_H_
