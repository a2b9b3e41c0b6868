#include "merging/change_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "merging/element_rounding.h"

namespace modelkin {
namespace {

// The scale is looked for between these times 1 / density.
constexpr double kFarthest = 1.5;
constexpr std::size_t kMostCandidates = 128, kCheckedElements = 8192;
// An element says something of the scale where rounding leaves it so well known.
constexpr double kTellingWidth = 0.05;

double StepOf(DType dtype) {
  return dtype == DType::kBF16 ? 0x1p-8 : dtype == DType::kF16 ? 0x1p-11 : 0x1p-24;
}

struct ScaleRange {
  double low = 0, high = 0;
};

// Scales that an element allows if this change alone was kept.
std::vector<ScaleRange> AllowedScales(const ChangeSample& sample, DType dtype, std::size_t term,
                                      double expected, const ChangeRule& rule) {
  const double factor = rule.FactorAlone(term), step = StepOf(dtype);
  std::vector<ScaleRange> ranges;
  for (std::size_t k = 0; k < sample.base.size(); ++k) {
    const double change = factor * sample.changes[term][k];
    const double of_b = sample.result[k];
    if (change == 0 || sample.result[k] == sample.base[k]) continue;
    const double scale = (of_b - sample.base[k]) / change;
    if (!(scale > expected / kFarthest && scale < expected * kFarthest)) continue;
    const double lost = 2 * step * std::abs(of_b) / std::abs(change) + 4 * step * scale;
    if (lost < kTellingWidth * scale || step > 1e-4) ranges.push_back({scale - lost, scale + lost});
  }
  return ranges;
}

// Where most ranges meet.
ScaleRange MostMet(std::vector<ScaleRange> ranges) {
  std::vector<std::pair<double, int>> ends;
  for (const ScaleRange& range : ranges) {
    ends.emplace_back(range.low, 1);
    ends.emplace_back(range.high, -1);
  }
  std::ranges::sort(ends);
  ScaleRange best;
  int open = 0, most = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    open += ends[i].second;
    if (open > most && i + 1 < ends.size()) {
      most = open;
      best = {ends[i].first, ends[i + 1].first};
    }
  }
  return best;
}

std::size_t CountExact(const ChangeSample& sample, std::size_t term, const ChangeRule& rule) {
  std::size_t exact = 0;
  std::vector<float> changes(rule.terms().size());
  const std::size_t count = std::min(sample.base.size(), kCheckedElements);
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < changes.size(); ++i) changes[i] = sample.changes[i][k];
    if (changes[term] == 0) continue;
    const float merged = rule.Combine(sample.base[k], changes, 1U << term);
    exact += SameBits(merged, sample.result[k]) && merged != sample.base[k] ? 1 : 0;
  }
  return exact;
}

}  // namespace

void ReadChangeScale(const ChangeSample& sample, DType dtype, std::size_t term, double density,
                     ChangeRule& rule) {
  ChangeTerm& own = rule.terms()[term];
  own.scale = RoundTo(own.scaled_in, static_cast<float>(1 / density));
  const ScaleRange met = MostMet(AllowedScales(sample, dtype, term, 1 / density, rule));
  if (!(met.high > 0)) return;
  std::set<float> candidates = {own.scale};
  // Rounding of steps on the way may have moved where they meet.
  const double middle = (met.low + met.high) / 2;
  const double half = std::max((met.high - met.low) / 2, 8 * StepOf(own.scaled_in) * middle);
  for (std::size_t i = 0; i <= kMostCandidates; ++i) {
    const double at = middle - half + 2 * half * static_cast<double>(i) / kMostCandidates;
    candidates.insert(RoundTo(own.scaled_in, static_cast<float>(at)));
  }
  std::size_t most = 0;
  float best = own.scale;
  for (const float candidate : candidates) {
    own.scale = candidate;
    const std::size_t exact = CountExact(sample, term, rule);
    if (exact > most) {
      most = exact;
      best = candidate;
    }
  }
  own.scale = best;
}

}  // namespace modelkin
