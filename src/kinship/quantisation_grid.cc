#include "kinship/quantisation_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "kinship/distinct_magnitudes.h"
#include "kinship/rounding.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kTileRows = 128;
constexpr std::uint64_t kTiles = 4;
constexpr std::uint64_t kFewestGridColumns = 16, kMostGridColumns = std::uint64_t{1} << 17;
constexpr double kShareOfBlocks = 0.98;
constexpr std::uint64_t kBlocksWithoutFit = 8;
constexpr double kLogChance = -46.051701859880914;  // of 1e-20, for all blocks together
constexpr double kLogChanceOfABlock = -2;           // and on average for one
constexpr double kLargestInteger = 128;
constexpr int kLargestFirst = 16;  // multiple that the smallest value of a block may be
constexpr std::size_t kFewestLevels = 3, kMostLevels = 16;
constexpr std::size_t kFewestNonzero = 24;
// Values below this share of the largest may be subnormal in an 8-bit float.
constexpr double kSubnormal = 0x1p-13;

// Coarse ones first. 0 columns: all.
constexpr std::array<BlockShape, 8> kBlocks = {
    {{0, 0}, {kTileRows, 128}, {1, 0}, {1, 256}, {1, 128}, {1, 64}, {1, 32}, {1, 16}}};

std::size_t DistinctValues(std::vector<float> values) {
  std::ranges::sort(values);
  return static_cast<std::size_t>(std::ranges::unique(values).begin() - values.begin());
}

// A grid that a block fits, and the log of the probability that it would by chance.
struct Fit {
  double step = 0, log_chance = 0;
};

// From small to large, the step getting better with each.
std::optional<Fit> FitMultiples(const std::vector<double>& magnitudes, double first_step,
                                double rounding) {
  double with_step = 0, squares = 0, log_chance = 0, step = first_step;
  for (std::size_t i = 0; i < magnitudes.size(); ++i) {
    const double quotient = magnitudes[i] / step, whole = std::round(quotient);
    if (whole < 1 || whole > kLargestInteger) return std::nullopt;
    const double known = 1 / std::sqrt(static_cast<double>(i) + 1);
    const double allowed = 1e-4 + whole * rounding * (1.5 + 1.5 * known);
    if (std::abs(quotient - whole) > allowed) return std::nullopt;
    if (i > 0) log_chance += std::log(std::min(1.0, 2 * allowed));
    with_step += magnitudes[i] * whole;
    squares += whole * whole;
    step = with_step / squares;
  }
  return Fit{.step = step, .log_chance = log_chance};
}

std::optional<Fit> FitIntegerTo(const std::vector<double>& magnitudes, double rounding) {
  if (magnitudes.empty()) return Fit{};
  for (int smallest = 1; smallest <= kLargestFirst; ++smallest) {
    auto fit = FitMultiples(magnitudes, magnitudes.front() / smallest, rounding);
    if (!fit) continue;
    // So many were tried.
    fit->log_chance = std::min(0.0, fit->log_chance + std::log(kLargestFirst));
    return fit;
  }
  return std::nullopt;
}

std::optional<Fit> FitInteger(const std::vector<float>& values, double rounding) {
  // Multiples are fitted from small to large: what does not fit the first fits none.
  if (values.size() > 4 * kFewMagnitudes && !FitIntegerTo(SmallestMagnitudes(values), rounding)) {
    return std::nullopt;
  }
  return FitIntegerTo(DistinctMagnitudes(values), rounding);
}

// `magnitudes`: the largest last.
std::optional<Fit> FitSmallFloatTo(const std::vector<double>& magnitudes, int fraction_bits,
                                   double rounding) {
  if (magnitudes.empty()) return Fit{};
  const double levels = std::ldexp(1.0, fraction_bits);
  for (int place = 0; place < 1 << fraction_bits; ++place) {
    const double unit = magnitudes.back() / (levels + place);
    double log_chance = 0;
    const bool fits = std::ranges::all_of(magnitudes, [&](double magnitude) {
      if (magnitude < magnitudes.back() * kSubnormal) return true;
      const double scaled = magnitude / unit;
      const double significand = std::ldexp(
          scaled, fraction_bits - static_cast<int>(std::floor(std::log2(scaled) + 1e-3)));
      const double allowed = 1e-4 + 2 * significand * rounding;
      log_chance += std::log(std::min(1.0, 2 * allowed));
      return std::abs(significand - std::round(significand)) <= allowed;
    });
    if (fits) return Fit{.step = unit, .log_chance = std::min(0.0, log_chance + std::log(levels))};
  }
  return std::nullopt;
}

// Whether all are a scale times a float with so many bits after the leading one.
std::optional<Fit> FitSmallFloat(const std::vector<float>& values, int fraction_bits,
                                 double rounding) {
  if (values.size() > 4 * kFewMagnitudes) {
    // Some of them, with the largest: what does not fit these fits none.
    std::vector<float> some(values.begin(), values.begin() + kFewMagnitudes);
    some.push_back(
        *std::ranges::max_element(values, {}, [](float value) { return std::abs(value); }));
    if (!FitSmallFloatTo(DistinctMagnitudes(some), fraction_bits, rounding)) return std::nullopt;
  }
  return FitSmallFloatTo(DistinctMagnitudes(values), fraction_bits, rounding);
}

bool HasMoreLevels(const std::vector<float>& values) {
  std::vector<float> levels;
  for (const float value : values) {
    if (value == 0 || std::ranges::find(levels, value) != levels.end()) continue;
    levels.push_back(value);
    if (levels.size() > kMostLevels) return true;
  }
  return false;
}

// Zeros are left by pruning as well, and don't count.
std::optional<Fit> FitLevels(std::vector<float> values) {
  if (HasMoreLevels(values)) return std::nullopt;
  std::erase(values, 0.0F);
  const std::size_t levels = DistinctValues(values);
  if (levels < kFewestLevels || levels > kMostLevels || 2 * values.size() < 3 * levels) {
    return std::nullopt;
  }
  return Fit{};
}

std::optional<Fit> FitBlock(GridKind kind, const std::vector<float>& values, double rounding) {
  switch (kind) {
    case GridKind::kInteger: return FitInteger(values, rounding);
    case GridKind::kE4M3: return FitSmallFloat(values, 3, rounding);
    case GridKind::kE5M2: return FitSmallFloat(values, 2, rounding);
    case GridKind::kLevels: return FitLevels(values);
    case GridKind::kStored: break;  // known, not found
  }
  return std::nullopt;
}

// Rows of a matrix: a few tiles of 128, one after the other.
struct Sample {
  std::vector<float> values;
  std::uint64_t rows = 0, columns = 0;
};

Sample ReadSample(const Checkpoint& checkpoint, const Tensor& tensor) {
  const UnitReader reader(checkpoint, tensor, 1);
  const std::uint64_t tiles = (tensor.shape[0] + kTileRows - 1) / kTileRows;
  Sample sample{.columns = tensor.shape[1]};
  std::vector<float> values;
  for (std::uint64_t i = 0; i < std::min(tiles, kTiles); ++i) {
    const std::uint64_t first = i * tiles / std::min(tiles, kTiles) * kTileRows;
    const std::uint64_t count = std::min(kTileRows, tensor.shape[0] - first);
    reader.Read(first, count, values);
    sample.values.insert(sample.values.end(), values.begin(), values.end());
    sample.rows += count;
  }
  reader.RequireNothingLost();
  return sample;
}

// Calls use(values of A, values of B) for each block, until it returns false.
void ForBlocks(
    const Sample& a, const Sample& b, const BlockShape& shape,
    const std::function<bool(const std::vector<float>&, const std::vector<float>&)>& use) {
  const std::uint64_t down = shape.rows == 0 ? b.rows : shape.rows;
  const std::uint64_t across = shape.columns == 0 ? b.columns : shape.columns;
  std::vector<float> values_a, values_b;
  for (std::uint64_t row = 0; row < b.rows; row += down) {
    for (std::uint64_t column = 0; column < b.columns; column += across) {
      values_a.clear();
      values_b.clear();
      for (std::uint64_t r = row; r < std::min(row + down, b.rows); ++r) {
        for (std::uint64_t c = column; c < std::min(column + across, b.columns); ++c) {
          values_a.push_back(a.values[r * b.columns + c]);
          values_b.push_back(b.values[r * b.columns + c]);
        }
      }
      if (!use(values_a, values_b)) return;
    }
  }
}

// How far a value may be from the one that it was rounded to.
double HalfStep(GridKind kind, const Fit& fit, float value) {
  switch (kind) {
    case GridKind::kInteger: return fit.step / 2;
    case GridKind::kE4M3: return std::abs(value) / 16;
    case GridKind::kE5M2: return std::abs(value) / 8;
    case GridKind::kLevels:
    case GridKind::kStored: return 0;
  }
  return 0;
}

// The distance between the values beside `value`; 0 where it is not known.
double StepAt(GridKind kind, const Fit& fit, float value) {
  if (kind == GridKind::kInteger) return fit.step;
  if ((kind != GridKind::kE4M3 && kind != GridKind::kE5M2) || value == 0 || !(fit.step > 0))
    return 0;
  // fit.step is the last place of the largest value, or that of a smaller one by powers of two.
  const int fraction_bits = kind == GridKind::kE4M3 ? 3 : 2;
  const double exponent =
      std::floor(std::log2(std::abs(static_cast<double>(value)) / fit.step) + 1e-3);
  return std::ldexp(fit.step, static_cast<int>(exponent) - fraction_bits);
}

std::uint64_t NearestLevels(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<float> levels = b;
  std::ranges::sort(levels);
  std::uint64_t nearest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) continue;
    const double own = std::abs(static_cast<double>(a[i]) - b[i]);
    nearest +=
        std::ranges::none_of(
            levels,
            [&](float level) { return std::abs(static_cast<double>(a[i]) - level) < own * 0.99; })
            ? 1
            : 0;
  }
  return nearest;
}

struct Tally {
  std::uint64_t blocks = 0, fitting = 0;
  std::uint64_t values = 0, near = 0;          // that A has
  std::uint64_t a_lacking = 0, a_fitting = 0;  // of those that fit, blocks with what A lacks
  double distances = 0, steps = 0;             // squares, of values whose step is known
  double largest = 0;                          // of values over their block's step
  std::size_t levels = 0;
  double log_chance = 0, noise = 0, squares = 0;
};

void AddBlock(GridKind kind, double rounding, const std::vector<float>& a,
              const std::vector<float>& b, Tally& tally) {
  const auto zeros = static_cast<std::size_t>(std::ranges::count(b, 0.0F));
  // The end of a row may be too short to tell.
  if (kind == GridKind::kLevels && b.size() - zeros < kFewestNonzero) return;
  ++tally.blocks;
  const auto fit = FitBlock(kind, b, rounding);
  if (!fit) return;
  ++tally.fitting;
  tally.log_chance += fit->log_chance;
  const auto known = static_cast<std::uint64_t>(
      std::ranges::count_if(a, [](float value) { return std::isfinite(value); }));
  tally.values += known;
  tally.levels = std::max(tally.levels, DistinctValues(b));
  const auto [smallest, largest] = std::ranges::minmax(b);
  for (const float value : b) {
    const double step = kind == GridKind::kLevels
                            ? (static_cast<double>(largest) - smallest) / (kMostLevels - 1)
                            : 2 * HalfStep(kind, *fit, value);
    tally.noise += step * step / 12;
    tally.squares += static_cast<double>(value) * value;
  }
  if (kind == GridKind::kLevels) {
    tally.near += NearestLevels(a, b);
  } else {
    for (std::size_t i = 0; i < b.size(); ++i) {
      const double allowed =
          1.02 * HalfStep(kind, *fit, b[i]) + 2 * rounding * std::abs(static_cast<double>(a[i]));
      tally.near += std::abs(static_cast<double>(a[i]) - b[i]) <= allowed ? 1 : 0;
      const double step = StepAt(kind, *fit, b[i]);
      if (step > 0 && std::isfinite(a[i])) {
        const double distance = static_cast<double>(a[i]) - b[i];
        tally.distances += distance * distance;
        tally.steps += step * step;
      }
      if (fit->step > 0) tally.largest = std::max(tally.largest, std::abs(b[i]) / fit->step);
    }
  }
  if (known < a.size()) {
    ++tally.a_lacking;
    return;
  }
  tally.a_fitting += FitBlock(kind, a, rounding).has_value() ? 1 : 0;
}

unsigned BitsOf(GridKind kind, const Tally& tally) {
  if (kind == GridKind::kE4M3 || kind == GridKind::kE5M2) return 8;
  if (kind == GridKind::kLevels || tally.levels <= kMostLevels) return 4;
  return 1 + static_cast<unsigned>(std::ceil(std::log2(std::round(tally.largest) + 1)));
}

std::optional<QuantisationGrid> TryBlocks(GridKind kind, const BlockShape& shape, double rounding,
                                          const Sample& a, const Sample& b) {
  Tally tally;
  ForBlocks(a, b, shape, [&](const auto& values_a, const auto& values_b) {
    AddBlock(kind, rounding, values_a, values_b, tally);
    // A few blocks say whether it is worth while.
    return tally.blocks <= kBlocksWithoutFit || tally.fitting > 0;
  });
  if (tally.fitting == 0 || tally.values == 0 ||
      static_cast<double>(tally.fitting) < kShareOfBlocks * static_cast<double>(tally.blocks)) {
    return std::nullopt;
  }
  const double fitting = static_cast<double>(tally.fitting);
  if (kind != GridKind::kLevels &&
      tally.log_chance > std::min(kLogChance, kLogChanceOfABlock * fitting)) {
    return std::nullopt;
  }
  return QuantisationGrid{
      .kind = kind,
      .bits = BitsOf(kind, tally),
      .block = shape,
      .log_chance = tally.log_chance,
      .within_half_step = static_cast<double>(tally.near) / static_cast<double>(tally.values),
      .rms_steps =
          tally.steps > 0 ? std::optional(std::sqrt(tally.distances / tally.steps)) : std::nullopt,
      .noise = tally.squares > 0 ? tally.noise / tally.squares : 0,
      .a_has_one = static_cast<double>(tally.a_fitting) >
                   kShareOfBlocks * static_cast<double>(tally.blocks - tally.a_lacking)};
}

}  // namespace

std::string_view GridName(GridKind kind) {
  switch (kind) {
    case GridKind::kInteger: return "int";
    case GridKind::kE4M3: return "fp8_e4m3";
    case GridKind::kE5M2: return "fp8_e5m2";
    case GridKind::kStored: return "stored";
    case GridKind::kLevels: return "levels";
  }
  return "";
}

std::optional<QuantisationGrid> FindGrid(const Checkpoint& a, const Tensor& tensor_a,
                                         const Checkpoint& b, const Tensor& tensor_b,
                                         DType stored_b) {
  if (tensor_b.shape.size() != 2 || tensor_a.shape != tensor_b.shape ||
      tensor_b.shape[1] < kFewestGridColumns || tensor_b.shape[1] > kMostGridColumns ||
      !IsFloatingPoint(stored_b)) {
    return std::nullopt;
  }
  const double rounding = RelativeRounding(stored_b);
  const Sample sample_a = ReadSample(a, tensor_a), sample_b = ReadSample(b, tensor_b);
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(sample_b.values, finite)) return std::nullopt;
  for (const BlockShape& shape : kBlocks) {
    if (shape.columns > tensor_b.shape[1]) continue;
    for (const GridKind kind :
         {GridKind::kInteger, GridKind::kE5M2, GridKind::kE4M3, GridKind::kLevels}) {
      const auto grid = TryBlocks(kind, shape, rounding, sample_a, sample_b);
      if (grid) return grid;
    }
  }
  return std::nullopt;
}

}  // namespace modelkin
