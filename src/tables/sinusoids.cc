// Tables whose series along an axis are sinusoids of any rate, phase and size: positions in one,
// two or three dimensions, in any layout, rotary caches, and bases of Fourier transforms with a
// window.
#include <cmath>
#include <numbers>

#include "tables/generators.h"
#include "tables/window_shapes.h"

namespace modelkin {
namespace {

constexpr double kPi = std::numbers::pi;

// A part of a series and of its envelope, both over what each value may be away.
struct Stretch {
  const Series& series;
  const Series& envelope;
  std::size_t begin, end;
};

struct Sinusoid {
  double rate = 0, cosine = 0, sine = 0;
  double squares = 0;  // of what is left
};

// The nearest of a rate, its phase counted from place `origin`.
Sinusoid FitAtRate(const Stretch& part, double rate, double origin) {
  double cc = 0, cs = 0, ss = 0, xc = 0, xs = 0, xx = 0;
  const double start = rate * (static_cast<double>(part.begin) - origin);
  double c = std::cos(start), s = std::sin(start);
  const double turn_c = std::cos(rate), turn_s = std::sin(rate);
  for (std::size_t t = part.begin; t < part.end; ++t) {
    const double x = part.series[t], wc = part.envelope[t] * c, ws = part.envelope[t] * s;
    cc += wc * wc, cs += wc * ws, ss += ws * ws;
    xc += x * wc, xs += x * ws, xx += x * x;
    const double next = c * turn_c - s * turn_s;
    s = c * turn_s + s * turn_c;
    c = next;
  }
  const double determinant = cc * ss - cs * cs;
  Sinusoid fit{.rate = rate};
  if (determinant > 1e-12 * cc * ss && ss > 0) {
    fit.cosine = (xc * ss - xs * cs) / determinant;
    fit.sine = (xs * cc - xc * cs) / determinant;
  } else if (cc > 0) {
    fit.cosine = xc / cc;
  }
  fit.squares = std::max(0.0, xx - fit.cosine * xc - fit.sine * xs);
  return fit;
}

// The best rate between two, where the error has one minimum, by golden sections.
Sinusoid Refine(const Stretch& part, double low, double high, double origin) {
  constexpr double kGolden = 0.6180339887498949;
  constexpr int kSteps = 40;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  Sinusoid at_left = FitAtRate(part, left, origin), at_right = FitAtRate(part, right, origin);
  for (int step = 0; step < kSteps; ++step) {
    if (at_left.squares <= at_right.squares) {
      high = right, right = left, at_right = at_left;
      left = high - kGolden * (high - low);
      at_left = FitAtRate(part, left, origin);
    } else {
      low = left, left = right, at_left = at_right;
      right = low + kGolden * (high - low);
      at_right = FitAtRate(part, right, origin);
    }
  }
  return at_left.squares <= at_right.squares ? at_left : at_right;
}

// Of places [begin, end).
Fit CompareSinusoid(const StoredValues& stored, const Series& series, const Series& envelope,
                    std::size_t begin, std::size_t end, const Sinusoid& fit, double origin) {
  const Series values(series.begin() + static_cast<std::ptrdiff_t>(begin),
                      series.begin() + static_cast<std::ptrdiff_t>(end));
  Series curve(values.size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const std::size_t t = begin + i;
    const double angle = fit.rate * (static_cast<double>(t) - origin);
    curve[i] = envelope[t] * (fit.cosine * std::cos(angle) + fit.sine * std::sin(angle));
  }
  // Angles are computed in F32: the further from the first place, the less exact.
  const double angle = 4 + fit.rate * static_cast<double>(end);
  return Compare(stored, values, curve, 3, stored.largest * angle * 0x1p-23);
}

// Fits a rate to a short part in the middle, and follows it into parts of twice the length.
Fit FitSinusoid(const StoredValues& stored, const Series& series, const Series& envelope) {
  constexpr std::size_t kFirst = 16;
  const std::size_t length = series.size();
  const double origin = static_cast<double>(length) / 2;
  std::size_t size = std::min(length, kFirst);
  Sinusoid best{.squares = INFINITY};
  const double grid = kPi / (4 * static_cast<double>(size));
  Series weighted = series, weights = envelope;
  for (std::size_t t = 0; t < length; ++t) {
    const double step = stored.Tolerance(series[t]) + stored.largest * 0x1p-21;
    weighted[t] /= step;
    weights[t] /= step;
  }
  const auto part_of = [&](std::size_t count) {
    return Stretch{weighted, weights, (length - count) / 2, (length - count) / 2 + count};
  };
  for (std::size_t i = 0; i <= 4 * size; ++i) {
    const Sinusoid fit = FitAtRate(part_of(size), static_cast<double>(i) * grid, origin);
    if (fit.squares < best.squares) best = fit;
  }
  const Middle middle = MiddleOf(length);
  const std::size_t most = std::max(size, middle.end - middle.begin);
  for (;;) {
    const double around = size <= kFirst ? grid : kPi / (2 * static_cast<double>(size));
    best = Refine(part_of(size), std::max(0.0, best.rate - around), best.rate + around, origin);
    const Stretch part = part_of(size);
    const Fit fit = CompareSinusoid(stored, series, envelope, part.begin, part.end, best, origin);
    if (!fit.follows) return fit;
    if (size == most) return CompareSinusoid(stored, series, envelope, 0, length, best, origin);
    size = std::min(2 * size, most);
  }
}

Fit FitReduced(const StoredValues& stored, const Series& series, int depth) {
  constexpr std::size_t kFewest = 4;
  if (series.size() < kFewest) return {};
  const Series flat(series.size(), 1);
  if (const Fit fit = FitSinusoid(stored, series, flat); fit.follows || depth == 0) return fit;
  for (const Series& part : Reductions(series)) {
    if (part.size() == series.size()) continue;
    if (const Fit fit = FitReduced(stored, part, depth - 1); fit.follows) return fit;
  }
  return {};
}

// Whether some series fade out at both ends, as all in a window do.
bool FadeOut(const StoredValues& stored, std::size_t axis) {
  constexpr std::uint64_t kSeries = 6;
  constexpr double kFaded = 0.1;  // Hamming's window ends at 0.08
  const std::uint64_t all = SeriesCount(stored.shape, axis);
  for (std::uint64_t i = 0; i < std::min(all, kSeries); ++i) {
    const Series series =
        SeriesAlong(stored, axis, i * all / std::min(all, kSeries), stored.shape[axis]);
    const double limit = kFaded * stored.largest;
    if (std::abs(series.front()) > limit || std::abs(series.back()) > limit) return false;
  }
  return true;
}

bool FollowInWindow(const StoredValues& stored, std::size_t axis, const Series& envelope) {
  return SeriesFollow(stored, axis, envelope.size(),
                      [&](const Series& series) { return FitSinusoid(stored, series, envelope); });
}

}  // namespace

bool AreSinusoids(const StoredValues& stored) {
  constexpr std::size_t kFewest = 8, kLongestWindow = 4096;
  if (stored.shape.size() < 2) return false;
  for (std::size_t axis = 0; axis < stored.shape.size(); ++axis) {
    const std::size_t length = stored.shape[axis];
    if (length < kFewest) continue;
    const bool follow = SeriesFollow(stored, axis, kLongestSeries, [&](const Series& series) {
      return FitReduced(stored, series, 2);
    });
    if (follow) return true;
    if (length > kLongestWindow || !FadeOut(stored, axis)) continue;
    for (const Series& window : CommonWindows(length)) {
      if (FollowInWindow(stored, axis, window)) return true;
    }
  }
  return false;
}

}  // namespace modelkin
