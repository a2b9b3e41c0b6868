// The generators behind standard_table.h, one for a kind of table. Each says whether values are
// what it makes. They get values without repeats: see WithoutRepeats.
#ifndef MODELKIN_TABLES_GENERATORS_H_
#define MODELKIN_TABLES_GENERATORS_H_

#include "tables/curve_fit.h"

namespace modelkin {

bool AreRamps(const StoredValues& stored);
bool AreScaledRates(const StoredValues& stored);
bool AreSinusoids(const StoredValues& stored);
bool IsWindow(const StoredValues& stored);
bool IsFilterBank(const StoredValues& stored);
bool IsBlurKernel(const StoredValues& stored);
bool AreAlibiSlopes(const StoredValues& stored);
bool AreRelativePlaces(const StoredValues& stored);
bool AreCodeValues(const StoredValues& stored);
bool IsNoiseSchedule(const StoredValues& stored);
bool FollowsRecurrence(const StoredValues& stored);

// Series of a table that are looked at, along an axis.
inline constexpr std::size_t kSeriesLookedAt = 64;
inline constexpr std::size_t kLongestSeries = 1024;

// Calls `fit` with series along an axis, spread over the table; whether nine tenths follow.
template <class FitOne>
bool SeriesFollow(const StoredValues& stored, std::size_t axis, std::size_t most, FitOne fit) {
  const std::uint64_t all = SeriesCount(stored.shape, axis);
  const std::uint64_t count = std::min<std::uint64_t>(all, kSeriesLookedAt);
  TableFit table(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!table.Add(fit(SeriesAlong(stored, axis, i * all / count, most)))) return false;
  }
  return table.follows();
}

}  // namespace modelkin

#endif  // MODELKIN_TABLES_GENERATORS_H_
