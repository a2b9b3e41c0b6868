#include "scan/pair_moments.h"

#include <algorithm>

namespace modelkin {
namespace {

void MergeSide(CentredMoments& a, double na, const CentredMoments& b, double nb) {
  const double n = na + nb;
  const double delta = b.mean - a.mean;
  const double d2 = delta * delta;
  const double m4 = a.m4 + b.m4 +
                    d2 * d2 * (na * nb / n) * ((na * na - na * nb + nb * nb) / (n * n)) +
                    6 * d2 * ((na / n) * (na / n) * b.m2 + (nb / n) * (nb / n) * a.m2) +
                    4 * delta * (na / n * b.m3 - nb / n * a.m3);
  const double m3 = a.m3 + b.m3 + d2 * delta * (na * nb / n) * ((na - nb) / n) +
                    3 * delta * (na / n * b.m2 - nb / n * a.m2);
  a.m2 += b.m2 + d2 * (na * nb / n);
  a.m3 = m3;
  a.m4 = m4;
  a.mean += delta * (nb / n);
}

// Rounding may make a sum of squares negative. NaN, from overflow, stays.
double AtLeastZero(double sum) { return sum < 0 ? 0 : sum; }

CentredMoments CentreSide(double n, double pivot, double s1, double s2, double s3, double s4) {
  const double delta = s1 / n;
  CentredMoments centred;
  centred.mean = pivot + delta;
  centred.m2 = AtLeastZero(s2 - n * delta * delta);
  centred.m3 = s3 - 3 * delta * s2 + 2 * n * delta * delta * delta;
  centred.m4 = AtLeastZero(s4 - 4 * delta * s3 + 6 * delta * delta * s2 -
                           3 * n * delta * delta * delta * delta);
  return centred;
}

}  // namespace

void PairMoments::Merge(const PairMoments& next) {
  elements += next.elements;
  bit_equal += next.bit_equal;
  nan_a += next.nan_a;
  nan_b += next.nan_b;
  infinite_a += next.infinite_a;
  infinite_b += next.infinite_b;
  zeros_a += next.zeros_a;
  zeros_b += next.zeros_b;
  any_zero += next.any_zero;
  opposite_signs += next.opposite_signs;
  abs_diff += next.abs_diff;
  squared_diff += next.squared_diff;
  max_abs_diff = std::max(max_abs_diff, next.max_abs_diff);
  if (next.finite_pairs == 0) return;
  if (finite_pairs == 0) {  // nothing to merge with: the formulas could overflow on the way to this
    a = next.a;
    b = next.b;
    cross = next.cross;
    finite_pairs = next.finite_pairs;
    return;
  }
  const auto n = static_cast<double>(finite_pairs);
  const auto added = static_cast<double>(next.finite_pairs);
  cross += next.cross + (next.a.mean - a.mean) * (next.b.mean - b.mean) * (n * added / (n + added));
  MergeSide(a, n, next.a, added);
  MergeSide(b, n, next.b, added);
  finite_pairs += next.finite_pairs;
}

PairMoments MomentsFromSums(const PairSums& sums, std::uint64_t count, double pivot_a,
                            double pivot_b) {
  PairMoments moments;
  moments.elements = count;
  moments.bit_equal = sums.bit_equal;
  moments.finite_pairs = count;
  if (count == 0) return moments;
  const auto n = static_cast<double>(count);
  moments.zeros_a = sums.zeros_a;
  moments.zeros_b = sums.zeros_b;
  moments.any_zero = sums.any_zero;
  moments.opposite_signs = sums.opposite_signs;
  moments.a = CentreSide(n, pivot_a, sums.x, sums.xx, sums.xxx, sums.xxxx);
  moments.b = CentreSide(n, pivot_b, sums.y, sums.yy, sums.yyy, sums.yyyy);
  moments.cross = sums.xy - sums.x * sums.y / n;
  moments.abs_diff = sums.abs_diff;
  moments.squared_diff = sums.squared_diff;
  moments.max_abs_diff = sums.max_abs_diff;
  return moments;
}

}  // namespace modelkin
