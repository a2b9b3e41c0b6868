#include "statistics/importance_sampling.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parallel.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kDrawsOfBlock = 64;

}  // namespace

double LogImportanceTail(const WeightedDraw& observed,
                         const std::function<WeightedDraw(Random&)>& draw,
                         const MonteCarloOptions& options) {
  const double least = observed.statistic - 1e-9 * std::abs(observed.statistic);
  const std::uint64_t blocks = (options.draws + kDrawsOfBlock - 1) / kDrawsOfBlock;
  std::vector<std::vector<double>> reaching(blocks);  // log weights
  ParallelFor(options.threads, blocks, [&](std::size_t block, unsigned) {
    Random random(options.seed, block);
    const std::uint64_t count = std::min(kDrawsOfBlock, options.draws - block * kDrawsOfBlock);
    for (std::uint64_t i = 0; i < count; ++i) {
      const WeightedDraw drawn = draw(random);
      if (drawn.statistic >= least) reaching[block].push_back(drawn.log_weight);
    }
  });
  double largest = observed.log_weight;
  for (const auto& block : reaching) {
    for (const double log_weight : block) largest = std::max(largest, log_weight);
  }
  double sum = std::exp(observed.log_weight - largest);
  for (const auto& block : reaching) {
    for (const double log_weight : block) sum += std::exp(log_weight - largest);
  }
  const double log_p = largest + std::log(sum) - std::log1p(static_cast<double>(options.draws));
  return std::min(0.0, log_p);
}

double Tilt(int k) { return 2 * std::pow(1.2, k); }

double AfterChoiceOfTilt(double log_p) {
  return std::min(0.0, log_p + std::log(static_cast<double>(kTilts)));
}

}  // namespace modelkin
