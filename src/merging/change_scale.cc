#include "merging/change_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>

#include "merging/element_rounding.h"

namespace modelkin {
namespace {

// The scale is looked for between these times 1 / density.
constexpr double kFarthest = 2.5;
// Elements that candidates are tried on at first, and the fewest where they are tried on all.
constexpr std::size_t kFirstElements = 1024;
constexpr int kCandidates = 32, kManyCandidates = 256;
// Of tensors of few elements, where chance may have left a ratio far from what is expected.
constexpr double kWidest = 0.4;
constexpr std::size_t kFewElements = 512;
constexpr int kStarts = 16;

double StepOf(DType dtype) {
  return dtype == DType::kBF16 ? 0x1p-8 : dtype == DType::kF16 ? 0x1p-11 : 0x1p-24;
}

struct ScaleRange {
  double low = 0, high = 0;
};

// Scales that an element allows if this change alone was kept.
std::vector<ScaleRange> AllowedScales(const ChangeSample& sample, std::size_t term, double expected,
                                      const ChangeRule& rule) {
  const double factor = rule.FactorAlone(term);
  const double step = std::max(StepOf(sample.dtype), StepOf(sample.out_dtype));
  std::vector<ScaleRange> ranges;
  for (std::size_t k = 0; k < sample.base.size(); ++k) {
    const double change = factor * sample.changes[term][k];
    const double of_b = sample.result[k];
    if (change == 0 || sample.result[k] == sample.base[k]) continue;
    const double scale = (of_b - sample.base[k]) / change;
    if (!(scale > expected / kFarthest && scale < expected * kFarthest)) continue;
    const double lost = 2 * step * std::abs(of_b) / std::abs(change) + 4 * step * scale;
    ranges.push_back({scale - lost, scale + lost});
  }
  return ranges;
}

// The middle of where most ranges meet; 0 without any.
double MostMet(const std::vector<ScaleRange>& ranges) {
  std::vector<std::pair<double, int>> ends;
  for (const ScaleRange& range : ranges) {
    ends.emplace_back(range.low, 1);
    ends.emplace_back(range.high, -1);
  }
  std::ranges::sort(ends);
  double best = 0;
  int open = 0, most = 0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    open += ends[i].second;
    if (open <= most) continue;
    most = open;
    best = (ends[i].first + ends[i + 1].first) / 2;
  }
  return best;
}

// Elements of the sample that come out to the bit.
std::size_t CountExact(const ChangeSample& sample, std::size_t count, const ChangeRule& rule) {
  std::size_t exact = 0;
  std::vector<float> changes(rule.terms().size());
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < changes.size(); ++i) changes[i] = sample.changes[i][k];
    const KeptChanges found = rule.Kept(changes);
    for (std::uint32_t kept = found.open;; kept = (kept - 1) & found.open) {
      const float merged = rule.Combine(sample.base[k], changes, (found.kept & ~found.open) | kept);
      if (SameBits(RoundTo(sample.out_dtype, merged), sample.result[k])) {
        ++exact;
        break;
      }
      if (kept == 0) break;
    }
  }
  return exact;
}

struct ScaleTry {
  double width = 0;  // relative, to either side
  int candidates = kCandidates;
  std::size_t elements = 0;  // of the sample
};

// Sets the scale of `term` to the one in the middle of the longest run of best ones. Returns
// whether all elements come out to the bit by it.
bool TryScales(const ChangeSample& sample, std::size_t term, const ScaleTry& how,
               ChangeRule& rule) {
  ChangeTerm& own = rule.terms()[term];
  const double middle = own.scale;
  std::set<float> candidates = {own.scale};
  for (int i = 0; i <= how.candidates; ++i) {
    const double at = middle * (1 - how.width + 2 * how.width * i / how.candidates);
    candidates.insert(RoundTo(own.scaled_in, static_cast<float>(at)));
  }
  const std::vector<float> tried(candidates.begin(), candidates.end());
  std::vector<std::size_t> exact;
  for (const float candidate : tried) {
    own.scale = candidate;
    exact.push_back(CountExact(sample, how.elements, rule));
  }
  const std::size_t most = *std::ranges::max_element(exact);
  std::size_t best = 0, longest = 0;
  for (std::size_t begin = 0; begin < tried.size();) {
    std::size_t end = begin;
    while (end < tried.size() && exact[end] == most) ++end;
    if (end - begin > longest) {
      longest = end - begin;
      best = begin + (longest - 1) / 2;
    }
    begin = std::max(end, begin + 1);
  }
  own.scale = tried[best];
  return most == how.elements;
}

// Runs `improve`, which gives whether all elements come out, from several scales of the first term
// on, as the best of one term depends on the others'. Leaves the best of all.
template <class Improve>
bool StartWide(const ChangeSample& sample, const std::vector<std::size_t>& scaled, ChangeRule& rule,
               const Improve& improve) {
  const std::vector<ChangeTerm> before = rule.terms();
  std::vector<ChangeTerm> best = before;
  std::size_t most = 0;
  for (int start = 0; start <= kStarts; ++start) {
    rule.terms() = before;
    ChangeTerm& first = rule.terms()[scaled[0]];
    // From half to twice as much.
    const double factor = std::exp2(2.0 * start / kStarts - 1);
    if (start > 0) first.scale = RoundTo(first.scaled_in, static_cast<float>(first.scale * factor));
    for (std::size_t i = 1; i < scaled.size(); ++i) {
      TryScales(sample, scaled[i], {kWidest, kManyCandidates, sample.base.size()}, rule);
    }
    if (improve()) return true;
    const std::size_t exact = CountExact(sample, sample.base.size(), rule);
    if (exact <= most) continue;
    most = exact;
    best = rule.terms();
  }
  rule.terms() = std::move(best);
  return false;
}

}  // namespace

void ReadChangeScales(const ChangeSample& sample, const std::vector<double>& densities,
                      ChangeRule& rule) {
  const std::size_t all = sample.base.size();
  double width = 0, last = 1;
  std::vector<std::size_t> scaled;
  bool by_chance = false;
  for (std::size_t i = 0; i < rule.terms().size(); ++i) {
    ChangeTerm& term = rule.terms()[i];
    if (!term.is_scaled) continue;
    scaled.push_back(i);
    last = std::min(last, 2 * StepOf(term.scaled_in));
    width = std::max(width, 8 * StepOf(term.scaled_in));
    if (term.keeps != ChangeTerm::Keeps::kSome) continue;
    by_chance = true;
    const double met = MostMet(AllowedScales(sample, i, 1 / densities[i], rule));
    term.scale = RoundTo(term.scaled_in, static_cast<float>(met > 0 ? met : 1 / densities[i]));
    width = std::max(width, 8 * StepOf(sample.dtype));
  }
  if (all == 0 || scaled.empty()) return;
  std::size_t elements = std::min(all, kFirstElements);
  const auto try_all = [&](const ScaleTry& how) {
    bool fits = false;
    for (const std::size_t term : scaled) fits = TryScales(sample, term, how, rule);
    return fits;
  };
  if (by_chance && all <= kFewElements) {
    const bool fits = StartWide(sample, scaled, rule, [&] {
      return try_all({kWidest, kManyCandidates, all}) || try_all({kWidest, kManyCandidates, all});
    });
    if (fits) return;
  }
  while (true) {
    const bool fits = try_all({.width = width, .elements = elements});
    if (fits && elements == all) return;
    if (width <= last) break;
    width = std::max(last, width / 8);
    elements = std::min(all, elements * 8);
  }
  // Others' scales may have come nearer meanwhile.
  for (int round = 0; round < 2; ++round) {
    if (try_all({.width = 8 * last, .elements = all})) return;
    if (try_all({.width = last, .elements = all})) return;
  }
}

}  // namespace modelkin
