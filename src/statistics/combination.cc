#include "statistics/combination.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "statistics/log_tail.h"

namespace modelkin {

double FisherCombination(std::span<const double> log_p) {
  if (log_p.empty()) return 0;
  return LogChiSquaredTail(-2 * std::accumulate(log_p.begin(), log_p.end(), 0.0), log_p.size());
}

double BonferroniOfSmallest(std::span<const double> log_p) {
  if (log_p.empty()) return 0;
  return std::min(0.0,
                  *std::ranges::min_element(log_p) + std::log(static_cast<double>(log_p.size())));
}

std::vector<double> HolmAdjust(std::span<const double> log_p) {
  std::vector<std::size_t> order(log_p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return log_p[i]; });
  std::vector<double> adjusted(log_p.size());
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double corrected =
        log_p[order[rank]] + std::log(static_cast<double>(log_p.size() - rank));
    largest = std::max(largest, std::min(0.0, corrected));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace modelkin
