#include "lineage/attention_sums.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

using Vector = std::vector<double>;

constexpr std::uint64_t kSumRowsAtOnce = 64;

// A projection, a row for each of its units over residual coordinates.
class Factor {
 public:
  Factor(const ModelParts& model, std::uint32_t layer, Role role, std::size_t axis)
      : model_(model), part_(model.FindInLayer(layer, role)), axis_(axis) {
    if (part_ != nullptr && (part_->tensor->shape.size() != 2 || part_->residual_axis() != axis)) {
      part_ = nullptr;
    }
  }

  std::uint64_t units() const { return part_ == nullptr ? 0 : part_->tensor->shape[1 - axis_]; }
  std::uint64_t width() const { return part_->tensor->shape[axis_]; }

  // Row sums: the factor times 1. Nothing if a value is not finite.
  std::optional<Vector> TimesOnes() const {
    Vector sums(units(), 0);
    const bool finite =
        ForValues([&](std::uint64_t unit, std::uint64_t, double value) { sums[unit] += value; });
    return finite ? std::optional(std::move(sums)) : std::nullopt;
  }

  // Sum over units of their rows, weighted.
  Vector Weighted(const Vector& weights) const {
    Vector sums(width(), 0);
    ForValues([&](std::uint64_t unit, std::uint64_t coordinate, double value) {
      sums[coordinate] += weights[unit] * value;
    });
    return sums;
  }

 private:
  template <class Use>
  bool ForValues(const Use& use) const {
    const UnitReader reader(model_.checkpoint, *part_->tensor, 1);
    const std::uint64_t rows = part_->tensor->shape[0], columns = part_->tensor->shape[1];
    std::vector<float> values;
    bool finite = true;
    for (std::uint64_t row = 0; row < rows; row += kSumRowsAtOnce) {
      finite = reader.Read(row, std::min(kSumRowsAtOnce, rows - row), values) && finite;
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t r = row + i / columns, c = i % columns;
        axis_ == 1 ? use(r, c, values[i]) : use(c, r, values[i]);
      }
    }
    reader.RequireNothingLost();
    return finite;
  }

  const ModelParts& model_;
  const Part* part_;
  std::size_t axis_;
};

// From units of groups to those of query heads, and back as sums.
Vector ToHeads(const Vector& of_groups, HeadCounts heads, std::size_t size) {
  const std::size_t inside = heads.query / heads.groups;
  Vector of_heads(heads.query * size);
  for (std::size_t i = 0; i < of_heads.size(); ++i) {
    of_heads[i] = of_groups[i / size / inside * size + i % size];
  }
  return of_heads;
}

Vector ToGroups(const Vector& of_heads, HeadCounts heads, std::size_t size) {
  const std::size_t inside = heads.query / heads.groups;
  Vector of_groups(heads.groups * size, 0);
  for (std::size_t i = 0; i < of_heads.size(); ++i) {
    of_groups[i / size / inside * size + i % size] += of_heads[i];
  }
  return of_groups;
}

}  // namespace

std::vector<float> AttentionSums(const ModelParts& model, std::uint32_t layer, HeadCounts heads) {
  const Factor query(model, layer, Role::kQuery, 1), key(model, layer, Role::kKey, 1);
  const Factor value(model, layer, Role::kValue, 1),
      output(model, layer, Role::kAttentionOutput, 0);
  if (heads.query == 0 || heads.groups == 0 || heads.query % heads.groups != 0) return {};
  const std::size_t size = key.units() / heads.groups, value_size = value.units() / heads.groups;
  if (size == 0 || value_size == 0 || query.units() != size * heads.query ||
      output.units() != value_size * heads.query) {
    return {};
  }
  const auto of_query = query.TimesOnes(), of_key = key.TimesOnes(), of_value = value.TimesOnes(),
             of_output = output.TimesOnes();
  if (!of_query || !of_key || !of_value || !of_output) return {};
  std::vector<float> rows;
  for (const Vector& sums : {query.Weighted(ToHeads(*of_key, heads, size)),
                             key.Weighted(ToGroups(*of_query, heads, size)),
                             output.Weighted(ToHeads(*of_value, heads, value_size)),
                             value.Weighted(ToGroups(*of_output, heads, value_size))}) {
    rows.insert(rows.end(), sums.begin(), sums.end());
  }
  return rows;
}

}  // namespace modelkin
