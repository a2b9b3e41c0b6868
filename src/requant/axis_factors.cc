#include "requant/axis_factors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "checkpoint/tensor_reader.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostAtOnce = std::uint64_t{1} << 18;
constexpr double kScaled = 0.1;

// Sums of a line of a matrix.
struct LineSums {
  double products = 0, squares = 0;

  // What the original's values are to be multiplied with; 1 of zeros.
  float Factor() const { return squares > 0 ? static_cast<float>(products / squares) : 1.0F; }
};

class FactorFit {
 public:
  FactorFit(const CheckedPair& pair, const StoredOrder& order, MatrixSize size)
      : pair_(pair),
        order_(order),
        size_(size),
        of_rows_(size.rows, 1.0F),
        of_columns_(size.columns, 1.0F) {}

  AxisFactors Run() {
    FitColumns();
    FitRows();
    FitColumns();
    return {std::move(of_rows_), std::move(of_columns_)};
  }

 private:
  // Calls f(row, column, value that is stored, the original's) for each element.
  template <class Function>
  void ForElements(const Function& f) const {
    const std::uint64_t step =
        std::max<std::uint64_t>(kMostAtOnce / size_.columns, 1) * size_.columns;
    const auto parts = ReaderOfParts(pair_.quantised);
    std::vector<float> stored, original;
    for (std::uint64_t at = 0; at < size_.rows * size_.columns; at += step) {
      const std::uint64_t count = std::min(step, size_.rows * size_.columns - at);
      stored.resize(count);
      original.resize(count);
      pair_.q.coded->decoder->Decode(*parts, at, count, stored.data());
      order_.ReadOriginal(at, count, original.data());
      for (std::uint64_t i = 0; i < count; ++i) {
        if (!std::isfinite(stored[i]) || !std::isfinite(original[i])) continue;
        f((at + i) / size_.columns, (at + i) % size_.columns, stored[i], original[i]);
      }
    }
  }

  void FitColumns() {
    std::vector<LineSums> sums(size_.columns);
    ForElements([&](std::uint64_t row, std::uint64_t column, double stored, double original) {
      const double expected = original * of_rows_[row];
      sums[column].products += stored * expected;
      sums[column].squares += expected * expected;
    });
    std::ranges::transform(sums, of_columns_.begin(), &LineSums::Factor);
  }

  void FitRows() {
    std::vector<LineSums> sums(size_.rows);
    ForElements([&](std::uint64_t row, std::uint64_t column, double stored, double original) {
      const double expected = original * of_columns_[column];
      sums[row].products += stored * expected;
      sums[row].squares += expected * expected;
    });
    std::ranges::transform(sums, of_rows_.begin(), &LineSums::Factor);
  }

  const CheckedPair& pair_;
  const StoredOrder& order_;
  MatrixSize size_;
  std::vector<float> of_rows_, of_columns_;
};

}  // namespace

void AxisFactors::Apply(std::uint64_t begin, std::span<float> values) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t row = (begin + i) / of_columns_.size(),
                        column = (begin + i) % of_columns_.size();
    values[i] *= of_rows_[row] * of_columns_[column];
  }
}

bool AxisFactors::are_scaled() const {
  const auto is_other = [](float factor) { return std::fabs(factor - 1) > kScaled; };
  return std::ranges::any_of(of_rows_, is_other) || std::ranges::any_of(of_columns_, is_other);
}

AxisFactors FindAxisFactors(const CheckedPair& pair, const StoredOrder& order, MatrixSize size) {
  return FactorFit(pair, order, size).Run();
}

}  // namespace modelkin
