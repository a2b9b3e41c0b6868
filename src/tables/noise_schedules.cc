// Schedules of diffusion: betas by the usual rules, and what is computed of them for each step.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "tables/generators.h"

namespace modelkin {
namespace {

struct Ends {
  double first, last;
  bool of_roots;  // the ramp is one of square roots
};

// DDPM, Stable Diffusion, latent diffusion of images and of the first release.
constexpr std::array kRamps = std::to_array<Ends>({{1e-4, 0.02, false},
                                                   {0.00085, 0.012, true},
                                                   {0.0015, 0.0195, true},
                                                   {0.0015, 0.0205, true},
                                                   {0.00085, 0.012, false}});

Series RampOfBetas(const Ends& ends, std::size_t steps) {
  const double a = ends.of_roots ? std::sqrt(ends.first) : ends.first;
  const double b = ends.of_roots ? std::sqrt(ends.last) : ends.last;
  Series betas(steps);
  for (std::size_t t = 0; t < steps; ++t) {
    const double value = a + (b - a) * static_cast<double>(t) / static_cast<double>(steps - 1);
    betas[t] = ends.of_roots ? value * value : value;
  }
  return betas;
}

// Nichol and Dhariwal (2021).
Series CosineBetas(std::size_t steps) {
  const auto signal = [&](std::size_t t) {
    const double part = static_cast<double>(t) / static_cast<double>(steps);
    return std::pow(std::cos((part + 0.008) / 1.008 * std::numbers::pi / 2), 2);
  };
  Series betas(steps);
  for (std::size_t t = 0; t < steps; ++t) {
    betas[t] = std::min(1 - signal(t + 1) / signal(t), 0.999);
  }
  return betas;
}

// What one step's beta, product of alphas and the product before it give.
using Derived = double (*)(double beta, double product, double before);
constexpr std::array kDerived = std::to_array<Derived>({
    [](double beta, double, double) { return beta; },
    [](double beta, double, double) { return 1 - beta; },
    [](double, double product, double) { return product; },
    [](double, double, double before) { return before; },
    [](double, double product, double) { return std::sqrt(product); },
    [](double, double product, double) { return std::sqrt(1 - product); },
    [](double, double product, double) { return std::log(1 - product); },
    [](double, double product, double) { return std::sqrt(1 / product); },
    [](double, double product, double) { return std::sqrt(1 / product - 1); },
    [](double, double product, double) { return std::sqrt((1 - product) / product); },
    [](double, double product, double) { return 0.5 * std::log((1 - product) / product); },
    [](double, double product, double) { return product / (1 - product); },
    [](double beta, double product, double before) { return beta * (1 - before) / (1 - product); },
    [](double beta, double product, double before) {
      return std::log(std::max(beta * (1 - before) / (1 - product), 1e-20));
    },
    [](double beta, double product, double before) {
      return beta * std::sqrt(before) / (1 - product);
    },
    [](double beta, double product, double before) {
      return (1 - before) * std::sqrt(1 - beta) / (1 - product);
    },
});

// Of a step: what kDerived takes.
struct Step {
  double beta, product, before;
};

std::vector<Step> StepsOf(const Series& betas) {
  std::vector<Step> steps;
  double product = 1;
  for (const double beta : betas) {
    const double before = product;
    product *= 1 - beta;
    steps.push_back({beta, product, before});
  }
  return steps;
}

bool FollowsBetas(const StoredValues& stored, const Series& values, const Series& betas) {
  const std::vector<Step> steps = StepsOf(betas);
  return std::ranges::any_of(kDerived, [&](Derived derived) {
    const auto at = [&](std::size_t t) {
      return derived(steps[t].beta, steps[t].product, steps[t].before);
    };
    // Products are computed in F32, step by step.
    const auto error = [&](double value) { return 1e-5 * std::abs(value); };
    for (const std::size_t place : {steps.size() / 3, steps.size() / 2}) {
      const double value = values[place];
      if (std::abs(at(place) - value) > stored.Tolerance(value) + error(value)) return false;
    }
    Series curve(steps.size());
    for (std::size_t t = 0; t < steps.size(); ++t) {
      curve[t] = at(t);
      if (std::abs(curve[t] - values[t]) < error(curve[t])) curve[t] = values[t];
    }
    const Fit fit = Compare(stored, values, curve, 1, stored.largest * 0x1p-22);
    return fit.follows && fit.bits >= kClearBits;
  });
}

}  // namespace

bool IsNoiseSchedule(const StoredValues& stored) {
  constexpr std::size_t kFewest = 32, kMost = 8192;
  if (stored.shape.size() != 1) return false;
  const Series values(stored.values.begin(), stored.values.end());
  const std::size_t steps = values.size();
  if (steps < kFewest || steps > kMost) return false;
  if (FollowsBetas(stored, values, CosineBetas(steps))) return true;
  return std::ranges::any_of(kRamps, [&](const Ends& ends) {
    return FollowsBetas(stored, values, RampOfBetas(ends, steps));
  });
}

}  // namespace modelkin
