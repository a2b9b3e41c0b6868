#include "tables/standard_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

struct Generator {
  StandardTable table;
  std::string_view name;
  bool (*makes)(const StoredValues&);
};

// In the order of their cost.
constexpr std::array kGenerators = std::to_array<Generator>({
    {StandardTable::kCodes, "codes", AreCodeValues},
    {StandardTable::kAlibi, "alibi", AreAlibiSlopes},
    {StandardTable::kRamp, "ramp", AreRamps},
    {StandardTable::kWindow, "window", IsWindow},
    {StandardTable::kNoiseSchedule, "noise_schedule", IsNoiseSchedule},
    {StandardTable::kBlurKernel, "blur_kernel", IsBlurKernel},
    {StandardTable::kRelativePlaces, "relative_places", AreRelativePlaces},
    {StandardTable::kFilterBank, "filter_bank", IsFilterBank},
    {StandardTable::kSinusoids, "sinusoids", AreSinusoids},
    {StandardTable::kScaledRates, "scaled_rates", AreScaledRates},
    {StandardTable::kRecurrence, "recurrence", FollowsRecurrence},
});

// Rows at the start and the end that are all zero: of class tokens and of padding.
StoredValues WithoutEmptyEnds(StoredValues stored) {
  if (stored.shape.size() < 2) return stored;
  const std::size_t row = stored.values.size() / stored.shape[0];
  const auto is_empty = [&](std::size_t i) {
    const auto begin = stored.values.begin() + static_cast<std::ptrdiff_t>(i * row);
    return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(row),
                       [](float value) { return value == 0; });
  };
  std::size_t first = 0, end = stored.shape[0];
  while (first < end && is_empty(first)) ++first;
  while (end > first && is_empty(end - 1)) --end;
  stored.values.resize(end * row);
  stored.values.erase(stored.values.begin(),
                      stored.values.begin() + static_cast<std::ptrdiff_t>(first * row));
  stored.shape[0] = end - first;
  return stored;
}

}  // namespace

std::string_view StandardTableName(StandardTable table) {
  return std::ranges::find(kGenerators, table, &Generator::table)->name;
}

std::optional<StandardTable> RecogniseTable(const StoredValues& stored) {
  if (stored.values.empty()) return std::nullopt;
  const bool finite =
      std::ranges::all_of(stored.values, [](float value) { return std::isfinite(value); });
  StoredValues once = WithoutRepeats(stored);
  if (once.shape.empty()) return std::nullopt;
  const StoredValues inside = WithoutEmptyEnds(once);
  for (const Generator& generator : kGenerators) {
    // Of tables with infinity in them only masks of biases are known.
    if (!finite && generator.table != StandardTable::kRelativePlaces) continue;
    if (generator.makes(once)) return generator.table;
    if (inside.shape[0] > 0 && inside.shape != once.shape && generator.makes(inside)) {
      return generator.table;
    }
  }
  return std::nullopt;
}

}  // namespace modelkin
