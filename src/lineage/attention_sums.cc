#include "lineage/attention_sums.h"

#include <algorithm>
#include <optional>
#include <utility>

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

  // The factor times 1, over residual coordinates. Nothing if a value is not finite.
  std::optional<Vector> TimesOnes() const {
    Vector sums(units(), 0);
    const bool finite = ForBlocks([&](const Block& block) { AddOnes(block, sums); });
    return finite ? std::optional(std::move(sums)) : std::nullopt;
  }

  // Sum over units of their rows, weighted.
  Vector Weighted(const Vector& weights) const {
    Vector sums(width(), 0);
    ForBlocks([&](const Block& block) { AddWeighted(block, weights, sums); });
    return sums;
  }

  // Both of them, read once.
  std::optional<std::pair<Vector, Vector>> Both(const Vector& weights) const {
    std::pair<Vector, Vector> sums{Vector(units(), 0), Vector(width(), 0)};
    const bool finite = ForBlocks([&](const Block& block) {
      AddOnes(block, sums.first);
      AddWeighted(block, weights, sums.second);
    });
    return finite ? std::optional(std::move(sums)) : std::nullopt;
  }

 private:
  // Stored rows from `first` on.
  struct Block {
    const float* values;
    std::size_t first, rows, columns;

    const float* Row(std::size_t i) const { return values + i * columns; }
  };

  void AddOnes(const Block& block, Vector& sums) const {
    if (axis_ == 1) return AddRowSums(block, sums, [](std::size_t, double value) { return value; });
    for (std::size_t i = 0; i < block.rows; ++i) {
      const float* const row = block.Row(i);
      for (std::size_t c = 0; c < block.columns; ++c) sums[c] += row[c];
    }
  }

  void AddWeighted(const Block& block, const Vector& weights, Vector& sums) const {
    if (axis_ == 0) {
      return AddRowSums(block, sums,
                        [&](std::size_t c, double value) { return weights[c] * value; });
    }
    for (std::size_t i = 0; i < block.rows; ++i) {
      const float* const row = block.Row(i);
      const double weight = weights[block.first + i];
      for (std::size_t c = 0; c < block.columns; ++c) sums[c] += weight * row[c];
    }
  }

  // Adds to the sum of each row of(column, value), in order of columns. Eight rows go side by side,
  // since each sum waits for its last addition.
  template <class Of>
  static void AddRowSums(const Block& block, Vector& sums, const Of& of) {
    constexpr std::size_t kSideBySide = 8;
    std::size_t i = 0;
    for (; i + kSideBySide <= block.rows; i += kSideBySide) {
      double own[kSideBySide] = {};
      const float* const row = block.Row(i);
      for (std::size_t c = 0; c < block.columns; ++c) {
        for (std::size_t r = 0; r < kSideBySide; ++r) own[r] += of(c, row[r * block.columns + c]);
      }
      for (std::size_t r = 0; r < kSideBySide; ++r) sums[block.first + i + r] = own[r];
    }
    for (; i < block.rows; ++i) {
      double& own = sums[block.first + i];
      for (std::size_t c = 0; c < block.columns; ++c) own += of(c, block.Row(i)[c]);
    }
  }

  // Returns whether all values are finite.
  template <class Use>
  bool ForBlocks(const Use& use) const {
    const UnitReader reader(model_.checkpoint, *part_->tensor, 1);
    const std::uint64_t rows = part_->tensor->shape[0], columns = part_->tensor->shape[1];
    std::vector<float> values;
    bool finite = true;
    for (std::uint64_t row = 0; row < rows; row += kSumRowsAtOnce) {
      const std::uint64_t count = std::min(kSumRowsAtOnce, rows - row);
      finite = reader.Read(row, count, values) && finite;
      use({values.data(), row, count, columns});
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
  const auto of_key = key.TimesOnes(), of_value = value.TimesOnes();
  if (!of_key || !of_value) return {};
  const auto of_query = query.Both(ToHeads(*of_key, heads, size));
  const auto of_output = output.Both(ToHeads(*of_value, heads, value_size));
  if (!of_query || !of_output) return {};
  std::vector<float> rows;
  for (const Vector& sums :
       {of_query->second, key.Weighted(ToGroups(of_query->first, heads, size)), of_output->second,
        value.Weighted(ToGroups(of_output->first, heads, value_size))}) {
    rows.insert(rows.end(), sums.begin(), sums.end());
  }
  return rows;
}

}  // namespace modelkin
