// The size that a share of a tensor's changes have at least: what TIES keeps.
#ifndef MODELKIN_MERGING_SIZE_THRESHOLD_H_
#define MODELKIN_MERGING_SIZE_THRESHOLD_H_

#include <cstdint>
#include <functional>
#include <vector>

namespace modelkin {

struct SizeThreshold {
  // Of the smallest size that is kept, as bits of a float, which are in the order of sizes.
  std::uint32_t bits = 0;
  std::uint64_t at_edge = 0;       // elements of just this size
  std::uint64_t kept_at_edge = 0;  // as many of these are kept

  // Whether which of these are kept is a matter of how they were sorted.
  bool is_open() const { return kept_at_edge < at_edge; }
};

// Fills in values of one chunk of a tensor.
using ChunkValues = std::function<void(std::size_t chunk, std::vector<float>& values)>;

// Returns where the `kept` largest sizes end, of all values of `chunks` chunks: 1 <= kept <= their
// number. Reads them twice, in memory that does not grow with their number. NaN is larger than all.
SizeThreshold FindSizeThreshold(const ChunkValues& read, std::size_t chunks, std::uint64_t kept,
                                unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_SIZE_THRESHOLD_H_
