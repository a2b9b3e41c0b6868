#include "lineage/retained_spread.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

#include "linalg/blas.h"
#include "linalg/svd.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostSpreadUnits = 192;
constexpr std::uint64_t kHalvings = 4;
constexpr std::size_t kMostGroups = 16, kFewestGroups = 4;
// Directions along which a half has less than this share of the most are rounding.
constexpr double kLeastOfMost = 1e-5;

using UnitPlaces = std::vector<std::uint32_t>;

// What pairs of units have, by unit of the asked half and group of directions: sums over the
// group's directions, as a share of what an even spread would give one group.
struct GroupSums {
  std::size_t groups = 0;
  std::vector<double> own, shared;  // units x groups
  std::vector<double> sizes;        // directions in a group
  std::vector<double> own_all;      // over all directions there are: 1 each, of unit rows
  std::vector<double> shared_all;
};

struct Cosines {
  std::span<const float> within, across;
  std::size_t units, columns;
  bool across_transposed;

  double Within(std::size_t i, std::size_t k) const { return within[i * units + k]; }
  // Of A's unit i with B's k.
  double Across(std::size_t i, std::size_t k) const {
    return across_transposed ? across[k * units + i] : across[i * units + k];
  }
};

// Directions that `from` spans, each as weights of its units, the largest first.
struct Directions {
  std::size_t count = 0;
  std::vector<double> weights;  // count x units of `from`
};

std::optional<Directions> DirectionsOf(const Cosines& cosines, const UnitPlaces& from) {
  const std::size_t n = from.size();
  std::vector<double> products(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) products[i * n + k] = cosines.Within(from[i], from[k]);
  }
  auto axes = PrincipalAxes(std::move(products), n);
  if (!axes) return std::nullopt;
  Directions directions;
  const double least = kLeastOfMost * axes->values.front();
  while (directions.count < std::min(n, cosines.columns) &&
         axes->values[directions.count] > least) {
    double* const row = axes->vectors.data() + directions.count * n;
    const double scale = 1 / std::sqrt(axes->values[directions.count]);
    std::for_each_n(row, n, [&](double& weight) { weight *= scale; });
    ++directions.count;
  }
  directions.weights = std::move(axes->vectors);
  return directions;
}

// directions.count x `asked`: what each asked unit has along each direction, by its products with
// the units that span them.
template <class Product>
std::vector<double> ComponentsOf(const Directions& directions, const UnitPlaces& from,
                                 const UnitPlaces& asked, const Product& product) {
  std::vector<double> products(from.size() * asked.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t u = 0; u < asked.size(); ++u) {
      products[i * asked.size() + u] = product(from[i], asked[u]);
    }
  }
  std::vector<double> components(directions.count * asked.size());
  LoadedBlas().dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BlasInt(directions.count),
                     BlasInt(asked.size()), BlasInt(from.size()), 1.0, directions.weights.data(),
                     BlasInt(from.size()), products.data(), BlasInt(asked.size()), 0.0,
                     components.data(), BlasInt(asked.size()));
  return components;
}

GroupSums SumsAlong(const Cosines& cosines, const Directions& directions, const UnitPlaces& from,
                    const UnitPlaces& asked) {
  GroupSums sums{.groups = std::min(kMostGroups, directions.count / 2)};
  sums.own.assign(asked.size() * sums.groups, 0);
  sums.shared = sums.own;
  sums.sizes.assign(sums.groups, 0);
  const std::vector<double> of_a = ComponentsOf(
      directions, from, asked, [&](std::size_t i, std::size_t u) { return cosines.Within(i, u); });
  const std::vector<double> of_b = ComponentsOf(
      directions, from, asked, [&](std::size_t i, std::size_t u) { return cosines.Across(i, u); });
  for (std::size_t k = 0; k < directions.count; ++k) {
    // The group whose range [g count / groups, (g + 1) count / groups) it is in.
    const std::size_t group = ((k + 1) * sums.groups - 1) / directions.count;
    ++sums.sizes[group];
    for (std::size_t u = 0; u < asked.size(); ++u) {
      const double own = of_a[k * asked.size() + u];
      sums.own[u * sums.groups + group] += own * own;
      sums.shared[u * sums.groups + group] += own * of_b[k * asked.size() + u];
    }
  }
  for (const std::uint32_t unit : asked) {
    sums.own_all.push_back(cosines.Within(unit, unit));
    sums.shared_all.push_back(cosines.Across(unit, unit));
  }
  return sums;
}

struct Slope {
  double shared = 0, own = 0;
};

// Of sums over units; the first group is left out.
Slope SlopeOf(std::span<const double> own, std::span<const double> shared, double own_all,
              double shared_all, const std::vector<double>& sizes, double columns) {
  double weight = 0, mean_own = 0, mean_shared = 0;
  std::vector<double> x(sizes.size()), y(sizes.size());
  for (std::size_t g = 1; g < sizes.size(); ++g) {
    x[g] = own[g] / sizes[g] * columns / own_all;
    y[g] = shared[g] / sizes[g] * columns / shared_all;
    weight += sizes[g];
    mean_own += sizes[g] * x[g];
    mean_shared += sizes[g] * y[g];
  }
  mean_own /= weight;
  mean_shared /= weight;
  Slope slope;
  for (std::size_t g = 1; g < sizes.size(); ++g) {
    slope.shared += sizes[g] / weight * (x[g] - mean_own) * (y[g] - mean_shared);
    slope.own += sizes[g] / weight * (x[g] - mean_own) * (x[g] - mean_own);
  }
  return slope;
}

// The slope without its bias, and how far each unit moves it.
struct Fit {
  Slope slope;
  std::vector<Slope> moves;
};

Fit FitOf(const GroupSums& sums, double columns) {
  const std::size_t units = sums.own_all.size(), groups = sums.groups;
  std::vector<double> own(groups, 0), shared(groups, 0);
  double own_all = 0, shared_all = 0;
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t g = 0; g < groups; ++g) {
      own[g] += sums.own[u * groups + g];
      shared[g] += sums.shared[u * groups + g];
    }
    own_all += sums.own_all[u];
    shared_all += sums.shared_all[u];
  }
  const Slope all = SlopeOf(own, shared, own_all, shared_all, sums.sizes, columns);
  Fit fit;
  Slope mean;
  std::vector<double> less_own(groups), less_shared(groups);
  for (std::size_t u = 0; u < units; ++u) {
    for (std::size_t g = 0; g < groups; ++g) {
      less_own[g] = own[g] - sums.own[u * groups + g];
      less_shared[g] = shared[g] - sums.shared[u * groups + g];
    }
    fit.moves.push_back(SlopeOf(less_own, less_shared, own_all - sums.own_all[u],
                                shared_all - sums.shared_all[u], sums.sizes, columns));
    mean.shared += fit.moves.back().shared / static_cast<double>(units);
    mean.own += fit.moves.back().own / static_cast<double>(units);
  }
  const double n = static_cast<double>(units);
  fit.slope = {.shared = n * all.shared - (n - 1) * mean.shared,
               .own = n * all.own - (n - 1) * mean.own};
  const double scale = std::sqrt((n - 1) / n);
  for (Slope& move : fit.moves) {
    move = {.shared = scale * (mean.shared - move.shared), .own = scale * (mean.own - move.own)};
  }
  return fit;
}

}  // namespace

void RetainedSpread::Add(const RetainedSpread& other) {
  shared += other.shared;
  own += other.own;
  shared_variance += other.shared_variance;
  own_variance += other.own_variance;
  covariance += other.covariance;
}

std::optional<double> RetainedSpread::ratio() const {
  return own > 0 ? std::optional(shared / own) : std::nullopt;
}

std::optional<double> RetainedSpread::error() const {
  if (!(own > 0)) return std::nullopt;
  const double r = shared / own;
  return std::sqrt(std::max(0.0, shared_variance - 2 * r * covariance + r * r * own_variance)) /
         own;
}

double RetainedSpread::DeviationsAbove(double limit) const {
  const double variance = shared_variance - 2 * limit * covariance + limit * limit * own_variance;
  return variance > 0 ? (shared - limit * own) / std::sqrt(variance) : 0;
}

std::optional<RetainedSpread> SpreadRetained(const std::vector<float>& within,
                                             const std::vector<float>& across, std::size_t units,
                                             std::size_t columns, bool across_transposed) {
  if (units < kFewestSpreadUnits) return std::nullopt;
  const Cosines cosines{within, across, units, columns, across_transposed};
  const std::size_t taken = std::min(units, kMostSpreadUnits);
  UnitPlaces order(taken);
  for (std::size_t i = 0; i < taken; ++i) order[i] = static_cast<std::uint32_t>(i * units / taken);
  Slope sum;
  std::vector<Slope> moves(units);
  for (std::uint64_t halving = 0; halving < kHalvings; ++halving) {
    Random(halving, taken).Shuffle(order);
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(taken / 2);
    UnitPlaces from(order.begin(), middle), asked(middle, order.end());
    for (const bool exchanged : {false, true}) {
      if (exchanged) std::swap(from, asked);
      const auto directions = DirectionsOf(cosines, from);
      if (!directions || directions->count < 2 * kFewestGroups) return std::nullopt;
      const Fit fit =
          FitOf(SumsAlong(cosines, *directions, from, asked), static_cast<double>(columns));
      sum.shared += fit.slope.shared / (2 * kHalvings);
      sum.own += fit.slope.own / (2 * kHalvings);
      for (std::size_t u = 0; u < asked.size(); ++u) {
        moves[asked[u]].shared += fit.moves[u].shared / (2 * kHalvings);
        moves[asked[u]].own += fit.moves[u].own / (2 * kHalvings);
      }
    }
  }
  RetainedSpread spread{.shared = sum.shared, .own = sum.own};
  for (const Slope& move : moves) {
    spread.shared_variance += move.shared * move.shared;
    spread.own_variance += move.own * move.own;
    spread.covariance += move.shared * move.own;
  }
  if (!std::isfinite(spread.shared_variance + spread.own_variance)) return std::nullopt;
  return spread;
}

}  // namespace modelkin
