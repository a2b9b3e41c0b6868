// Quantises a claimed original again, as the form of a quantised model says, and compares what is
// stored.
#ifndef MODELKIN_REQUANT_REQUANT_H_
#define MODELKIN_REQUANT_REQUANT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "scan/pairing.h"

namespace modelkin {

enum class RequantOutcome : std::uint8_t {
  kIdentical,   // byte for byte what the quantiser makes of the original
  kConsistent,  // what a search could have chosen, or weights of columns that are not known explain
  kDeviates,
  kUnchecked,  // one side has no such tensor, or nobody knows how it was made
};

// "identical", "consistent", "deviates", "unchecked"
std::string_view OutcomeName(RequantOutcome outcome);

// A block of the quantised model that the original does not explain.
struct DeviatingBlock {
  std::uint64_t index = 0;    // in the stored tensor
  std::uint64_t element = 0;  // the first of it, in the order of the weight's elements
  std::string file;           // label of the file
  std::uint64_t offset_bytes = 0;
  double steps = 0;  // the largest distance of its values from the original's
};

struct TensorRequant {
  TensorPair pair;  // the original's, and the quantised
  RequantOutcome outcome = RequantOutcome::kUnchecked;
  std::string reason;  // why it deviates as a whole, or was not checked; else ""
  // What made it so: "ggml Q4_K", "ggml Q4_K with an importance matrix"; "" where nothing is known.
  std::string quantiser;
  // The type that the original's values were rounded to before: nothing where that is its own.
  std::optional<DType> by_way_of;
  // A block shares a scale, or is 256 values of what has none.
  std::uint64_t block_values = 0;
  std::uint64_t blocks = 0, blocks_consistent = 0, blocks_deviating = 0;  // the rest is identical
  // Over blocks that are not identical: of an original value from what is stored for it, in the
  // values' own unit and in steps of the grid. Rounding to the nearest leaves half a step.
  double largest_deviation = 0, largest_deviation_steps = 0;
  std::vector<DeviatingBlock> first_deviating;  // at most 8, in order

  std::uint64_t blocks_identical() const { return blocks - blocks_consistent - blocks_deviating; }
};

struct RequantCounts {
  std::uint64_t identical = 0, consistent = 0, deviating = 0, unchecked = 0;  // tensors
  std::uint64_t blocks = 0, blocks_consistent = 0, blocks_deviating = 0;
  std::uint64_t only_in_original = 0, only_in_quantised = 0;
  std::uint64_t quantised = 0;  // tensors that are stored in a quantised form
};

struct Requantisation {
  RequantOutcome outcome = RequantOutcome::kUnchecked;
  RequantCounts counts;
  std::vector<TensorRequant> tensors;  // in the pairing's order
};

// Checks all pairs whose tensors both have values. `pairing`: a the original's, b the quantised.
// Each tensor is read once, a few blocks of it twice, in ranges; results are the same for any
// number of threads. Throws as ScanPairs does.
Requantisation Requantise(const Checkpoint& original, const Checkpoint& quantised,
                          const Pairing& pairing, unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_REQUANT_H_
