// Looks through all rows of an atlas for those whose bits agree with a query's more than
// strangers'.
#ifndef MODELKIN_ATLAS_BIT_SCAN_H_
#define MODELKIN_ATLAS_BIT_SCAN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "atlas/atlas.h"

namespace modelkin {

struct BitQuery {
  Component kind = Component::kText;
  SketchPlace place;
  ComponentBits bits = {};
  // Of kComponentBits, that a record has to reach: AgreementLimit (statistics/sign_agreement.h).
  std::uint64_t least_agreements = 0;
};

struct BitMatch {
  std::uint64_t id = 0;  // of the record
  std::uint64_t agreements = 0;
  std::uint64_t effective_values = 0;  // of its component

  bool operator==(const BitMatch&) const = default;
};

struct BitMatches {
  std::uint64_t compared = 0;     // components of the query's kind and place
  std::uint64_t reached = 0;      // of these, the limit
  std::vector<BitMatch> matches;  // the best of these: most agreements, then smallest id, first
};

// Returns how many components of an atlas a query is compared with: what AgreementLimit wants.
std::uint64_t CountComparable(const Atlas& atlas, Component kind, const SketchPlace& place);

// Answers each query with up to `most` matches. Reads the rows of each place once, however many
// queries there are, all in one state of the atlas. The same for any number of threads; 0 means
// AvailableThreads(). Throws as Atlas does, and Interrupted.
std::vector<BitMatches> ScanBits(const Atlas& atlas, std::span<const BitQuery> queries,
                                 std::size_t most, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_BIT_SCAN_H_
