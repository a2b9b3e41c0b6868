// The trace statistic of a simulated derivation, by rows of weights and never by K.
#ifndef MODELKIN_EVIDENCE_PLANTED_ROWS_H_
#define MODELKIN_EVIDENCE_PLANTED_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace modelkin {

// Rows of a tensor of A and the same ones of B: `count` x units each.
struct TensorRows {
  std::size_t count = 0;
  std::vector<float> a, b;
};

// How much a statistic takes: tensors, and rows of all of them together.
struct TraceSize {
  std::uint64_t tensors = 0, rows = 0;
};

// Of one order of B's coordinates: what does not depend on t. Rows p, q of A are a; those of B in
// that order are b.
struct PlantedDraw {
  std::vector<double> own;  // of each tensor: sum over p of <a_p, b_p>
  // Of each pair of tensors: sum over p, q of <a_p, a_q> (<a_p, b_q> + <b_p, a_q>); and of each
  // tensor what of that has p = q.
  std::vector<double> crossed, crossed_diagonal;
};

// What z of the joint statistic would be if rows of B were t a + (1 - t) b with b's coordinates in
// random order. A tensor's K is the sum over its rows of transpose(a_p) y_p, y = t a + (1 - t) b,
// and the statistic takes each over its deviation. As rows have means of 0 over coordinates,
//
//   tr(K) = sum over p of <a_p, y_p>,    |K|^2 = sum over p, q of <a_p, a_q> <y_p, y_q>,
//
// which takes inner products of rows alone. Means over p, q of the terms do not depend on how many
// rows there are: of n rows there are n terms of tr(K), n of |K|^2 with p = q, and n (n - 1) with
// two rows. So a few rows tell what z of many would be: it grows with the square root of rows as
// long as those with p = q are most of |K|^2, and no longer once what rows share outweighs them.
// Where more rows are told of than there are, what rows seem to share is 0 at least: its error, as
// a share of |K|^2, is about the ratio of rows over units.
class PlantedRows {
 public:
  // Takes each coordinate's mean over a tensor's rows away and makes its norm 1, and takes away
  // each row's mean over coordinates. Leaves out tensors of less than 2 rows, those with values
  // that are not finite, and those without variation in A or B.
  PlantedRows(std::vector<TensorRows> tensors, std::size_t units, unsigned threads);

  std::size_t tensors() const { return first_.size() - 1; }

  // Coordinate i of a row of B in that order is order[i] of what it was.
  PlantedDraw Draw(const std::vector<std::uint32_t>& order) const;

  // `t` in [0, 1]. 0 without tensors.
  double Z(const PlantedDraw& draw, double t, const TraceSize& size) const;

 private:
  // Of tensor i with tensor j.
  std::size_t Pair(std::size_t i, std::size_t j) const { return i * tensors() + j; }
  std::size_t RowsOf(std::size_t tensor) const { return first_[tensor + 1] - first_[tensor]; }
  double SquaresOf(std::size_t tensor, const PlantedDraw& draw, double t, double n) const;

  std::size_t units_;
  std::vector<std::size_t> first_ = {0};  // row of each tensor, and that behind the last
  std::vector<float> a_, b_;              // rows of all tensors x units
  std::vector<float> gram_;               // <a_p, a_q>
  std::vector<double> own_;               // of each tensor: sum over p of |a_p|^2
  std::vector<double> other_;             // of each tensor: sum over p of |b_p|^2
  // Of each pair of tensors: sums over p, q of <a_p, a_q>^2 and <a_p, a_q> <b_p, b_q>; and of each
  // tensor what of those has p = q.
  std::vector<double> same_, same_diagonal_, strange_, strange_diagonal_;
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_PLANTED_ROWS_H_
