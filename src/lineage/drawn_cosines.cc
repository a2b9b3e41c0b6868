#include "lineage/drawn_cosines.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include "base/parallel.h"
#include "kernels/products.h"
#include "lineage/diagonal_mean.h"

namespace modelkin {
namespace {

// Rows that are decoded at once: they stay in cache while products are made of them.
constexpr std::size_t kUnitsAtOnce = 64;
// Sums of squares that floats can tell apart from others.
constexpr float kLeastSquares = 1e-30F, kMostSquares = 1e30F;

StoredRows AsStored(const float* values, std::size_t columns) {
  return {DType::kF32, reinterpret_cast<const std::byte*>(values), columns};
}

// Returns what makes the row's products cosines: 0 if it is all zero. Scales the row itself where
// its products could leave the range of floats.
float ScaleOf(float* row, std::size_t columns) {
  float squares = 0;
  AddRowProducts({row, columns}, 1, AsStored(row, columns), 1, columns, &squares, 1);
  if (squares > kLeastSquares && squares < kMostSquares) return 1 / std::sqrt(squares);
  double exact = 0;
  for (std::size_t i = 0; i < columns; ++i) exact += static_cast<double>(row[i]) * row[i];
  const double scale = 1 / std::sqrt(exact);
  const bool alive = std::isfinite(scale) && scale > 0;
  std::for_each_n(row, columns,
                  [&](float& value) { value = alive ? static_cast<float>(value * scale) : 0.0F; });
  return alive ? 1 : 0;
}

void RemoveDiagonal(std::size_t first, std::size_t columns, std::vector<float>& rows) {
  for (std::size_t i = 0; i * columns < rows.size(); ++i) {
    rows[i * columns + (first + i) % columns] = 0;
  }
}

}  // namespace

DrawnCosines CosinesWithAll(const UnitRowReader& all, const UnitRows& drawn, UnitDiagonal diagonal,
                            unsigned threads) {
  const std::size_t units = all.units(), columns = all.columns();
  if (threads == 0) threads = AvailableThreads();
  DrawnCosines result{.units = units,
                      .drawn = drawn.units,
                      .cosines = std::vector<float>(units * drawn.units, 0),
                      .alive = std::vector<char>(units, 0)};
  std::atomic<bool> finite{true};
  const std::size_t blocks = (units + kUnitsAtOnce - 1) / kUnitsAtOnce;
  std::vector<std::vector<float>> rows_of(std::min<std::size_t>(threads, blocks));
  ParallelFor(static_cast<unsigned>(rows_of.size()), blocks, [&](std::size_t i, unsigned worker) {
    const std::size_t first = i * kUnitsAtOnce, count = std::min(kUnitsAtOnce, units - first);
    std::vector<float>& rows = rows_of[worker];
    if (!all.Read(first, count, rows)) finite = false;
    if (!finite) return;
    if (diagonal == UnitDiagonal::kTakenAway) RemoveDiagonal(first, columns, rows);
    if (diagonal == UnitDiagonal::kLargestTakenAway) ClearLargest(rows, columns);
    std::array<float, kUnitsAtOnce> scales{};
    for (std::size_t k = 0; k < count; ++k) scales[k] = ScaleOf(rows.data() + k * columns, columns);
    float* const out = result.cosines.data() + first * drawn.units;
    AddRowProducts({rows.data(), columns}, count, AsStored(drawn.rows.data(), columns), drawn.units,
                   columns, out, drawn.units);
    for (std::size_t k = 0; k < count; ++k) {
      result.alive[first + k] = scales[k] > 0 ? 1 : 0;
      std::for_each_n(out + k * drawn.units, drawn.units,
                      [&](float& cosine) { cosine *= scales[k]; });
    }
  });
  all.RequireNothingLost();
  result.finite = finite;
  return result;
}

}  // namespace modelkin
