// What two matchings of the hidden units of two MLPs say, and the cosines that they go by.
#ifndef MODELKIN_LINEAGE_MATCH_FINDINGS_H_
#define MODELKIN_LINEAGE_MATCH_FINDINGS_H_

#include <cstdint>
#include <vector>

#include "lineage/mlp_matching.h"

namespace modelkin {

using Indices = std::vector<std::uint32_t>;

// Whether units may be negated, so that only the size of a cosine counts.
enum class UnitSigns : std::uint8_t { kFixed, kFree };

// Returns those of the second weight; gates, and units that are not gated, have no such sign.
inline UnitSigns SecondSigns(const MlpMatch& match) {
  return match.gated ? UnitSigns::kFree : UnitSigns::kFixed;
}

// Counts partners that both give, of matchings that give each unit of A that takes part one of B's,
// by index, or kUnassigned. Requires units_a and units_b of `match`.
void CompareMatchings(const Indices& first, const Indices& second, MlpMatch& match);

// Returns how many units both give the same partner.
std::uint64_t CountAgreed(const Indices& first, const Indices& second);

// Compares places of partners, `units_a` and `units_b` those that an index stands for.
void CompareOrder(const Indices& partner, const Indices& units_a, const Indices& units_b,
                  MlpMatch& match);

// Tests the diagonal of similarities of `units` units of A with as many of B.
void TraceOrder(const std::vector<float>& similarities, std::size_t units, std::uint64_t seed,
                unsigned threads, MlpMatch& match);

// How often B's residual coordinates are put in random order: the mean of what agrees then is kept.
inline constexpr std::uint64_t kRenumberings = 8;

// Whether the trace says that units stand where they stood.
bool AreInPlace(const MlpMatch& match);

// Relates pairs of rows that belong together; up rows of A get B's signs before. Adds B's rows of
// those whose signs differ to `match.flipped`.
void Relate(const MlpRows& a, const MlpRows& b, const std::vector<UnitPair>& pairs,
            unsigned threads, MlpMatch& match);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MATCH_FINDINGS_H_
