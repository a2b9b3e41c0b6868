// The byte-level answer: what is the same to the bit, what is near, and what turns up elsewhere.
#ifndef MODELKIN_SCAN_BYTE_DIFF_H_
#define MODELKIN_SCAN_BYTE_DIFF_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "scan/pairing.h"

namespace modelkin {

// Distances in units in the last place, that is in representable values from one number to the
// other through 0 (-0 and +0 are at distance 0). Bucket 0: distance 0; bucket k: [2^(k-1), 2^k).
struct UlpHistogram {
  std::array<std::uint64_t, 65> buckets{};
  std::uint64_t nan_pairs = 0;  // a NaN on either side: no distance

  void Merge(const UlpHistogram& other);
};

// Between two elements of a floating-point type of 8, 16, 32 or 64 bits, given their bits; nullopt
// if one is NaN.
std::optional<std::uint64_t> UlpDistance(DType dtype, std::uint64_t a, std::uint64_t b);

struct TensorDiff {
  TensorPair pair;
  bool identical = false;  // same type, shape and bytes
  std::optional<std::uint64_t>
      bit_equal;                    // elements; if types and shapes agree and fill whole bytes
  std::optional<UlpHistogram> ulp;  // if these are floating-point types with a total order
  // |a - b| / |a|, by norms over elements that are finite on both sides; 0 if identical. Nothing
  // where elements are no numbers that are compared, or a is 0.
  std::optional<double> relative_change;
};

// A tensor of A whose bytes occur in B under another name.
struct ContentMatch {
  const Tensor* a = nullptr;
  std::vector<const Tensor*> b;  // in natural order of names, without a's own partner
  bool also_at_partner = false;  // the partner has these bytes too
};

struct ByteDiff {
  std::vector<std::string> digests_a, digests_b;  // SHA-256 of each tensor's bytes
  std::vector<TensorDiff> tensors;                // in the pairing's order
  std::vector<ContentMatch> elsewhere;            // in natural order of names in A
  // Tensors of A left out of `elsewhere` because all their bytes' elements are one value: zeros and
  // ones are found everywhere and mean nothing.
  std::uint64_t constant_matches = 0;
  std::uint64_t left_out = 0;  // by the filter

  std::uint64_t identical_count() const;
  // Whether every tensor has an identical partner.
  bool all_identical() const;
};

// Reads every tensor once for its digest, and pairs that differ once more. `by_value`: those of two
// types as well, as floats. Throws as ScanPairs does.
ByteDiff DiffBytes(const Checkpoint& a, const Checkpoint& b, const Pairing& pairing,
                   unsigned threads, Progress& progress, bool by_value = false);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_BYTE_DIFF_H_
