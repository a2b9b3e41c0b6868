// Compares the bits of all pairs of an atlas that have the same shape.
#ifndef MODELKIN_ATLAS_PAIR_SCAN_H_
#define MODELKIN_ATLAS_PAIR_SCAN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "atlas/agreement_limits.h"
#include "atlas/spanning_forest.h"
#include "sketch/sketch.h"

namespace modelkin {

inline constexpr std::size_t kMostNearest = 8;

// Components of one kind and place; entry i of each is of one component.
struct ShapeBucket {
  Component kind = Component::kText;
  SketchPlace place;
  std::vector<std::uint32_t> models;  // ascending, no model twice
  std::vector<std::uint32_t> levels;  // ValueLevel
  std::vector<ComponentBits> bits;
};

struct NearRelative {
  std::uint32_t entry = 0;  // of the bucket
  std::uint32_t agreements = 0;
};

// By entries of the bucket.
struct ShownPairs {
  std::uint64_t shown = 0;
  std::vector<AgreeingPair> forest;                // of all that are shown, best first
  std::vector<std::uint64_t> counts;               // shown pairs of each entry
  std::vector<std::int64_t> closeness;             // sum of their cosines, in units of 2^-20
  std::vector<std::vector<NearRelative>> nearest;  // up to kMostNearest each, nearest first
};

// Compares each entry with each other one, on all threads: the same for any number of them. Memory
// grows with the entries, not with the pairs that are shown. Throws Interrupted.
ShownPairs ComparePairs(const ShapeBucket& bucket, const AgreementLimits& limits, unsigned threads);

std::uint32_t Agreements(const ComponentBits& a, const ComponentBits& b);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_PAIR_SCAN_H_
