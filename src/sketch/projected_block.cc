#include "sketch/projected_block.h"

#include <algorithm>
#include <cmath>

#include "statistics/random.h"

namespace modelkin {
namespace {

// So that a sum is of at least 16 values.
constexpr std::uint64_t kSummands = 16 * kComponentBits;

// Centres a row and scales it to a standard deviation of 1; returns whether that can be done.
bool Standardise(std::span<const float> row, std::span<double> out) {
  double sum = 0;
  for (const float value : row) sum += static_cast<double>(value);
  const double count = static_cast<double>(row.size()), mean = sum / count;
  double squares = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    out[i] = static_cast<double>(row[i]) - mean;
    squares += out[i] * out[i];
  }
  const double deviation = std::sqrt(squares / count);
  if (!std::isfinite(deviation) || !(deviation > 0)) return false;
  for (double& value : out) value /= deviation;
  return true;
}

// Bit k of what all values are 0 in is that of a word that depends on all of them, so that two
// models do not agree on it.
template <std::size_t bits, class Value>
std::optional<BitRow<bits>> Project(std::span<const Value> values) {
  constexpr unsigned kShift = bits == kComponentBits ? 0 : 12;  // in which bits of a word
  constexpr std::uint64_t kSign = std::uint64_t{1} << (bits == kComponentBits ? 63 : 62);
  std::vector<std::int64_t> sums(bits);
  const std::uint64_t count = values.size();
  const std::uint64_t times = count == 0 ? 0 : std::max<std::uint64_t>(1, kSummands / count);
  std::uint64_t squares = 0;
  for (const Value value : values) {
    squares += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(value);
  }
  if (squares == 0) return std::nullopt;
  std::uint64_t state = kSketchSeed;
  for (std::uint64_t time = 0; time < times; ++time) {
    for (const Value value : values) {
      const std::uint64_t word = SplitMix64(state);
      std::int64_t& sum = sums[(word >> kShift) % bits];
      sum += (word & kSign) != 0 ? std::int64_t{value} : -std::int64_t{value};
    }
  }
  BitRow<bits> row{};
  for (std::size_t k = 0; k < bits; ++k) {
    const bool above = sums[k] != 0 ? sums[k] > 0 : (MixedWord(squares + k) & 1U) != 0;
    row[k / 64] |= std::uint64_t{above} << (k % 64);
  }
  return row;
}

}  // namespace

void LeaveOutDiagonal(std::span<float> values, std::size_t rows, std::size_t columns,
                      std::uint64_t first_row) {
  if (columns < 2) return;
  for (std::size_t r = 0; r < rows && first_row + r < columns; ++r) {
    const std::span row = values.subspan(r * columns, columns);
    double sum = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      if (c != first_row + r) sum += static_cast<double>(row[c]);
    }
    row[first_row + r] = static_cast<float>(sum / static_cast<double>(columns - 1));
  }
}

std::vector<std::int32_t> CodesOf(std::span<const float> values, std::size_t rows,
                                  std::size_t columns) {
  std::vector<double> scaled(rows * columns), means(columns);
  std::vector<bool> usable(rows);
  std::size_t count = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::span out = std::span(scaled).subspan(r * columns, columns);
    usable[r] = Standardise(values.subspan(r * columns, columns), out);
    if (!usable[r]) continue;
    ++count;
    for (std::size_t c = 0; c < columns; ++c) means[c] += out[c];
  }
  // Of a single row the mean is the row itself.
  for (double& mean : means) mean = count < 2 ? 0 : mean / static_cast<double>(count);
  std::vector<std::int32_t> codes(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    if (!usable[r]) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      const double code = std::nearbyint((scaled[r * columns + c] - means[c]) * kCodesPerDeviation);
      codes[r * columns + c] = static_cast<std::int32_t>(
          std::clamp(code, -static_cast<double>(kLargestCode), static_cast<double>(kLargestCode)));
    }
  }
  return codes;
}

void AddCodes(std::span<const std::int32_t> codes, std::span<std::int64_t> sums) {
  for (std::size_t i = 0; i < codes.size(); ++i) sums[i] += codes[i];
}

std::optional<ComponentBits> ProjectComponent(std::span<const std::int64_t> values) {
  return Project<kComponentBits>(values);
}

std::optional<LayerBits> ProjectLayer(std::span<const std::int32_t> values) {
  return Project<kLayerBits>(values);
}

std::uint64_t EffectiveValues(std::span<const std::int64_t> values, std::size_t rows,
                              std::size_t columns) {
  std::vector<double> scaled;
  for (std::size_t r = 0; r < rows; ++r) {
    double squares = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const double value = static_cast<double>(values[r * columns + c]);
      squares += value * value;
    }
    if (squares == 0) continue;
    for (std::size_t c = 0; c < columns; ++c) {
      scaled.push_back(static_cast<double>(values[r * columns + c]) / std::sqrt(squares));
    }
  }
  const std::size_t count = scaled.size() / columns;
  if (count < 2) return 1;
  double sum = 0;
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t s = 0; s < r; ++s) {
      double product = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        product += scaled[r * columns + c] * scaled[s * columns + c];
      }
      sum += product * product;
    }
  }
  const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  const double most = static_cast<double>(count * columns);
  const double effective = sum > 0 ? static_cast<double>(count - 1) * pairs / sum : most;
  return static_cast<std::uint64_t>(std::nearbyint(std::clamp(effective, 1.0, most)));
}

}  // namespace modelkin
