// Series that are linear in the place, or are where a function is undone: steps of time, slopes,
// rates of rotary embedding, distances, logarithms of counts, schedules of noise.
#include <array>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

// On its scale a series is a ramp.
struct Scale {
  double (*to_ramp)(double);
  double (*from_ramp)(double);
};

double Signed(double value, double magnitude) { return value < 0 ? -magnitude : magnitude; }

constexpr std::array kScales = std::to_array<Scale>({
    {[](double x) { return x; }, [](double y) { return y; }},
    {[](double x) { return std::log(std::abs(x)); }, [](double y) { return std::exp(y); }},
    {[](double x) { return std::exp(x); }, [](double y) { return std::log(y); }},
    {[](double x) { return x * x; }, [](double y) { return std::sqrt(y); }},
    {[](double x) { return std::sqrt(std::abs(x)); }, [](double y) { return y * y; }},
    {[](double x) { return 1 / x; }, [](double y) { return 1 / y; }},
    // Noise of Karras et al. (2022), with their rho of 7.
    {[](double x) { return std::pow(std::abs(x), 1.0 / 7); },
     [](double y) { return std::pow(y, 7); }},
    // Log-spaced coordinates of Swin v2: sign(c) log2(1 + 8 |c|) / 3.
    {[](double x) { return Signed(x, std::exp2(3 * std::abs(x)) - 1); },
     [](double y) { return Signed(y, std::log2(1 + std::abs(y)) / 3); }},
});

Fit FitRamp(const StoredValues& stored, const Series& series, const Scale& scale) {
  const auto [begin, end] = MiddleOf(series.size());
  Series ones(end - begin, 1), places(end - begin), ramp(end - begin), weights(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    const double value = series[i], step = stored.Tolerance(value);
    places[i - begin] = static_cast<double>(i);
    ramp[i - begin] = scale.to_ramp(value);
    const double change = std::abs(scale.to_ramp(value + step) - scale.to_ramp(value - step));
    weights[i - begin] = change > 0 ? 1 / change : 0;
    if (!std::isfinite(ramp[i - begin])) return {};
  }
  const auto line = LeastSquares({ones, places}, ramp, weights);
  if (!line) return {};
  Series curve(series.size());
  // Functions of magnitudes are undone with the sign that the series has.
  for (std::size_t i = 0; i < series.size(); ++i) {
    const double value = scale.from_ramp((*line)[0] + (*line)[1] * static_cast<double>(i));
    curve[i] = series[i] < 0 && value > 0 ? -value : value;
  }
  return Compare(stored, series, curve, 2);
}

bool IsConstant(const Series& series) {
  return std::ranges::all_of(series, [&](double value) { return value == series[0]; });
}

}  // namespace

bool AreRamps(const StoredValues& stored) {
  constexpr std::size_t kFewest = 6;  // values of a series that say something
  for (std::size_t axis = 0; axis < stored.shape.size(); ++axis) {
    if (stored.shape[axis] < kFewest) continue;
    for (const Scale& scale : kScales) {
      const bool follow = SeriesFollow(stored, axis, 4 * kLongestSeries, [&](const Series& series) {
        if (IsConstant(series)) return Fit{.follows = true};
        for (const Series& part : Reductions(series)) {
          if (part.size() < kFewest) continue;
          if (const Fit fit = FitRamp(stored, part, scale); fit.follows) return fit;
        }
        return Fit{};
      });
      if (follow) return true;
    }
  }
  return false;
}

}  // namespace modelkin
