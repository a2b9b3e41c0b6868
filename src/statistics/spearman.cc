#include "statistics/spearman.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <vector>

#include "statistics/log_tail.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostExact = 8;
constexpr std::uint64_t kFewestForStudent = 100;
constexpr std::size_t kDraws = 100'000;
constexpr std::uint64_t kSeed = 20121951;

std::uint64_t SquaredDifferences(std::span<const std::uint32_t> a,
                                 std::span<const std::uint32_t> b) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int64_t difference = std::int64_t{a[i]} - std::int64_t{b[i]};
    sum += static_cast<std::uint64_t>(difference * difference);
  }
  return sum;
}

// Sums over all permutations of n, or over random ones, in ascending order.
std::vector<std::uint32_t> MakeNull(std::uint64_t n) {
  std::vector<std::uint32_t> place(n), order(n), sums;
  std::iota(place.begin(), place.end(), 0U);
  order = place;
  if (n <= kMostExact) {
    do {
      sums.push_back(static_cast<std::uint32_t>(SquaredDifferences(place, order)));
    } while (std::ranges::next_permutation(order).found);
  } else {
    Random random(kSeed, n);
    for (std::size_t i = 0; i < kDraws; ++i) {
      random.Shuffle(order);
      sums.push_back(static_cast<std::uint32_t>(SquaredDifferences(place, order)));
    }
  }
  std::ranges::sort(sums);
  return sums;
}

// Made once for each n; at most 40 MB in all.
const std::vector<std::uint32_t>& NullOf(std::uint64_t n) {
  static std::mutex mutex;
  static std::map<std::uint64_t, std::vector<std::uint32_t>> made;
  const std::scoped_lock lock(mutex);
  std::vector<std::uint32_t>& null = made[n];
  if (null.empty()) null = MakeNull(n);
  return null;
}

// Delta(rho) / rho^4 at nodes; convex, so that straight lines between them are above it.
struct Node {
  double rho, ratio;
};
constexpr std::array<Node, 16> kDelta = {{{0, 0.0600},
                                          {0.27460, 0.0628},
                                          {0.45231, 0.0683},
                                          {0.57326, 0.0742},
                                          {0.65424, 0.0795},
                                          {0.71014, 0.0838},
                                          {0.75043, 0.0872},
                                          {0.83633, 0.0960},
                                          {0.89688, 0.1047},
                                          {0.92447, 0.1105},
                                          {0.94032, 0.1148},
                                          {0.95062, 0.1182},
                                          {0.97660, 0.1310},
                                          {0.98806, 0.1411},
                                          {0.99395, 0.1495},
                                          {1, 0.17649}}};

double Delta(double rho) {
  const auto above = std::ranges::lower_bound(kDelta, rho, {}, &Node::rho);
  if (above == kDelta.begin()) return 0;
  const Node& right = above == kDelta.end() ? kDelta.back() : *above;
  const Node& left = *(above - 1);
  const double part = (rho - left.rho) / (right.rho - left.rho);
  return (left.ratio + part * (right.ratio - left.ratio)) * std::pow(rho, 4);
}

}  // namespace

std::optional<double> SpearmanOfRanks(std::span<const std::uint32_t> a,
                                      std::span<const std::uint32_t> b) {
  const double n = static_cast<double>(a.size());
  if (a.size() < 2) return std::nullopt;
  return 1 - 6 * static_cast<double>(SquaredDifferences(a, b)) / (n * (n * n - 1));
}

double LogSpearmanBound(double sum, std::uint64_t n) {
  const double count = static_cast<double>(n);
  const auto at = [&](double log_s) {
    const double s = std::exp(log_s);
    double theta = 1;
    double term = 1;
    for (std::uint64_t k = 1; term > 1e-17; ++k) {
      const auto x = static_cast<double>(k);
      term = 2 * std::exp(-s * x * x);
      theta += term;
    }
    return s * sum + count * std::log(theta);
  };
  // Convex in s. With differences like normal deviates the least is at n / (2 sum).
  double low = std::log(count / (2 * std::max(sum, 1e-3))) - 3;
  double high = low + 10;
  for (int i = 0; i < 60; ++i) {
    const double left = low + (high - low) / 3, right = high - (high - low) / 3;
    (at(left) < at(right) ? high : low) = at(left) < at(right) ? right : left;
  }
  return std::min(0.0, at((low + high) / 2) - LogFactorial(n));
}

double LogSpearmanTailByStudent(double rho, std::uint64_t n) {
  const double degrees = static_cast<double>(n - 2);
  const double log_p = LogStudentTail(rho * std::sqrt(degrees / (1 - rho * rho)), degrees) +
                       static_cast<double>(n) * Delta(rho);
  return std::clamp(log_p, -LogFactorial(n), 0.0);
}

TailProbability SpearmanTail(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  const std::uint64_t n = a.size();
  if (n < 2) return {};
  const std::uint64_t sum = SquaredDifferences(a, b);
  if (n >= kFewestForStudent) {
    const double rho = *SpearmanOfRanks(a, b);
    if (sum == 0) return {.log_p = -LogFactorial(n), .method = TailMethod::kExact};
    if (rho <= -1) return {.log_p = 0, .method = TailMethod::kExact};
    return {.log_p = LogSpearmanTailByStudent(rho, n), .method = TailMethod::kStudent};
  }
  const auto& null = NullOf(n);
  const auto as_extreme = static_cast<double>(std::ranges::upper_bound(null, sum) - null.begin());
  const double draws = static_cast<double>(null.size());
  if (n <= kMostExact) return {.log_p = std::log(as_extreme / draws)};
  if (as_extreme == 0) {
    const double bound = LogSpearmanBound(static_cast<double>(sum), n);
    if (bound < -std::log1p(draws)) return {.log_p = bound, .method = TailMethod::kBound};
  }
  return {.log_p = std::log1p(as_extreme) - std::log1p(draws), .method = TailMethod::kMonteCarlo};
}

}  // namespace modelkin
