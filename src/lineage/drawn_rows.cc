#include "lineage/drawn_rows.h"

#include <algorithm>

#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kTensorsOfColumns = 2;

// Positions that both have: groups that both have, each as long as the shorter one.
struct CommonGroups {
  std::uint64_t own_a, own_b, length, count;

  std::uint64_t positions() const { return length * count; }
};

CommonGroups GroupsInCommon(const ResidualPair& pair) {
  CommonGroups groups{.own_a = GroupLength(*pair.a), .own_b = GroupLength(*pair.b)};
  const auto positions = [](const Part& part) {
    return LengthsAround(part.tensor->shape, *part.residual_axis()).positions();
  };
  groups.length = std::min(groups.own_a, groups.own_b);
  groups.count = groups.length == 0 ? 0
                                    : std::min(positions(*pair.a) / groups.own_a,
                                               positions(*pair.b) / groups.own_b);
  return groups;
}

bool HasPositionsAsRows(const Part& part) {
  return LengthsAround(part.tensor->shape, *part.residual_axis()).inner == 1;
}

// One side of a run: `count` rows of `units` values, appended to `rows`. Returns whether all are
// finite.
bool AppendRows(const ModelParts& model, const Part& part, std::uint64_t begin, std::uint64_t count,
                std::size_t units, std::vector<float>& rows) {
  const UnitReader reader(model.checkpoint, *part.tensor, *part.residual_axis());
  std::vector<float> values;
  const bool finite = reader.Read(begin, count, values);
  reader.RequireNothingLost();
  const std::size_t first = rows.size();
  rows.resize(first + count * units);
  for (std::uint64_t p = 0; p < count; ++p) {
    float* const row = rows.data() + first + p * units;
    for (std::size_t unit = 0; unit < units; ++unit) {
      row[unit] = values[reader.positions_are_rows() ? p * units + unit : unit * count + p];
    }
  }
  return finite;
}

// Adds rows from `first` on to what is known of their entries (position, same coordinate).
void AddDiagonal(const std::vector<float>& rows, std::size_t first,
                 const std::vector<std::uint64_t>& positions, std::size_t units,
                 DiagonalMean& mean) {
  mean.values += rows.size() - first;
  for (std::size_t i = first; i < rows.size(); ++i) {
    mean.squares += static_cast<double>(rows[i]) * rows[i];
  }
  for (std::size_t row = first / units; row < positions.size(); ++row) {
    if (positions[row] >= units) continue;
    mean.sum += rows[row * units + positions[row]];
    ++mean.count;
  }
}

void ClearEntries(std::vector<float>& rows, const std::vector<std::uint64_t>& positions) {
  if (positions.empty()) return;
  const std::size_t units = rows.size() / positions.size();
  for (std::size_t row = 0; row < positions.size(); ++row) {
    rows[row * units + positions[row] % units] = 0;
  }
}

}  // namespace

RowDraw::RowDraw(const ModelParts& a, const ModelParts& b, RowPool pool, std::uint64_t seed,
                 std::uint64_t rows, std::uint64_t run_bytes)
    : a_(a), b_(b), pool_(pool), units_(*a.residual) {
  std::vector<std::uint64_t> ends;  // of each tensor's positions, one tensor after the other
  for (const ResidualPair& pair : pool_) {
    if (HasPositionsAsRows(*pair.a) != HasPositionsAsRows(*pair.b)) return;
    ends.push_back((ends.empty() ? 0 : ends.back()) + GroupsInCommon(pair).positions());
  }
  const Tensor& first = *pool_.front().a->tensor;
  const bool as_rows = HasPositionsAsRows(*pool_.front().a);
  const std::uint64_t row_bytes = std::max<std::uint64_t>(1, units_ * BitWidth(first.dtype) / 8);
  const std::uint64_t runs = std::min<std::uint64_t>(kTensorsOfColumns, pool_.size());
  const std::uint64_t length = as_rows ? run_bytes / row_bytes : (rows + runs - 1) / runs;
  for (const PlaceRun& run : DrawRuns(seed, first.name, ends.back(), rows, length)) {
    AddRun(ends, run);
  }
}

void RowDraw::AddRun(const std::vector<std::uint64_t>& ends, PlaceRun run) {
  while (run.count > 0) {
    const auto tensor =
        static_cast<std::size_t>(std::ranges::upper_bound(ends, run.first) - ends.begin());
    const CommonGroups groups = GroupsInCommon(pool_[tensor]);
    const std::uint64_t place = run.first - (tensor == 0 ? 0 : ends[tensor - 1]);
    const std::uint64_t group = place / groups.length, inside = place % groups.length;
    const std::uint64_t count = std::min(run.count, groups.length - inside);
    parts_.push_back({.pair = &pool_[tensor],
                      .begin_a = group * groups.own_a + inside,
                      .begin_b = group * groups.own_b + inside,
                      .count = count});
    positions_ += count;
    run.first += count;
    run.count -= count;
  }
}

std::uint64_t RowDraw::bytes() const {
  std::uint64_t bytes = 0;
  for (const Part& part : parts_) {
    for (const modelkin::Part* const side : {part.pair->a, part.pair->b}) {
      bytes += part.count * units_ * BitWidth(side->tensor->dtype) / 8;
    }
  }
  return bytes;
}

std::vector<RowDraw> RowDraw::InPieces(std::uint64_t rows) const {
  std::vector<RowDraw> pieces;
  for (Part part : parts_) {
    while (part.count > 0) {
      if (pieces.empty() || pieces.back().positions_ == rows) {
        pieces.push_back(*this);
        pieces.back().parts_.clear();
        pieces.back().positions_ = 0;
      }
      RowDraw& piece = pieces.back();
      const std::uint64_t count = std::min(part.count, rows - piece.positions_);
      piece.parts_.push_back(part);
      piece.parts_.back().count = count;
      piece.positions_ += count;
      part.begin_a += count;
      part.begin_b += count;
      part.count -= count;
    }
  }
  return pieces;
}

DrawnRows RowDraw::Read() const {
  DrawnRows rows;
  rows.a.reserve(positions_ * units_);
  rows.b.reserve(positions_ * units_);
  for (const Part& part : parts_) {
    if (std::ranges::find(rows.non_finite, part.pair) != rows.non_finite.end()) continue;
    const std::size_t first = rows.a.size();
    const bool finite_a = AppendRows(a_, *part.pair->a, part.begin_a, part.count, units_, rows.a);
    const bool finite_b = AppendRows(b_, *part.pair->b, part.begin_b, part.count, units_, rows.b);
    if (!finite_a || !finite_b) {
      rows.a.resize(first);
      rows.b.resize(first);
      rows.non_finite.push_back(part.pair);
      continue;
    }
    for (std::uint64_t i = 0; i < part.count; ++i) {
      rows.positions_a.push_back(part.begin_a + i);
      rows.positions_b.push_back(part.begin_b + i);
    }
    AddDiagonal(rows.a, first, rows.positions_a, units_, rows.diagonal_a);
    AddDiagonal(rows.b, first, rows.positions_b, units_, rows.diagonal_b);
  }
  rows.count = rows.positions_a.size();
  return rows;
}

void ClearDiagonals(DrawnRows& rows) {
  ClearEntries(rows.a, rows.positions_a);
  ClearEntries(rows.b, rows.positions_b);
}

}  // namespace modelkin
