// Why something was not computed: a reason that people are told in their language.
#ifndef MODELKIN_BASE_SKIPPED_H_
#define MODELKIN_BASE_SKIPPED_H_

#include <cstdint>

namespace modelkin {

// Each has its words in wording/skip_reasons.cc.
enum class SkipReason : std::uint8_t {
  kNone,
  // Of residual coordinates.
  kWidthsDiffer,  // Skipped::first and second: A's and B's
  kNoResidualAxis,
  kOneResidualAxis,  // of one of the two alone
  kTooWideToTrace,
  kNoWeightsVary,
  kNoTablesVary,
  kFittedCoordinates,
  // Of hidden units.
  kNoMlps,
  kTooFewUnits,
  kNoSameWidth,
  kKnownResidualAxis,
  kNoUnitAxis,
  // Of experts and attention heads.
  kNotQuick,
  kNoRouters,
  kUnknownHeads,
  kTooManyHeads,
  kHeadsDiffer,
  kNoHeadWeights,
  kTooFewHeads,  // Skipped::first: in how many orders all of them could be
  // Of rows of tokens.
  kNotInBoth,
  kNotRowsOfTokens,
  kCodes,
  kTooFewSharedTokens,
  kNotFinite,
  kTooWideForRows,
  kTooFewRows,
  kEqualRows,
  kEqualOrders,
  // Of routers.
  kUnknownRouterAxis,
  kTooManyExperts,
  kTooLargeRouter,
  kExpertsDiffer,
  kEqualNorms,
  // Of what two models do with the same texts.
  kEncoder,
  kTooFewTokens,
  kTooFewTextEnds,
  kTooFewTexts,
  kNotGated,
  kTooManyUnits,
  kTooFewPositions,
  kTooFewVaryingUnits,
};
inline constexpr SkipReason kLastSkipReason = SkipReason::kTooFewVaryingUnits;

// Empty where nothing was skipped.
struct Skipped {
  SkipReason reason = SkipReason::kNone;
  std::uint64_t first = 0, second = 0;

  constexpr Skipped() = default;
  // Implicit: a reason is all there is to most.
  constexpr Skipped(SkipReason of, std::uint64_t first_number = 0, std::uint64_t second_number = 0)
      : reason(of), first(first_number), second(second_number) {}

  constexpr bool empty() const { return reason == SkipReason::kNone; }
  bool operator==(const Skipped&) const = default;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_SKIPPED_H_
