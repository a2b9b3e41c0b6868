#include "kinship/negated_rows.h"

#include <algorithm>
#include <cmath>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Of a cosine of random directions: so far below 0 a cosine is a sign.
constexpr double kNegatedDeviations = 5;
constexpr std::uint64_t kRowsToSign = 256;

}  // namespace

std::optional<std::vector<std::uint32_t>> NegatedRows(const ModelParts& model_a, const Part& a,
                                                      const ModelParts& model_b, const Part& b) {
  const UnitReader reader_a(model_a.checkpoint, *a.tensor, *a.residual_axis());
  const UnitReader reader_b(model_b.checkpoint, *b.tensor, *b.residual_axis());
  const std::uint64_t units = reader_b.lengths().positions(), width = reader_b.lengths().units;
  const bool by_rows = reader_a.positions_are_rows() && reader_b.positions_are_rows();
  if (!by_rows || reader_a.lengths().positions() != units || reader_a.lengths().units != width) {
    return std::nullopt;
  }
  const double limit = -kNegatedDeviations / std::sqrt(static_cast<double>(width));
  std::vector<std::uint32_t> negated;
  std::vector<float> rows_a, rows_b;
  for (std::uint64_t first = 0; first < units; first += kRowsToSign) {
    const std::uint64_t count = std::min(kRowsToSign, units - first);
    reader_a.Read(first, count, rows_a);
    reader_b.Read(first, count, rows_b);
    for (std::uint64_t unit = 0; unit < count; ++unit) {
      double product = 0, squares_a = 0, squares_b = 0;
      for (std::uint64_t i = unit * width; i < (unit + 1) * width; ++i) {
        product += static_cast<double>(rows_a[i]) * rows_b[i];
        squares_a += static_cast<double>(rows_a[i]) * rows_a[i];
        squares_b += static_cast<double>(rows_b[i]) * rows_b[i];
      }
      if (product < limit * std::sqrt(squares_a * squares_b)) {
        negated.push_back(static_cast<std::uint32_t>(first + unit));
      }
    }
  }
  reader_a.RequireNothingLost();
  reader_b.RequireNothingLost();
  return negated;
}

}  // namespace modelkin
