#include "kinship/decayed_rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Rounding to BF16 leaves a cosine of 1 - 3e-6.
constexpr double kSameDirection = 0.9995;
constexpr std::size_t kFewestDecayedRows = 8;
constexpr std::uint64_t kMostDecayedColumns = std::uint64_t{1} << 17;
constexpr double kLeastRatio = 1e-3, kShareOfRows = 0.9;

}  // namespace

std::optional<bool> DecayedRows::b_is_later() const {
  if (std::abs(log_ratio) < kLeastRatio || same_sign < kShareOfRows) return std::nullopt;
  return log_ratio < 0;
}

std::optional<DecayedRows> FindDecayedRows(const Checkpoint& a, const Tensor& tensor_a,
                                           const Checkpoint& b, const Tensor& tensor_b) {
  if (tensor_a.shape.size() != 2 || tensor_a.shape != tensor_b.shape ||
      tensor_a.shape[1] > kMostDecayedColumns) {
    return std::nullopt;
  }
  const UnitReader reader_a(a, tensor_a, 1), reader_b(b, tensor_b, 1);
  std::vector<float> row_a, row_b;
  std::vector<double> ratios;
  for (std::uint64_t row = 0; row < tensor_a.shape[0]; ++row) {
    if (!reader_a.Read(row, 1, row_a) || !reader_b.Read(row, 1, row_b)) continue;
    double aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < row_a.size(); ++i) {
      aa += static_cast<double>(row_a[i]) * row_a[i];
      bb += static_cast<double>(row_b[i]) * row_b[i];
      ab += static_cast<double>(row_a[i]) * row_b[i];
    }
    if (aa > 0 && bb > 0 && ab >= kSameDirection * std::sqrt(aa * bb)) {
      ratios.push_back(std::log(bb / aa) / 2);
    }
  }
  reader_a.RequireNothingLost();
  reader_b.RequireNothingLost();
  if (ratios.size() < kFewestDecayedRows) return std::nullopt;
  // All rows: somebody scaled them. Training sees some tokens.
  if (ratios.size() == tensor_a.shape[0]) return std::nullopt;
  std::ranges::sort(ratios);
  DecayedRows found{.rows = ratios.size(), .log_ratio = ratios[ratios.size() / 2]};
  const auto same = std::ranges::count_if(
      ratios, [&](double ratio) { return (ratio < 0) == (found.log_ratio < 0); });
  found.same_sign = static_cast<double>(same) / static_cast<double>(ratios.size());
  return found;
}

}  // namespace modelkin
