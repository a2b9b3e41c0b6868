#include "linalg/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "kernels/reduced_costs.h"

namespace modelkin {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kRowsAtOnce = 64;

// Costs are scores turned round. Rows <= columns. Throughout, cost[i][j] - v[j] is least over j at
// the column of each assigned row i, and v[j] = 0 for columns that have no row where there are more
// columns than rows: that is what makes the end an optimum.
class Solver {
 public:
  explicit Solver(const ScoreMatrix& matrix)
      : matrix_(matrix),
        v_(matrix.columns, 0),
        row_of_(matrix.columns, kUnassigned),
        column_of_(matrix.rows, kUnassigned),
        distance_(matrix.columns),
        open_distance_(matrix.columns),
        before_(matrix.columns) {}

  std::vector<std::uint32_t> Solve() {
    if (matrix_.rows == matrix_.columns) ReduceColumns();
    std::vector<std::uint32_t> free;
    for (std::uint32_t row = 0; row < matrix_.rows; ++row) {
      if (column_of_[row] == kUnassigned) free.push_back(row);
    }
    for (int round = 0; round < 2; ++round) free = ReduceRows(std::move(free));
    for (const std::uint32_t row : free) Augment(row);
    return std::move(column_of_);
  }

 private:
  const float* Row(std::size_t row) const { return matrix_.scores + row * matrix_.columns; }

  void Assign(std::uint32_t row, std::uint32_t column) {
    row_of_[column] = row;
    column_of_[row] = column;
  }

  // Prices each column at its cheapest row, which gets it if it has none yet.
  void ReduceColumns() {
    std::vector<float> best(matrix_.columns, -std::numeric_limits<float>::infinity());
    std::vector<std::uint32_t> owner(matrix_.columns, 0);
    for (std::uint32_t row = 0; row < matrix_.rows; ++row) {
      const float* const scores = Row(row);
      for (std::size_t j = 0; j < matrix_.columns; ++j) {
        if (scores[j] > best[j]) {
          best[j] = scores[j];
          owner[j] = row;
        }
      }
    }
    for (std::size_t j = matrix_.columns; j-- > 0;) {
      v_[j] = -static_cast<double>(best[j]);
      if (column_of_[owner[j]] == kUnassigned) Assign(owner[j], static_cast<std::uint32_t>(j));
    }
  }

  // Augmenting row reduction: each free row takes its cheapest column, made dearer up to its second
  // cheapest, and who had it becomes free. Returns the rows that are free after all had a turn.
  std::vector<std::uint32_t> ReduceRows(std::vector<std::uint32_t> free) {
    std::vector<std::uint32_t> still_free;
    // Where prices hardly move, two rows could take a column from each other for ever.
    std::size_t turns = 8 * matrix_.rows;
    for (std::size_t next = 0; next < free.size();) {
      const std::uint32_t row = free[next++];
      if (matrix_.columns == 1 || turns-- == 0) {
        still_free.insert(still_free.end(), free.begin() + static_cast<std::ptrdiff_t>(next) - 1,
                          free.end());
        break;
      }
      const TwoCheapest cheapest = FindTwoCheapest(Row(row), v_.data(), matrix_.columns);
      std::uint32_t column = cheapest.column;
      const bool strict = cheapest.least < cheapest.second;
      if (strict) {
        v_[column] -= cheapest.second - cheapest.least;
      } else if (row_of_[column] != kUnassigned) {
        column = cheapest.second_column;
      }
      const std::uint32_t loser = row_of_[column];
      Assign(row, column);
      if (loser == kUnassigned) continue;
      column_of_[loser] = kUnassigned;
      if (strict) {
        free[--next] = loser;
      } else {
        still_free.push_back(loser);
      }
    }
    return still_free;
  }

  // Shortest path from a free row to a free column by Dijkstra's algorithm on reduced costs.
  void Augment(std::uint32_t free_row) {
    std::ranges::fill(distance_, kInfinity);
    std::ranges::fill(open_distance_, kInfinity);
    settled_.clear();
    std::uint32_t row = free_row;
    double reached = 0, own = 0;
    std::uint32_t column = kUnassigned;
    while (true) {
      reached = Relax(Row(row), v_.data(), matrix_.columns, reached - own, row,
                      {distance_.data(), open_distance_.data(), before_.data()});
      column = At(reached);
      if (row_of_[column] == kUnassigned) break;
      Settle(column);
      row = row_of_[column];
      own = -static_cast<double>(Row(row)[column]) - v_[column];
    }
    for (const std::uint32_t settled : settled_) v_[settled] += distance_[settled] - reached;
    while (true) {
      const auto from = static_cast<std::uint32_t>(before_[column]);
      std::swap(column, column_of_[from]);
      row_of_[column_of_[from]] = from;
      if (from == free_row) break;
    }
  }

  // The open column at a distance: one without a row if there is one.
  std::uint32_t At(double distance) const {
    std::uint32_t found = kUnassigned;
    for (std::uint32_t j = 0; j < matrix_.columns; ++j) {
      if (open_distance_[j] != distance) continue;
      if (row_of_[j] == kUnassigned) return j;
      if (found == kUnassigned) found = j;
    }
    return found;
  }

  void Settle(std::uint32_t column) {
    distance_[column] = open_distance_[column];
    open_distance_[column] = kInfinity;
    settled_.push_back(column);
  }

  const ScoreMatrix matrix_;
  std::vector<double> v_;
  std::vector<std::uint32_t> row_of_, column_of_;
  // Of a search: of settled columns, of those reached but not settled; infinite for the others.
  std::vector<double> distance_, open_distance_;
  std::vector<std::uint64_t> before_;  // the row that a column was reached from
  std::vector<std::uint32_t> settled_;
};

// The column of each row's largest score; throws if a score is not finite.
std::vector<std::uint32_t> RowMaxima(const ScoreMatrix& matrix, unsigned threads) {
  std::vector<std::uint32_t> columns(matrix.rows);
  const std::size_t blocks = (matrix.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  ParallelFor(threads, blocks, [&](std::size_t block, unsigned) {
    const std::size_t end = std::min(matrix.rows, (block + 1) * kRowsAtOnce);
    for (std::size_t row = block * kRowsAtOnce; row < end; ++row) {
      const float* const scores = matrix.scores + row * matrix.columns;
      for (std::size_t j = 0; j < matrix.columns; ++j) {
        if (!std::isfinite(scores[j])) {
          throw Error(ErrorKind::kUsage, "a score that is not finite can't be assigned");
        }
        if (scores[j] > scores[columns[row]]) columns[row] = static_cast<std::uint32_t>(j);
      }
    }
  });
  return columns;
}

bool AreDistinct(const std::vector<std::uint32_t>& columns, std::size_t count) {
  std::vector<bool> taken(count);
  return std::ranges::all_of(columns, [&](std::uint32_t column) {
    const bool fresh = !taken[column];
    taken[column] = true;
    return fresh;
  });
}

Assignment OfTransposed(const ScoreMatrix& matrix, unsigned threads) {
  std::vector<float> turned(matrix.rows * matrix.columns);
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    for (std::size_t j = 0; j < matrix.columns; ++j) {
      turned[j * matrix.rows + i] = matrix.scores[i * matrix.columns + j];
    }
  }
  const Assignment other = MaximumAssignment({turned.data(), matrix.columns, matrix.rows}, threads);
  Assignment assignment{.column_of_row = std::vector<std::uint32_t>(matrix.rows, kUnassigned),
                        .by_row_maxima = other.by_row_maxima};
  for (std::uint32_t column = 0; column < matrix.columns; ++column) {
    assignment.column_of_row[other.column_of_row[column]] = column;
  }
  return assignment;
}

}  // namespace

Assignment MaximumAssignment(const ScoreMatrix& matrix, unsigned threads) {
  Assignment assignment;
  if (matrix.rows == 0 || matrix.columns == 0) {
    assignment.column_of_row.assign(matrix.rows, kUnassigned);
    return assignment;
  }
  if (matrix.rows > matrix.columns) {
    assignment = OfTransposed(matrix, threads);
  } else {
    assignment.column_of_row = RowMaxima(matrix, threads);
    assignment.by_row_maxima = AreDistinct(assignment.column_of_row, matrix.columns);
    if (!assignment.by_row_maxima) assignment.column_of_row = Solver(matrix).Solve();
  }
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const std::uint32_t column = assignment.column_of_row[row];
    if (column != kUnassigned) assignment.total += matrix.scores[row * matrix.columns + column];
  }
  return assignment;
}

}  // namespace modelkin
