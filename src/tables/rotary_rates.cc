// Rates of rotary embedding that were stretched for longer texts: high ones kept, low ones divided
// by a factor, and a transition between them that is linear in the rate (llama 3) or in the place
// (YaRN, Peng et al. 2023).
#include <algorithm>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

// Of places and logarithms from the first on, so that any range's line takes no loop.
struct Sums {
  double count = 0, place = 0, square = 0, value = 0, product = 0;

  Sums operator-(const Sums& other) const {
    return {count - other.count, place - other.place, square - other.square, value - other.value,
            product - other.product};
  }
};

std::vector<Sums> SumsOf(const Series& logs) {
  std::vector<Sums> sums(logs.size() + 1);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double t = static_cast<double>(i);
    const Sums& last = sums[i];
    sums[i + 1] = {last.count + 1, last.place + t, last.square + t * t, last.value + logs[i],
                   last.product + t * logs[i]};
  }
  return sums;
}

// Rates kept before `kept`, divided from `divided` on.
struct Split {
  std::size_t kept, divided;
};

// Geometric rates that both parts have in common, and the factor by which the second's are less.
struct Rates {
  double first, ratio, factor;  // logarithms
};

// Least squares of one slope and two levels.
Rates FitRates(const std::vector<Sums>& sums, Split split) {
  const Sums kept = sums[split.kept], divided = sums.back() - sums[split.divided];
  const auto variance = [](const Sums& s) { return s.square - s.place * s.place / s.count; };
  const auto covariance = [](const Sums& s) { return s.product - s.place * s.value / s.count; };
  const double ratio =
      (covariance(kept) + covariance(divided)) / (variance(kept) + variance(divided));
  const double first = (kept.value - ratio * kept.place) / kept.count;
  return {first, ratio, first - (divided.value - ratio * divided.place) / divided.count};
}

// The stretched rates where those of the transition are the line a + b x of unstretched ones, x
// being the rate or the place.
std::optional<Series> Stretched(const Series& rates, Split split, const Rates& fitted,
                                bool by_rate) {
  Series curve(rates.size()), ones, x, share, weights;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    curve[i] = std::exp(fitted.first + fitted.ratio * static_cast<double>(i));
    if (i < split.kept || i >= split.divided) continue;
    ones.push_back(1);
    x.push_back(by_rate ? curve[i] : static_cast<double>(i));
    share.push_back(rates[i] / curve[i]);
    weights.push_back(1);
  }
  const std::size_t between = ones.size();
  const auto line = between > 1 ? LeastSquares({ones, x}, share, weights) : Series{0, 0};
  if (!line) return std::nullopt;
  for (std::size_t i = split.kept; i < rates.size(); ++i) {
    if (i >= split.divided) {
      curve[i] *= std::exp(-fitted.factor);
    } else if (between > 1) {
      curve[i] *= (*line)[0] + (*line)[1] * x[i - split.kept];
    } else {
      curve[i] = rates[i];
    }
  }
  return curve;
}

}  // namespace

bool AreScaledRates(const StoredValues& stored) {
  constexpr std::size_t kFewest = 16, kMost = 256, kFewestInPart = 3, kParameters = 7;
  if (stored.shape.size() != 1) return false;
  const Series rates = SeriesAlong(stored, 0, 0, kMost + 1);
  const bool falling = std::ranges::is_sorted(rates, std::greater<>()) && rates.back() > 0;
  if (rates.size() < kFewest || rates.size() > kMost || !falling) return false;
  Series logs(rates.size());
  std::ranges::transform(rates, logs.begin(), [](double rate) { return std::log(rate); });
  const std::vector<Sums> sums = SumsOf(logs);
  const std::size_t length = rates.size();
  for (std::size_t kept = kFewestInPart; kept < length; ++kept) {
    for (std::size_t divided = kept; divided + kFewestInPart <= length; ++divided) {
      if (2 * (divided - kept) > length) break;
      const Rates fitted = FitRates(sums, {kept, divided});
      if (!(fitted.factor > 0)) continue;
      for (const bool by_rate : {true, false}) {
        const auto curve = Stretched(rates, {kept, divided}, fitted, by_rate);
        if (!curve) continue;
        const Fit fit = Compare(stored, rates, *curve, kParameters);
        if (fit.follows && fit.bits >= kClearBits) return true;
      }
    }
  }
  return false;
}

}  // namespace modelkin
