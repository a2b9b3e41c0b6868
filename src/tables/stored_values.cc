#include "tables/stored_values.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr Precision kFloat32{24, -149}, kFloat16{11, -24}, kBFloat16{8, -133}, kWhole{0, 0};
constexpr std::size_t kShortestPart = 4;       // of a run or period
constexpr std::size_t kLongestReduced = 8192;  // series whose repetitions are looked for

bool AllFit(const std::vector<float>& values, std::uint16_t (*narrow)(float),
            float (*widen)(std::uint16_t)) {
  return std::ranges::all_of(
      values, [&](float value) { return !std::isfinite(value) || widen(narrow(value)) == value; });
}

Precision PrecisionOf(DType dtype, const std::vector<float>& values) {
  switch (dtype) {
    case DType::kBF16: return kBFloat16;
    case DType::kF16:
      return AllFit(values, FloatToBFloat16, BFloat16ToFloat) ? kBFloat16 : kFloat16;
    case DType::kF8E4M3: return {4, -9};
    case DType::kF8E5M2: return {3, -16};
    case DType::kF32:
    case DType::kF64:
      if (AllFit(values, FloatToBFloat16, BFloat16ToFloat)) return kBFloat16;
      return AllFit(values, FloatToFloat16, Float16ToFloat) ? kFloat16 : kFloat32;
    default: return kWhole;
  }
}

}  // namespace

double Precision::HalfStep(double value) const {
  if (digits == 0) return 0.5;
  const int exponent = value == 0 ? least_exponent : std::ilogb(value) + 1 - digits;
  return std::ldexp(0.5, std::max(exponent, least_exponent));
}

double StoredValues::Tolerance(double value) const {
  constexpr double kArithmetic = 0x1p-20;  // relative, of a formula computed in F32
  return 2 * precision.HalfStep(value) + kArithmetic * std::abs(value);
}

StoredValues AsStored(std::vector<float> values, Shape shape, DType dtype) {
  StoredValues stored;
  stored.values = std::move(values);
  stored.shape = std::move(shape);
  stored.precision = PrecisionOf(dtype, stored.values);
  for (const float value : stored.values) {
    if (std::isfinite(value)) stored.largest = std::max<double>(stored.largest, std::abs(value));
  }
  return stored;
}

StoredValues WithoutRepeats(StoredValues stored) {
  std::erase(stored.shape, 1U);
  while (stored.shape.size() > 1) {
    const std::size_t slice = stored.values.size() / stored.shape[0];
    const auto& values = stored.values;
    if (!std::equal(values.begin() + static_cast<std::ptrdiff_t>(slice), values.end(),
                    values.begin())) {
      break;
    }
    stored.values.resize(slice);
    stored.shape.erase(stored.shape.begin());
  }
  return stored;
}

bool HasDifferentValues(const std::vector<float>& values, std::size_t count) {
  std::set<float> different;
  for (const float value : values) {
    if (std::isfinite(value)) different.insert(value);
    if (different.size() >= count) return true;
  }
  return false;
}

std::uint64_t SeriesCount(const Shape& shape, std::size_t axis) {
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) count *= i == axis ? 1 : shape[i];
  return count;
}

Series SeriesAlong(const StoredValues& stored, std::size_t axis, std::uint64_t place,
                   std::size_t most) {
  std::uint64_t inner = 1;
  for (std::size_t i = axis + 1; i < stored.shape.size(); ++i) inner *= stored.shape[i];
  const std::uint64_t length = stored.shape[axis];
  Series series(std::min<std::uint64_t>(length, most));
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i] = stored.values[(place / inner * length + i) * inner + place % inner];
  }
  return series;
}

std::vector<Series> Reductions(const Series& series) {
  std::vector<Series> reductions = {series};
  const std::size_t length = series.size();
  if (length > kLongestReduced) return reductions;
  for (std::size_t part = 2; part <= length / kShortestPart; ++part) {
    if (length % part != 0) continue;
    Series runs;
    bool in_runs = true;
    for (std::size_t i = 0; i < length && in_runs; ++i) {
      if (i % part == 0) runs.push_back(series[i]);
      in_runs = series[i] == runs.back();
    }
    if (in_runs) reductions.push_back(std::move(runs));
    if (part < kShortestPart) continue;
    const auto period = series.begin() + static_cast<std::ptrdiff_t>(part);
    if (std::equal(period, series.end(), series.begin())) {
      reductions.emplace_back(series.begin(), period);
    }
  }
  return reductions;
}

}  // namespace modelkin
