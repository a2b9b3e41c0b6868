#include "basis/span_map.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linalg/blas.h"
#include "linalg/matrix_product.h"
#include "linalg/svd.h"

namespace modelkin {
namespace {

// Makes `count` rows of `width` an orthonormal basis of what they span, by Householder's
// reflections: of any other directions where they span less.
bool MakeOrthonormal(std::vector<float>& rows, std::size_t count, std::size_t width) {
  std::vector<float> reflectors(count);
  // LAPACK's matrices run down columns: rows are columns to it.
  return LoadedLapack().sgeqrf(LAPACK_COL_MAJOR, BlasInt(width), BlasInt(count), rows.data(),
                               BlasInt(width), reflectors.data()) == 0 &&
         LoadedLapack().sorgqr(LAPACK_COL_MAJOR, BlasInt(width), BlasInt(count), BlasInt(count),
                               rows.data(), BlasInt(width), reflectors.data()) == 0;
}

// a transpose(b), of `columns` each.
std::vector<float> TimesTransposed(const std::vector<float>& a, const std::vector<float>& b,
                                   std::size_t columns, unsigned threads) {
  const std::size_t rows_a = a.size() / columns, rows_b = b.size() / columns;
  std::vector<float> product(rows_a * rows_b, 0);
  AddProductTransposed({a.data(), rows_a, columns}, {b.data(), rows_b, columns}, threads,
                       product.data());
  return product;
}

std::vector<float> Transposed(const std::vector<float>& square, std::size_t size) {
  std::vector<float> result(square.size());
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) result[j * size + i] = square[i * size + j];
  }
  return result;
}

}  // namespace

std::optional<SpanMap> SpanMap::Fit(const RowPairs& rows, unsigned threads) {
  SpanMap map;
  map.widths_ = rows.widths;
  map.rank_ = rows.count();
  if (map.rank_ == 0 || map.rank_ > std::min(rows.widths.a, rows.widths.b)) return std::nullopt;
  map.basis_a_ = rows.a;
  map.basis_b_ = rows.b;
  if (!MakeOrthonormal(map.basis_a_, map.rank_, rows.widths.a) ||
      !MakeOrthonormal(map.basis_b_, map.rank_, rows.widths.b)) {
    return std::nullopt;
  }
  const auto in_a = TimesTransposed(rows.a, map.basis_a_, rows.widths.a, threads);
  const auto in_b = TimesTransposed(rows.b, map.basis_b_, rows.widths.b, threads);
  std::vector<float> products(map.rank_ * map.rank_, 0);
  AddTransposedProduct(MatrixView{in_a.data(), map.rank_, map.rank_},
                       MatrixView{in_b.data(), map.rank_, map.rank_}, threads, products.data());
  const auto turn = NearestOrthogonal({products.begin(), products.end()}, map.rank_);
  if (!turn) return std::nullopt;
  map.turn_.assign(turn->begin(), turn->end());
  map.turned_back_ = Transposed(map.turn_, map.rank_);
  return map;
}

double SpanMap::MeanCosine(const RowPairs& rows, unsigned threads) const {
  const auto in_a = TimesTransposed(rows.a, basis_a_, widths_.a, threads);
  const auto in_b = TimesTransposed(rows.b, basis_b_, widths_.b, threads);
  const auto mapped = TimesTransposed(in_a, turned_back_, rank_, threads);
  double sum = 0, count = 0;
  for (std::size_t row = 0; row < mapped.size(); row += rank_) {
    double products = 0, squares_a = 0, squares_b = 0;
    for (std::size_t i = row; i < row + rank_; ++i) {
      const double x = mapped[i], y = in_b[i];
      products += x * y;
      squares_a += x * x;
      squares_b += y * y;
    }
    if (!(squares_a > 0) || !(squares_b > 0)) continue;
    sum += products / std::sqrt(squares_a * squares_b);
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

std::vector<float> SpanMap::BackToA(const std::vector<float>& rows, std::size_t count,
                                    unsigned threads) const {
  const auto in_b = TimesTransposed(rows, basis_b_, widths_.b, threads);
  // rank x count.
  const auto in_a = TimesTransposed(turn_, in_b, rank_, threads);
  std::vector<float> back(count * widths_.a, 0);
  AddTransposedProduct(MatrixView{in_a.data(), rank_, count},
                       MatrixView{basis_a_.data(), rank_, widths_.a}, threads, back.data());
  return back;
}

}  // namespace modelkin
