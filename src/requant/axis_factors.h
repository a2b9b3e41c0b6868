// Factors of rows and columns that were multiplied into a weight before it was quantised.
#ifndef MODELKIN_REQUANT_AXIS_FACTORS_H_
#define MODELKIN_REQUANT_AXIS_FACTORS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "requant/stored_order.h"
#include "requant/tensor_check.h"

namespace modelkin {

struct MatrixSize {
  std::uint64_t rows = 0, columns = 0;
};

class AxisFactors {
 public:
  AxisFactors(std::vector<float> of_rows, std::vector<float> of_columns)
      : of_rows_(std::move(of_rows)), of_columns_(std::move(of_columns)) {}

  // Multiplies elements from `begin` on.
  void Apply(std::uint64_t begin, std::span<float> values) const;
  // Whether any factor is other than 1 by more than a tenth.
  bool are_scaled() const;

 private:
  std::vector<float> of_rows_, of_columns_;
};

// Fits what is stored by the original's values, each times a factor of its row and one of its
// column, by least squares: columns, rows, columns. All of both is read three times.
AxisFactors FindAxisFactors(const CheckedPair& pair, const StoredOrder& order, MatrixSize size);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_AXIS_FACTORS_H_
