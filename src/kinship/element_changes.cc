#include "kinship/element_changes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kinship/rounding.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kChangesAtOnce = std::uint64_t{1} << 16;
// Longer rows are taken for lists, so that a row fits in memory.
constexpr std::uint64_t kMostChangeColumns = std::uint64_t{1} << 20;
constexpr double kSmall = 0.25;  // of the root mean square

// Rows along the last axis.
Tensor AsRows(const Tensor& tensor) {
  Tensor rows = tensor;
  std::uint64_t columns = tensor.shape.size() < 2 ? 1 : tensor.shape.back();
  if (columns > kMostChangeColumns) columns = 1;
  rows.shape = {columns == 0 ? 0 : tensor.elements / columns, columns};
  return rows;
}

// Sums by column: what scales of rows leave, and scales of columns, and the means of columns.
class ColumnSums {
 public:
  explicit ColumnSums(std::uint64_t columns) : columns_(columns) {}

  void AddRow(const float* a, const float* b) {
    double aa = 0, ab = 0, bb = 0;
    for (std::size_t j = 0; j < columns_.size(); ++j) {
      const double x = a[j], y = b[j];
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      aa += x * x;
      ab += x * y;
      bb += y * y;
      ++columns_[j].count;
      columns_[j].a += x;
      columns_[j].b += y;
      columns_[j].aa += x * x;
      columns_[j].ab += x * y;
      columns_[j].bb += y * y;
    }
    all_ += bb;
    left_by_rows_ += aa > 0 ? bb - ab * ab / aa : bb;
  }

  // Changes of `shifted_products` have no means taken away yet.
  void Finish(ElementChanges& changes) const {
    changes.centred_squares_a = changes.squares_a;
    changes.centred_squares_b = changes.squares_b;
    changes.centred_products = changes.products;
    for (const Sums& column : columns_) {
      if (column.count == 0) continue;
      const double n = static_cast<double>(column.count);
      changes.centred_squares_a -= column.a * column.a / n;
      changes.centred_squares_b -= column.b * column.b / n;
      changes.centred_products -= column.a * column.b / n;
      changes.shifted_products -= column.a * column.b / n;
    }
    if (columns_.size() < 2 || !(all_ > 0)) return;
    double left = 0;
    for (const Sums& column : columns_) {
      left += column.aa > 0 ? column.bb - column.ab * column.ab / column.aa : column.bb;
    }
    changes.left_by_row_scales = std::max(0.0, left_by_rows_ / all_);
    changes.left_by_column_scales = std::max(0.0, left / all_);
  }

 private:
  struct Sums {
    std::uint64_t count = 0;
    double a = 0, b = 0, aa = 0, ab = 0, bb = 0;
  };
  std::vector<Sums> columns_;
  double all_ = 0, left_by_rows_ = 0;
};

void AddElement(float a, float b, ElementChanges& changes) {
  if (!std::isfinite(a) || !std::isfinite(b)) {
    ++changes.excluded;
    return;
  }
  const double x = a, y = b;
  ++changes.compared;
  changes.equal += a == b ? 1 : 0;
  changes.squares_a += x * x;
  changes.squares_b += y * y;
  changes.products += x * y;
  changes.change_squares += (y - x) * (y - x);
  changes.in_b.all += std::abs(x);
  changes.in_a.all += std::abs(y);
  changes.zeros_a += a == 0 ? 1 : 0;
  changes.zeros_b += b == 0 ? 1 : 0;
  if (a == 0 && b != 0) {
    ++changes.in_a.count;
    changes.in_a.lost += std::abs(y);
  }
  if (b == 0 && a != 0) {
    ++changes.in_b.count;
    changes.in_b.lost += std::abs(x);
  }
}

void AddSmall(const std::vector<float>& a, const std::vector<float>& b, ElementChanges& changes) {
  double squares = 0;
  std::size_t count = 0;
  for (const float value : a) {
    if (!std::isfinite(value)) continue;
    squares += static_cast<double>(value) * value;
    ++count;
  }
  if (count == 0) return;
  const double limit = kSmall * std::sqrt(squares / static_cast<double>(count));
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i]) < limit) || !std::isfinite(b[i])) continue;
    changes.small_products += static_cast<double>(a[i]) * b[i];
    changes.small_squares += static_cast<double>(a[i]) * a[i];
  }
}

// Only what still holds is asked again.
void CheckCasts(const std::vector<float>& a, const std::vector<float>& b, ElementChanges& changes) {
  for (std::size_t type = 0; type < kCastTypes.size(); ++type) {
    const auto is_cast = [&](const std::vector<float>& from, const std::vector<float>& to) {
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (std::isfinite(from[i]) && RoundTo(kCastTypes[type], from[i]) != to[i]) return false;
      }
      return true;
    };
    changes.b_is_cast[type] = changes.b_is_cast[type] && is_cast(a, b);
    changes.a_is_cast[type] = changes.a_is_cast[type] && is_cast(b, a);
  }
}

std::uint64_t HalfZeroFours(const std::vector<float>& values, std::uint64_t columns) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i + 4 <= values.size() && columns % 4 == 0; i += 4) {
    count += std::count(values.begin() + static_cast<std::ptrdiff_t>(i),
                        values.begin() + static_cast<std::ptrdiff_t>(i + 4), 0.0F) >= 2
                 ? 1
                 : 0;
  }
  return count;
}

}  // namespace

bool ElementChanges::Zeroed::looks_pruned(std::uint64_t of) const {
  const double zeroed = static_cast<double>(count), kept = static_cast<double>(of) - zeroed;
  return count > 0 && kept > 0 && zeroed >= 0.01 * static_cast<double>(of) &&
         lost / zeroed <= 0.7 * (all - lost) / kept;
}

namespace {

std::optional<double> Over(double products, const ElementChanges& changes) {
  // What rounding leaves of constant columns.
  const double rounding = 1e-12;
  if (!(changes.centred_squares_a > rounding * changes.squares_a) ||
      !(changes.centred_squares_b > rounding * changes.squares_b)) {
    return std::nullopt;
  }
  return products / std::sqrt(changes.centred_squares_a * changes.centred_squares_b);
}

}  // namespace

std::optional<double> ElementChanges::correlation() const { return Over(centred_products, *this); }

std::optional<double> ElementChanges::shifted_correlation() const {
  // Without a partner values have no place in the means that were taken away.
  return excluded > 0 ? std::nullopt : Over(shifted_products, *this);
}

std::optional<double> ElementChanges::slope_of_small() const {
  if (!(small_squares > 0)) return std::nullopt;
  return small_products / small_squares;
}

std::optional<double> ElementChanges::slope_of_large() const {
  if (!(squares_a - small_squares > 0)) return std::nullopt;
  return (products - small_products) / (squares_a - small_squares);
}

std::optional<double> ElementChanges::relative_change() const {
  if (!(squares_a > 0)) return std::nullopt;
  return std::sqrt(change_squares / squares_a);
}

std::optional<double> ElementChanges::equal_share() const {
  if (compared == 0) return std::nullopt;
  return static_cast<double>(equal) / static_cast<double>(compared);
}

ElementChanges CompareElements(const Checkpoint& a, const Tensor& tensor_a, const Checkpoint& b,
                               const Tensor& tensor_b) {
  ElementChanges changes;
  changes.b_is_cast.fill(true);
  changes.a_is_cast.fill(true);
  const Tensor rows_a = AsRows(tensor_a), rows_b = AsRows(tensor_b);
  const std::uint64_t rows = rows_b.shape[0], columns = rows_b.shape[1];
  if (rows == 0) return changes;
  const UnitReader reader_a(a, rows_a, 1), reader_b(b, rows_b, 1);
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kChangesAtOnce / columns);
  ColumnSums sums(columns);
  std::vector<float> values_a, values_b, before;
  reader_a.Read(rows - 1, 1, before);
  for (std::uint64_t row = 0; row < rows; row += at_once) {
    const std::uint64_t count = std::min(at_once, rows - row);
    reader_a.Read(row, count, values_a);
    reader_b.Read(row, count, values_b);
    for (std::size_t i = 0; i < values_a.size(); ++i) {
      AddElement(values_a[i], values_b[i], changes);
      const float other = i < columns ? before[i] : values_a[i - columns];
      changes.shifted_products += static_cast<double>(other) * values_b[i];
    }
    CheckCasts(values_a, values_b, changes);
    AddSmall(values_a, values_b, changes);
    for (std::uint64_t i = 0; i < count; ++i) {
      sums.AddRow(values_a.data() + i * columns, values_b.data() + i * columns);
    }
    changes.half_zero_a += HalfZeroFours(values_a, columns);
    changes.half_zero_b += HalfZeroFours(values_b, columns);
    before.assign(values_a.end() - static_cast<std::ptrdiff_t>(columns), values_a.end());
  }
  changes.fours = columns % 4 == 0 ? tensor_b.elements / 4 : 0;
  reader_a.RequireNothingLost();
  reader_b.RequireNothingLost();
  sums.Finish(changes);
  return changes;
}

}  // namespace modelkin
