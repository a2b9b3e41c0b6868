// The linear assignment problem.
#ifndef MODELKIN_LINALG_ASSIGNMENT_H_
#define MODELKIN_LINALG_ASSIGNMENT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace modelkin {

// Row-major. Points into somebody's memory.
struct ScoreMatrix {
  const float* scores;
  std::size_t rows, columns;
};

inline constexpr std::uint32_t kUnassigned = 0xffffffff;

struct Assignment {
  // A column of its own for each row; kUnassigned for rows left over where there are more of them.
  std::vector<std::uint32_t> column_of_row;
  double total = 0;            // of the scores chosen, in order of rows
  bool by_row_maxima = false;  // see below
};

// min(rows, columns) pairs of the largest possible total. Jonker & Volgenant, "A shortest
// augmenting path algorithm for dense and sparse linear assignment problems", Computing 38, 1987;
// rectangular as in Crouse, "On implementing 2D rectangular assignment algorithms", 2016. Where the
// largest scores of all rows stand in columns of their own, these are chosen without solving: no
// assignment can give any row more.
//
// The result does not depend on `threads`. Throws Error(kUsage) if a score is not finite.
Assignment MaximumAssignment(const ScoreMatrix& matrix, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_ASSIGNMENT_H_
