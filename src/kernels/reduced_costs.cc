#include "kernels/reduced_costs.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduced_costs.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The least of values, and the first of the columns that have it.
template <class D, class V>
HWY_INLINE double LeastOf(D d, V values, V columns, std::uint32_t& column) {
  const auto infinite = hn::Set(d, std::numeric_limits<double>::infinity());
  const auto least = hn::MinOfLanes(d, values);
  const auto having = hn::IfThenElse(hn::Eq(values, least), columns, infinite);
  column = static_cast<std::uint32_t>(hn::GetLane(hn::MinOfLanes(d, having)));
  return hn::GetLane(least);
}

TwoCheapest FindTwo(const float* scores, const double* prices, std::size_t count) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> d_float;
  const std::size_t lanes = hn::Lanes(d);
  const auto infinite = hn::Set(d, std::numeric_limits<double>::infinity());
  const auto step = hn::Set(d, static_cast<double>(lanes));
  // Of the columns of each lane; columns as numbers that a double has exactly.
  auto least = infinite, second = infinite;
  auto at = hn::Iota(d, 0.0), least_at = hn::Zero(d), second_at = hn::Zero(d);
  const auto take = [&](auto score, auto price, auto there) HWY_ATTR {
    const auto cost = hn::Sub(hn::Neg(hn::PromoteTo(d, score)), price);
    const auto cheapest = hn::And(there, hn::Lt(cost, least));
    const auto cheap = hn::And(there, hn::Lt(cost, second));
    second = hn::IfThenElse(cheapest, least, hn::IfThenElse(cheap, cost, second));
    second_at = hn::IfThenElse(cheapest, least_at, hn::IfThenElse(cheap, at, second_at));
    least = hn::IfThenElse(cheapest, cost, least);
    least_at = hn::IfThenElse(cheapest, at, least_at);
    at = hn::Add(at, step);
  };
  std::size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    take(hn::LoadU(d_float, scores + j), hn::LoadU(d, prices + j), hn::FirstN(d, lanes));
  }
  if (j < count) {
    // A masked load may touch what lies beyond, on processors before AVX2.
    constexpr std::size_t kMostLanes = HWY_MAX_BYTES / sizeof(double);
    float last_scores[kMostLanes] = {};
    double last_prices[kMostLanes] = {};
    std::copy(scores + j, scores + count, last_scores);
    std::copy(prices + j, prices + count, last_prices);
    take(hn::LoadU(d_float, last_scores), hn::LoadU(d, last_prices), hn::FirstN(d, count - j));
  }
  TwoCheapest found;
  found.least = LeastOf(d, least, least_at, found.column);
  const auto winner = hn::And(hn::Eq(least, hn::Set(d, found.least)),
                              hn::Eq(least_at, hn::Set(d, static_cast<double>(found.column))));
  found.second = LeastOf(d, hn::IfThenElse(winner, second, least),
                         hn::IfThenElse(winner, second_at, least_at), found.second_column);
  return found;
}

double RelaxColumns(const float* scores, const double* prices, std::size_t count, double base,
                    std::uint64_t row, const OpenColumns& columns) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> d_row;
  const hn::Rebind<float, decltype(d)> d_float;
  const std::size_t lanes = hn::Lanes(d);
  const auto infinite = hn::Set(d, std::numeric_limits<double>::infinity());
  const auto from = hn::Set(d, base);
  const auto own_row = hn::Set(d_row, row);
  auto least = infinite;
  std::size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    const auto score = hn::PromoteTo(d, hn::LoadU(d_float, scores + j));
    const auto distance = hn::Sub(hn::Sub(from, score), hn::LoadU(d, prices + j));
    const auto before = hn::LoadU(d, columns.distance + j);
    const auto nearer =
        hn::And(hn::Lt(distance, before), hn::Eq(hn::LoadU(d, columns.settled + j), infinite));
    const auto now = hn::IfThenElse(nearer, distance, before);
    hn::StoreU(now, d, columns.distance + j);
    least = hn::Min(least, now);
    const auto rows = hn::LoadU(d_row, columns.before + j);
    hn::StoreU(hn::IfThenElse(hn::RebindMask(d_row, nearer), own_row, rows), d_row,
               columns.before + j);
  }
  double nearest = hn::GetLane(hn::MinOfLanes(d, least));
  for (; j < count; ++j) {
    const double distance = base - static_cast<double>(scores[j]) - prices[j];
    if (distance < columns.distance[j] &&
        columns.settled[j] == std::numeric_limits<double>::infinity()) {
      columns.distance[j] = distance;
      columns.before[j] = row;
    }
    nearest = std::min(nearest, columns.distance[j]);
  }
  return nearest;
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(FindTwo);
HWY_EXPORT(RelaxColumns);

TwoCheapest FindTwoCheapest(const float* scores, const double* prices, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(FindTwo)(scores, prices, count);
}

double Relax(const float* scores, const double* prices, std::size_t count, double base,
             std::uint64_t row, const OpenColumns& columns) {
  return HWY_DYNAMIC_DISPATCH(RelaxColumns)(scores, prices, count, base, row, columns);
}

}  // namespace modelkin
#endif  // HWY_ONCE
