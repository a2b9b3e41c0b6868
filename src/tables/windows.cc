#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "tables/generators.h"
#include "tables/window_shapes.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestPlaces = 16;

// Weights of the cosines of 0, 1 and 2 turns.
using Cosines = std::array<double, 3>;
constexpr std::array<Cosines, 3> kCosineWindows = {
    {{0.5, -0.5, 0}, {0.54, -0.46, 0}, {0.42, -0.5, 0.08}}};

double Turn(std::size_t place, double turns, double length) {
  return 2 * std::numbers::pi * turns * static_cast<double>(place) / length;
}

// Of `inside` places in the middle of `length`.
Series CosineWindow(const Cosines& weights, std::size_t length, std::size_t inside, bool periodic) {
  Series window(length);
  const std::size_t before = (length - inside) / 2;
  const double period = static_cast<double>(periodic ? inside : inside - 1);
  for (std::size_t t = 0; t < inside; ++t) {
    window[before + t] = weights[0] + weights[1] * std::cos(Turn(t, 1, period)) +
                         weights[2] * std::cos(Turn(t, 2, period));
  }
  return window;
}

bool Follows(const StoredValues& stored, const Series& series, const Series& curve,
             std::size_t parameters) {
  const Fit fit = Compare(stored, series, curve, parameters, stored.largest * 0x1p-22);
  return fit.follows && fit.bits >= kClearBits;
}

// Whether the series is a sum of cosines of up to 3 turns of a period of as many places as it has,
// or one more or less.
bool IsSumOfCosines(const StoredValues& stored, const Series& series) {
  const std::size_t length = series.size();
  for (const double period : {-1.0, 0.0, 1.0}) {
    std::vector<Series> basis(7, Series(length, 1));
    for (std::size_t t = 0; t < length; ++t) {
      for (std::size_t k = 1; k <= 3; ++k) {
        const double turn = Turn(t, static_cast<double>(k), static_cast<double>(length) + period);
        basis[2 * k - 1][t] = std::cos(turn);
        basis[2 * k][t] = std::sin(turn);
      }
    }
    const auto weights = LeastSquares(basis, series, Series(length, 1));
    if (!weights) continue;
    Series curve(length);
    for (std::size_t t = 0; t < length; ++t) {
      for (std::size_t k = 0; k < 7; ++k) curve[t] += (*weights)[k] * basis[k][t];
    }
    if (Follows(stored, series, curve, 9)) return true;
  }
  return false;
}

// Whether the logarithm is c + p times that of `shape`: powers of Hann (square root, sine, Povey),
// and with r^2 as the logarithm itself Gauss.
bool IsPowerOf(const StoredValues& stored, const Series& series, const Series& log_shape) {
  const auto [begin, end] = MiddleOf(series.size());
  Series ones, logs, values, weights;
  for (std::size_t t = begin; t < end; ++t) {
    if (!(series[t] > 0) || !std::isfinite(log_shape[t])) return false;
    ones.push_back(1);
    logs.push_back(log_shape[t]);
    values.push_back(std::log(series[t]));
    weights.push_back(series[t] / stored.Tolerance(series[t]));
  }
  const auto line = LeastSquares({ones, logs}, values, weights);
  if (!line) return false;
  Series curve(series.size());
  for (std::size_t t = 0; t < series.size(); ++t) {
    curve[t] = std::exp((*line)[0] + (*line)[1] * log_shape[t]);
  }
  return Follows(stored, series, curve, 4);
}

bool IsPowerOfHannOrGauss(const StoredValues& stored, const Series& series) {
  const std::size_t places = series.size();
  const double length = static_cast<double>(places);
  const double middle = (length - 1) / 2;
  Series gauss(places);
  for (std::size_t t = 0; t < places; ++t) gauss[t] = -std::pow(static_cast<double>(t) - middle, 2);
  if (IsPowerOf(stored, series, gauss)) return true;
  // Zeros at the ends are gone: the sine of Hann's starts a step in, that of MDCT half a step.
  for (const auto& [first, period] : {std::pair(1.0, length + 1), std::pair(0.5, length)}) {
    Series sine(places);
    for (std::size_t t = 0; t < places; ++t) {
      sine[t] = std::log(std::sin(std::numbers::pi * (static_cast<double>(t) + first) / period));
    }
    if (IsPowerOf(stored, series, sine)) return true;
  }
  return false;
}

double KaiserAt(std::size_t place, double period, double beta) {
  const double r = 2 * static_cast<double>(place) / period - 1;
  return std::cyl_bessel_i(0.0, beta * std::sqrt(std::max(0.0, 1 - r * r)));
}

// Of a Kaiser window of this beta, as large as suits.
struct KaiserFit {
  double beta = 0, size = 0, squares = 0;
};

KaiserFit FitKaiser(const StoredValues& stored, const Series& series, double period, double beta) {
  double kk = 0, kx = 0, xx = 0;
  for (std::size_t t = 0; t < series.size(); ++t) {
    const double weight = 1 / stored.Tolerance(series[t]);
    const double k = weight * KaiserAt(t, period, beta), x = weight * series[t];
    kk += k * k, kx += k * x, xx += x * x;
  }
  return {beta, kx / kk, xx - kx * kx / kk};
}

// Whether there is a beta: a value near the start against the middle one nearly gives it, as it
// falls with beta.
bool IsKaiser(const StoredValues& stored, const Series& series) {
  constexpr double kLargestBeta = 40;
  const std::size_t length = series.size(), place = length / 8, middle = length / 2;
  for (const double period : {static_cast<double>(length - 1), static_cast<double>(length)}) {
    double low = 1e-3, high = kLargestBeta;
    for (int step = 0; step < 60; ++step) {
      const double beta = (low + high) / 2;
      const double ratio = KaiserAt(place, period, beta) / KaiserAt(middle, period, beta);
      (ratio > series[place] / series[middle] ? low : high) = beta;
    }
    // Within the rounding of those two values the best one.
    const double near = low;
    KaiserFit best = FitKaiser(stored, series, period, near);
    for (int halvings = 0; halvings < 18; ++halvings) {
      const double step = std::ldexp(0.02 * near, -halvings);
      for (const double beta : {best.beta - step, best.beta + step}) {
        const KaiserFit fit = FitKaiser(stored, series, period, beta);
        if (fit.squares < best.squares) best = fit;
      }
    }
    Series window(length);
    for (std::size_t t = 0; t < length; ++t) {
      window[t] = best.size * KaiserAt(t, period, best.beta);
    }
    if (Follows(stored, series, window, 4)) return true;
  }
  return false;
}

}  // namespace

std::vector<Series> CommonWindows(std::size_t length) {
  std::vector<Series> windows;
  for (const bool periodic : {true, false}) {
    for (const Cosines& weights : kCosineWindows) {
      windows.push_back(CosineWindow(weights, length, length, periodic));
    }
    for (const std::size_t inside :
         {length * 3 / 4, length * 25 / 32, length * 5 / 8, length / 2}) {
      windows.push_back(CosineWindow(kCosineWindows[0], length, inside, periodic));
    }
  }
  return windows;
}

bool IsWindow(const StoredValues& stored) {
  constexpr std::size_t kMost = 8192;
  if (stored.shape.size() != 1) return false;
  Series series = SeriesAlong(stored, 0, 0, kMost);
  // Without the zeros around it.
  while (series.size() > kFewestPlaces && series.back() == 0) series.pop_back();
  const auto first = std::ranges::find_if(series, [](double value) { return value != 0; });
  series.erase(series.begin(), first);
  if (series.size() < kFewestPlaces) return false;
  // All of them rise to the middle, and fall from there on.
  const auto middle = series.begin() + static_cast<std::ptrdiff_t>(series.size() / 2);
  if (!std::is_sorted(series.begin(), middle) ||
      !std::is_sorted(middle + 1, series.end(), std::greater<>())) {
    return false;
  }
  return IsSumOfCosines(stored, series) || IsPowerOfHannOrGauss(stored, series) ||
         IsKaiser(stored, series);
}

}  // namespace modelkin
