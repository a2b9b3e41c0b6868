// Fits of curves with few free numbers to series that were rounded.
#ifndef MODELKIN_TABLES_CURVE_FIT_H_
#define MODELKIN_TABLES_CURVE_FIT_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "tables/stored_values.h"

namespace modelkin {

// Of a curve and a series.
struct Fit {
  // Nine tenths of the values are the curve's up to rounding. Zeros that are the curve's do not
  // count: weights that were pruned are mostly such.
  bool follows = false;
  // How much that says: binary digits by which values vary and which the curve gives, less those
  // that its own free numbers could.
  double bits = 0;
};

// Digits from which on a fit is no chance.
inline constexpr double kClearBits = 40;

// `floor`: an absolute error that each value may have besides.
Fit Compare(const StoredValues& stored, const Series& series, const Series& curve,
            std::size_t parameters, double floor = 0);

// Weights of the functions `basis` that are nearest to `values`, by least squares of errors times
// `weights`; nullopt if that is no finite answer.
std::optional<Series> LeastSquares(const std::vector<Series>& basis, const Series& values,
                                   const Series& weights);

// Places from an eighth on to the last but an eighth: the ends of tables are where single values
// are set to something else.
struct Middle {
  std::size_t begin, end;
};
Middle MiddleOf(std::size_t length);

// Adds up fits to the series of a table, as long as nine tenths of them follow.
class TableFit {
 public:
  explicit TableFit(std::size_t series) : series_(series) {}
  // Whether it is worth going on.
  bool Add(const Fit& fit);
  bool follows() const { return failed_ * 10 <= series_ && bits_ >= kClearBits; }

 private:
  std::size_t series_, failed_ = 0;
  double bits_ = 0;
};

}  // namespace modelkin

#endif  // MODELKIN_TABLES_CURVE_FIT_H_
