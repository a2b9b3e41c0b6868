#include "requests/ties_fit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include "kinship/merge_algebra.h"

namespace modelkin {
namespace {

// Elements of large changes of one sign that weights are fitted to, and the largest share of
// changes that are called large to have as many.
constexpr double kWantedElements = 500, kMostLarge = 0.5;
constexpr std::size_t kFewestElements = 80;
constexpr int kTiesRounds = 3;
constexpr double kSumOfOne = 0.1;

using Changes = std::vector<std::vector<double>>;  // of each parent

Changes ChangesOf(const TrialValues& values) {
  Changes changes;
  for (const auto& parent : values.parents) {
    auto& own = changes.emplace_back(parent.size());
    for (std::size_t k = 0; k < own.size(); ++k) own[k] = double{parent[k]} - values.base[k];
  }
  return changes;
}

// The size that such a share of changes is below.
double SizeAt(std::vector<double> changes, double share) {
  for (double& change : changes) change = std::abs(change);
  const auto at = changes.begin() +
                  static_cast<std::ptrdiff_t>(share * static_cast<double>(changes.size() - 1));
  std::ranges::nth_element(changes, at);
  return *at;
}

// Of changes larger than `large`, by parent.
std::optional<std::vector<double>> WeightsOfLarge(const TrialValues& values, const Changes& changes,
                                                  const std::vector<double>& large) {
  const std::size_t size = changes.size();
  Vector matrix(size * size), right(size);
  std::size_t count = 0;
  for (std::size_t k = 0; k < values.base.size(); ++k) {
    bool counts = true;
    for (std::size_t i = 0; i < size; ++i) {
      counts = counts && std::abs(changes[i][k]) > large[i] && changes[i][k] * changes[0][k] > 0;
    }
    if (!counts) continue;
    ++count;
    const double of_result = double{values.result[k]} - values.base[k];
    for (std::size_t i = 0; i < size; ++i) {
      right[i] += changes[i][k] * of_result;
      for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] += changes[i][k] * changes[j][k];
    }
  }
  if (count < kFewestElements) return std::nullopt;
  return Solve(std::move(matrix), std::move(right));
}

// What an element changes by where the changes of `set` are kept.
double Predicted(const Changes& changes, const TiesFit& fit, std::size_t k, std::uint32_t set) {
  double all = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if ((set >> i & 1) != 0) all += fit.weights[i] * changes[i][k];
  }
  const bool up = all >= 0;
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const double own = fit.weights[i] * changes[i][k];
    if ((set >> i & 1) == 0 || own == 0 || (own > 0) != up) continue;
    sum += own;
    weights += fit.weights[i];
  }
  return fit.normalized && weights != 0 ? sum / weights : sum;
}

// What the nearest sets leave of the result, in the mean.
double LeftBy(const TrialValues& values, const Changes& changes, const TiesFit& fit) {
  double sum = 0;
  for (std::size_t k = 0; k < values.base.size(); ++k) {
    const double of_result = double{values.result[k]} - values.base[k];
    double least = HUGE_VAL;
    for (std::uint32_t set = 0; set < 1U << changes.size(); ++set) {
      least = std::min(least, std::abs(of_result - Predicted(changes, fit, k, set)));
    }
    sum += least;
  }
  return sum;
}

struct SizedChange {
  double size = 0;
  bool kept = false;
};

// Of each parent, changes of which an element's value says whether they were kept.
std::vector<std::vector<SizedChange>> Told(const TrialValues& values, const Changes& changes,
                                           const TiesFit& fit) {
  std::vector<std::vector<SizedChange>> told(changes.size());
  const std::uint32_t sets = 1U << changes.size();
  std::vector<double> left(sets);
  for (std::size_t k = 0; k < values.base.size(); ++k) {
    const double of_result = double{values.result[k]} - values.base[k];
    std::uint32_t best = 0;
    for (std::uint32_t set = 0; set < sets; ++set) {
      left[set] = std::abs(of_result - Predicted(changes, fit, k, set));
      if (left[set] < left[best]) best = set;
    }
    const double step = 4 * values.step * (std::abs(values.result[k]) + std::abs(values.base[k]));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      // Told where all sets that come near have it, or all have it not.
      bool with = false, without = false;
      for (std::uint32_t set = 0; set < sets; ++set) {
        if (left[set] > left[best] + step) continue;
        ((set >> i & 1) != 0 ? with : without) = true;
      }
      if (with != without) told[i].push_back({std::abs(changes[i][k]), with});
    }
  }
  return told;
}

// The share of all changes that are above the size that divides kept ones from others best.
double DensityOf(std::vector<SizedChange> told, const std::vector<double>& changes) {
  std::ranges::sort(told, std::ranges::greater(), &SizedChange::size);
  std::ptrdiff_t right = std::ranges::count(told, false, &SizedChange::kept), most = right;
  double size = HUGE_VAL;
  for (std::size_t i = 0; i < told.size(); ++i) {
    right += told[i].kept ? 1 : -1;
    if (right > most) {
      most = right;
      size = i + 1 < told.size() ? (told[i].size + told[i + 1].size) / 2 : 0;
    }
  }
  const auto above =
      std::ranges::count_if(changes, [&](double change) { return std::abs(change) >= size; });
  return static_cast<double>(above) / static_cast<double>(changes.size());
}

}  // namespace

std::optional<TiesFit> FitTies(const TrialValues& values) {
  const Changes changes = ChangesOf(values);
  if (values.base.size() < kFewestElements) return std::nullopt;
  const auto parents = static_cast<double>(changes.size());
  const double wanted =
      kWantedElements * std::exp2(parents - 1) / static_cast<double>(values.base.size());
  std::vector<double> shares(changes.size(), std::min(kMostLarge, std::pow(wanted, 1 / parents)));
  TiesFit fit;
  for (int round = 0; round < kTiesRounds; ++round) {
    std::vector<double> large(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) large[i] = SizeAt(changes[i], 1 - shares[i]);
    auto weights = WeightsOfLarge(values, changes, large);
    if (!weights) return std::nullopt;
    fit.weights = std::move(*weights);
    fit.normalized = false;
    const double sum = std::accumulate(fit.weights.begin(), fit.weights.end(), 0.0);
    if (std::abs(sum - 1) < kSumOfOne) {
      TiesFit other = fit;
      other.normalized = true;
      fit.normalized = LeftBy(values, changes, other) < LeftBy(values, changes, fit);
    }
    const auto told = Told(values, changes, fit);
    fit.densities.clear();
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (told[i].size() < kFewestElements) return std::nullopt;
      fit.densities.push_back(DensityOf(told[i], changes[i]));
      // All that is kept, as far as it is known by now.
      shares[i] = std::clamp(fit.densities[i] * 0.98, 0.01, 0.98);
    }
  }
  return fit;
}

}  // namespace modelkin
