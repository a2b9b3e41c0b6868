// Filter banks: a triangle for each band, over frequencies or, as Kaldi has it, over their mels.
#include <array>
#include <cmath>

#include "tables/generators.h"

namespace modelkin {
namespace {

// A side of a triangle, between two places.
struct Side {
  std::size_t begin, end;
};

double Mel(double hertz) { return 1127 * std::log1p(hertz / 700); }

// Places as they are, and as mels at common rates of sampling, the last place being half of the
// rate or one step below it.
std::vector<Series> Scales(std::size_t length) {
  std::vector<Series> scales;
  Series places(length);
  for (std::size_t i = 0; i < length; ++i) places[i] = static_cast<double>(i);
  scales.push_back(places);
  for (const double rate : {8000.0, 16000.0, 22050.0, 24000.0, 32000.0, 44100.0, 48000.0}) {
    for (const std::size_t steps : {length - 1, length}) {
      Series mels(length);
      for (std::size_t i = 0; i < length; ++i) {
        mels[i] = Mel(rate / 2 * static_cast<double>(i) / static_cast<double>(steps));
      }
      scales.push_back(std::move(mels));
    }
  }
  return scales;
}

// Whether values of a side lie on a line.
Fit FitSide(const StoredValues& stored, const Series& values, const Series& scale, Side side) {
  constexpr std::size_t kFewest = 3;  // any two do
  if (side.end - side.begin < kFewest) return {.follows = true};
  const auto of = [&](const Series& all) {
    return Series(all.begin() + static_cast<std::ptrdiff_t>(side.begin),
                  all.begin() + static_cast<std::ptrdiff_t>(side.end));
  };
  const Series y = of(values), x = of(scale), ones(y.size(), 1);
  Series weights(y.size());
  std::ranges::transform(y, weights.begin(),
                         [&](double value) { return 1 / stored.Tolerance(value); });
  const auto line = LeastSquares({ones, x}, y, weights);
  if (!line) return {};
  Series curve(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) curve[i] = (*line)[0] + (*line)[1] * x[i];
  return Compare(stored, y, curve, 2, *std::ranges::max_element(y) * 0x1p-18);
}

// Of zeros, a rise, a fall, and zeros.
Fit FitTriangle(const StoredValues& stored, const Series& values, const Series& scale) {
  std::size_t begin = 0, end = values.size();
  while (begin < end && values[begin] == 0) ++begin;
  while (end > begin && values[end - 1] == 0) --end;
  if (begin == end) return {.follows = true};  // a band narrower than a step
  if (4 * (end - begin) > 3 * values.size()) return {};
  const auto peak = std::max_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                     values.begin() + static_cast<std::ptrdiff_t>(end));
  const auto top = static_cast<std::size_t>(peak - values.begin());
  // The peak itself is on either side.
  for (const std::size_t middle : {top, top + 1}) {
    const Fit rise = FitSide(stored, values, scale, {begin, middle});
    const Fit fall = FitSide(stored, values, scale, {middle, end});
    if (rise.follows && fall.follows) return {.follows = true, .bits = rise.bits + fall.bits};
  }
  return {};
}

}  // namespace

bool IsFilterBank(const StoredValues& stored) {
  constexpr std::size_t kFewestPlaces = 16;
  if (stored.shape.size() != 2) return false;
  const auto zeros = std::ranges::count(stored.values, 0.0F);
  if (2 * static_cast<std::size_t>(zeros) < stored.values.size()) return false;
  for (const std::size_t axis : {0U, 1U}) {
    if (stored.shape[axis] < kFewestPlaces || stored.shape[axis] > 8 * kLongestSeries) continue;
    for (const Series& scale : Scales(stored.shape[axis])) {
      const bool follow = SeriesFollow(stored, axis, scale.size(), [&](const Series& series) {
        return FitTriangle(stored, series, scale);
      });
      if (follow) return true;
    }
  }
  return false;
}

}  // namespace modelkin
