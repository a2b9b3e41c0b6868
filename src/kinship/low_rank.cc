#include "kinship/low_rank.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kinship/rounding.h"
#include "linalg/randomised_svd.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr double kEdge = 1.5;
constexpr double kMostResidue = 3;  // times the noise
// Of singular values that count over the next: a spectrum that fades into the noise has none.
constexpr double kSharpEdge = 2;

// Distance to the next value of a type with so large a relative rounding.
double StepAt(double value, double rounding) {
  if (value == 0) return 0;
  // 2^-8 for BF16, whose steps are 2^-7 of the power of two below.
  return std::ldexp(2 * rounding, std::ilogb(value));
}

struct Noise {
  double squares = 0;  // expected sum
  double edge = 0;
};

Noise NoiseOf(const std::vector<float>& b, std::size_t columns, double rounding) {
  std::vector<double> by_row(b.size() / columns, 0), by_column(columns, 0);
  Noise noise;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double step = StepAt(b[i], rounding);
    const double variance = step * step / 12;
    by_row[i / columns] += variance;
    by_column[i % columns] += variance;
    noise.squares += variance;
  }
  noise.edge =
      kEdge * (std::sqrt(std::ranges::max(by_row)) + std::sqrt(std::ranges::max(by_column)));
  return noise;
}

// The change itself, and sums of squares.
struct Change {
  std::vector<float> values;
  std::size_t rows = 0, columns = 0;
  double squares = 0, squares_a = 0;
  Noise noise;
};

// Rows and columns that A has something in: it may lack some of B's units and coordinates.
struct SampledElements {
  std::vector<std::size_t> rows, columns;

  std::vector<float> Take(const std::vector<float>& values, std::size_t width) const {
    std::vector<float> taken;
    taken.reserve(rows.size() * columns.size());
    for (const std::size_t row : rows) {
      for (const std::size_t column : columns) taken.push_back(values[row * width + column]);
    }
    return taken;
  }
};

SampledElements SampledElementsIn(const std::vector<float>& a, std::size_t width) {
  std::vector<char> rows(a.size() / width, 0), columns(width, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i])) continue;
    rows[i / width] = 1;
    columns[i % width] = 1;
  }
  SampledElements places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != 0) places.rows.push_back(i);
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (columns[i] != 0) places.columns.push_back(i);
  }
  return places;
}

std::optional<Change> ReadChange(const Checkpoint& a, const Tensor& tensor_a, const Checkpoint& b,
                                 const Tensor& tensor_b, DType stored_b) {
  Change change{.values = {}, .rows = tensor_b.shape[0], .columns = tensor_b.shape[1]};
  std::vector<float> values_b;
  const bool finite = ReadByUnit(a, tensor_a, 0, change.values);
  if (!ReadByUnit(b, tensor_b, 0, values_b)) return std::nullopt;
  if (!finite) {
    const SampledElements places = SampledElementsIn(change.values, change.columns);
    change.values = places.Take(change.values, change.columns);
    values_b = places.Take(values_b, change.columns);
    change.rows = places.rows.size();
    change.columns = places.columns.size();
    const bool rest = std::ranges::all_of(change.values, [](float x) { return std::isfinite(x); });
    if (change.values.empty() || !rest) return std::nullopt;
  }
  for (std::size_t i = 0; i < values_b.size(); ++i) {
    float& value = change.values[i];
    change.squares_a += static_cast<double>(value) * value;
    value = values_b[i] - value;
    change.squares += static_cast<double>(value) * value;
  }
  change.noise = NoiseOf(values_b, change.columns, RelativeRounding(stored_b));
  // The difference of two floats is rounded as well.
  change.noise.squares += change.squares_a * 0x1p-48;
  change.noise.edge = std::max(change.noise.edge, std::sqrt(change.squares_a) * 0x1p-22);
  return change;
}

std::optional<LowRankChange> LowRank(const Change& change, const std::vector<float>& singular,
                                     std::size_t least_side) {
  const auto rank = static_cast<std::size_t>(
      std::ranges::count_if(singular, [&](float value) { return value > change.noise.edge; }));
  if (rank == 0 || 2 * rank > least_side || rank > kLargestRank) return std::nullopt;
  double kept = 0;
  for (std::size_t i = 0; i < rank; ++i) kept += static_cast<double>(singular[i]) * singular[i];
  const double residue = std::max(0.0, change.squares - kept);
  if (residue > kMostResidue * change.noise.squares + 1e-6 * change.squares) return std::nullopt;
  const double last = singular[rank - 1];
  const double next = rank < singular.size() ? singular[rank] : 0;
  if (last < kSharpEdge * next) return std::nullopt;
  return LowRankChange{.rank = rank,
                       .over_noise = last / change.noise.edge,
                       .over_next = next > 0 ? last / next : HUGE_VAL,
                       .residue = residue / change.squares,
                       .expected_residue = change.noise.squares / change.squares};
}

}  // namespace

std::optional<ChangeSpectrum> AnalyseChange(const Checkpoint& a, const Tensor& tensor_a,
                                            const Checkpoint& b, const Tensor& tensor_b,
                                            DType stored_b) {
  if (tensor_b.shape.size() != 2 || tensor_a.shape != tensor_b.shape ||
      tensor_b.elements > kMostLowRankElements || tensor_b.elements == 0) {
    return std::nullopt;
  }
  const auto change = ReadChange(a, tensor_a, b, tensor_b, stored_b);
  if (!change || !(change->squares > 0)) return std::nullopt;
  const std::size_t rows = change->rows, columns = change->columns;
  const auto singular = TopSingularValues(change->values, rows, columns, kLargestRank + 1, 1);
  if (!singular) return std::nullopt;
  const double deviation = std::sqrt(change->squares / static_cast<double>(rows * columns));
  const double edge =
      deviation * (std::sqrt(static_cast<double>(rows)) + std::sqrt(static_cast<double>(columns)));
  return ChangeSpectrum{.low_rank = LowRank(*change, *singular, std::min(rows, columns)),
                        .largest_over_noise = singular->front() / edge};
}

}  // namespace modelkin
