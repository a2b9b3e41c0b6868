#include "dossier/projector.h"

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "dossier/agreed_seed.h"
#include "lineage/diagonal_mean.h"

namespace modelkin {
namespace {

// Calls use(first unit, rows) with all rows of a weight, in order. Returns whether all are finite.
template <class Use>
bool ForEachRows(const PlacedRows& weight, const Use& use) {
  std::vector<float> rows;
  bool finite = true;
  for (std::uint64_t unit = 0; unit < weight.units();) {
    ThrowIfInterrupted();
    const std::uint64_t count = weight.CountFrom(unit);
    finite = weight.Read(unit, count, rows) && finite;
    if (finite) use(unit, rows);  // which may change them
    unit += count;
  }
  weight.RequireNothingLost();
  return finite;
}

void TakeMeanAway(std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  for (double& value : values) value -= sum / static_cast<double>(values.size());
}

// Entries (i, i) of a matrix that comes by rows.
struct Diagonal {
  DiagonalMean mean;

  void Add(std::uint64_t first, const std::vector<float>& rows, std::size_t columns) {
    mean.values += rows.size();
    for (const float value : rows) mean.squares += static_cast<double>(value) * value;
    for (std::size_t i = 0; i * columns < rows.size() && first + i < columns; ++i) {
      mean.sum += rows[i * columns + first + i];
      ++mean.count;
    }
  }
};

// The projected sum over the rows of a weight, its mean over coordinates taken away; all 0 where
// some rows are not finite.
std::vector<double> ProjectedSum(const PlacedRows& weight, const SignProjection& signs) {
  std::vector<double> sum(weight.coordinates(), 0);
  const bool finite = ForEachRows(weight, [&](std::uint64_t, const std::vector<float>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) sum[i % sum.size()] += rows[i];
  });
  if (!finite) return std::vector<double>(signs.dimensions(), 0);
  TakeMeanAway(sum);
  return signs.Project(std::span<const double>(sum));
}

// Projected rows of all units, `dimensions` numbers each; empty where some are not finite.
std::vector<double> AllProjected(const PlacedRows& weight, const SignProjection& signs) {
  std::vector<double> all;
  const bool finite = ForEachRows(weight, [&](std::uint64_t, const std::vector<float>& rows) {
    for (std::size_t at = 0; at < rows.size(); at += signs.length()) {
      const auto row = signs.Project(std::span<const float>(rows).subspan(at, signs.length()));
      all.insert(all.end(), row.begin(), row.end());
    }
  });
  return finite ? all : std::vector<double>{};
}

void SetNotFinite(std::size_t units, std::size_t dimensions, ProjectedSide& side) {
  side.finite = false;
  side.rows.assign(units * dimensions, 0);
  side.sum.assign(dimensions, 0);
}

}  // namespace

Projector::Projector(const std::string& seed, std::uint64_t residual, std::size_t dimensions)
    : seed_(seed),
      signs_(SeedNumber(seed), 0, residual, dimensions),
      other_signs_(SeedNumber(seed), 1, residual, dimensions) {}

void Projector::Project(const Checkpoint& checkpoint, const UnitBlock& block,
                        ProjectedSide& side) const {
  side.rows.clear();
  side.sum.clear();
  side.finite = true;
  switch (block.kind) {
    case UnitKind::kHidden: return ProjectHidden(checkpoint, block, side);
    case UnitKind::kHeads: return ProjectHeads(checkpoint, block, side);
    case UnitKind::kExperts:
      return &side == &block.first ? ProjectRouter(checkpoint, side)
                                   : ProjectExperts(checkpoint, side);
  }
}

void Projector::ProjectHidden(const Checkpoint& checkpoint, const UnitBlock& block,
                              ProjectedSide& side) const {
  const PlacedRows weight(checkpoint, side.weights.front());
  const std::size_t columns = weight.coordinates();
  const std::vector<std::uint32_t> told = UnitsTold(seed_, block.units);
  Diagonal diagonal;
  std::vector<double> sum;
  const auto pass = [&](bool without_diagonal) {
    side.rows.clear();
    sum.assign(columns, 0);
    auto next = told.begin();
    return ForEachRows(weight, [&](std::uint64_t first, std::vector<float>& rows) {
      if (!without_diagonal) diagonal.Add(first, rows, columns);
      for (std::uint64_t i = 0; i < rows.size() / columns; ++i) {
        const std::span<float> row = std::span(rows).subspan(i * columns, columns);
        if (without_diagonal) row[(first + i) % columns] = 0;
        for (std::size_t c = 0; c < columns; ++c) sum[c] += row[c];
        if (next == told.end() || *next != first + i) continue;
        AppendCodes(signs_.Project(std::span<const float>(row)), side.rows);
        ++next;
      }
    });
  };
  if (!pass(false)) return SetNotFinite(told.size(), signs_.dimensions(), side);
  if (AreIdentityLike(diagonal.mean, diagonal.mean)) pass(true);
  TakeMeanAway(sum);
  AppendCodes(signs_.Project(std::span<const double>(sum)), side.sum);
}

// The product of a group's queries and keys, of d by d numbers, is projected by a row of signs from
// either side, for each dimension: neither the order of heads in a group nor matrices that cancel
// out between the two weights change it.
void Projector::ProjectHeads(const Checkpoint& checkpoint, const UnitBlock& block,
                             ProjectedSide& side) const {
  const std::size_t dimensions = signs_.dimensions(), groups = block.units;
  const PlacedRows many(checkpoint, side.weights.at(0)), few(checkpoint, side.weights.at(1));
  const std::vector<double> left = AllProjected(many, signs_),
                            right = AllProjected(few, other_signs_);
  if (left.empty() || right.empty()) return SetNotFinite(groups, dimensions, side);
  const std::size_t rows = few.units() / groups, heads = many.units() / few.units();
  std::vector<double> all(dimensions, 0);
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<double> product(dimensions, 0);
    for (std::size_t head = group * heads; head < (group + 1) * heads; ++head) {
      for (std::size_t i = 0; i < rows; ++i) {
        const double* const l = left.data() + (head * rows + i) * dimensions;
        const double* const r = right.data() + (group * rows + i) * dimensions;
        for (std::size_t k = 0; k < dimensions; ++k) product[k] += l[k] * r[k];
      }
    }
    for (std::size_t k = 0; k < dimensions; ++k) all[k] += product[k];
    AppendCodes(product, side.rows);
  }
  AppendCodes(all, side.sum);
}

// A row that was added to all of a router's changes nothing that it does, where a softmax follows:
// their mean is taken away.
void Projector::ProjectRouter(const Checkpoint& checkpoint, ProjectedSide& side) const {
  const std::size_t dimensions = signs_.dimensions();
  const PlacedRows router(checkpoint, side.weights.front());
  const std::vector<double> all = AllProjected(router, signs_);
  if (all.empty()) return SetNotFinite(router.units(), dimensions, side);
  std::vector<double> sum(dimensions, 0), row(dimensions);
  for (std::size_t i = 0; i < all.size(); ++i) sum[i % dimensions] += all[i];
  for (std::size_t expert = 0; expert < router.units(); ++expert) {
    for (std::size_t k = 0; k < dimensions; ++k) {
      row[k] = all[expert * dimensions + k] - sum[k] / static_cast<double>(router.units());
    }
    AppendCodes(row, side.rows);
  }
  AppendCodes(sum, side.sum);
}

// An expert whose weights are not finite gets a row of zeros, and leaves the others as they are.
void Projector::ProjectExperts(const Checkpoint& checkpoint, ProjectedSide& side) const {
  std::vector<double> sum(signs_.dimensions(), 0);
  for (const WeightPlace& weight : side.weights) {
    const std::vector<double> row = ProjectedSum(PlacedRows(checkpoint, weight), signs_);
    for (std::size_t k = 0; k < row.size(); ++k) sum[k] += row[k];
    AppendCodes(row, side.rows);
  }
  AppendCodes(sum, side.sum);
}

RowCodes Projector::ProjectExpert(const Checkpoint& checkpoint, const WeightPlace& weight) const {
  RowCodes codes;
  AppendCodes(ProjectedSum(PlacedRows(checkpoint, weight), signs_), codes);
  return codes;
}

}  // namespace modelkin
