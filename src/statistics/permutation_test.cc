#include "statistics/permutation_test.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/parallel.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kBlock = 1024;
constexpr std::uint64_t kEnough = 200;
constexpr std::array<std::uint64_t, 4> kStages = {64, 16, 4, 1};  // shares of all draws

}  // namespace

MonteCarloResult MonteCarloTail(double observed, const std::function<double(Random&)>& draw,
                                const MonteCarloOptions& options) {
  const double least = observed - 1e-9 * std::abs(observed);
  const std::uint64_t all = (options.draws + kBlock - 1) / kBlock;
  MonteCarloResult result;
  std::uint64_t done = 0;
  for (const std::uint64_t share : kStages) {
    const std::uint64_t blocks = (all + share - 1) / share;
    std::vector<std::uint64_t> extreme(blocks - std::min(done, blocks));
    ParallelFor(options.threads, extreme.size(), [&](std::size_t i, unsigned) {
      const std::uint64_t block = done + i;
      const std::uint64_t count = std::min(kBlock, options.draws - block * kBlock);
      Random random(options.seed, block);
      for (std::uint64_t k = 0; k < count; ++k) extreme[i] += draw(random) >= least ? 1 : 0;
    });
    for (const std::uint64_t count : extreme) result.as_extreme += count;
    done = std::max(done, blocks);
    result.draws = std::min(options.draws, done * kBlock);
    if (result.as_extreme >= kEnough) break;
  }
  result.log_p = std::log1p(static_cast<double>(result.as_extreme)) -
                 std::log1p(static_cast<double>(result.draws));
  return result;
}

}  // namespace modelkin
