#include "functional/layer_cka.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "linalg/centred_kernel.h"
#include "linalg/matrix_product.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

// A block of draws' values is held, to take quantiles from.
constexpr double kQuantile = 0.95;

// Of each state: states by texts^2. NaN for a state that finds all texts alike.
std::vector<float> CentredKernels(const std::vector<Activations>& states, std::size_t texts,
                                  unsigned threads) {
  std::vector<float> kernels;
  kernels.reserve(states.size() * texts * texts);
  for (const Activations& state : states) {
    const std::vector<float> kernel = CentredKernel(state.values, texts, threads);
    kernels.insert(kernels.end(), kernel.begin(), kernel.end());
  }
  return kernels;
}

// The same with texts in another order.
void Reorder(const std::vector<float>& kernels, const std::vector<std::uint32_t>& order,
             std::vector<float>& out) {
  const std::size_t texts = order.size();
  const std::size_t states = kernels.size() / (texts * texts);
  for (std::size_t state = 0; state < states; ++state) {
    const float* const from = kernels.data() + state * texts * texts;
    float* const to = out.data() + state * texts * texts;
    for (std::size_t i = 0; i < texts; ++i) {
      for (std::size_t j = 0; j < texts; ++j) to[i * texts + j] = from[order[i] * texts + order[j]];
    }
  }
}

// NaN counts as smaller than all.
double LargestOf(const std::vector<float>& values) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const float value : values) {
    if (value > largest) largest = value;
  }
  return largest;
}

double QuantileOf(std::vector<float>& values) {
  const auto at = static_cast<std::ptrdiff_t>(kQuantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

LayerCka CompareLayers(const ModelRecord& a, const ModelRecord& b, std::uint64_t draws,
                       std::uint64_t seed, unsigned threads) {
  LayerCka cka;
  cka.texts = a.text_means.front().rows;
  if (cka.texts < 4) {
    cka.skipped = SkipReason::kTooFewTexts;
    return cka;
  }
  cka.rows = a.text_means.size();
  cka.columns = b.text_means.size();
  cka.draws = draws;
  const std::size_t pairs = cka.rows * cka.columns;
  const std::size_t cells = cka.texts * cka.texts;
  const std::vector<float> kernels_a = CentredKernels(a.text_means, cka.texts, threads);
  const std::vector<float> kernels_b = CentredKernels(b.text_means, cka.texts, threads);
  const auto products = [&](const std::vector<float>& of_b) {
    std::vector<float> out(pairs, 0);
    AddProductTransposed({kernels_a.data(), cka.rows, cells}, {of_b.data(), cka.columns, cells},
                         threads, out.data());
    return out;
  };
  const std::vector<float> observed = products(kernels_b);
  cka.values.assign(observed.begin(), observed.end());

  Random random(seed, 0);
  std::vector<std::uint32_t> order(cka.texts);
  std::iota(order.begin(), order.end(), 0U);
  std::vector<float> reordered(kernels_b.size());
  std::vector<std::vector<float>> drawn(pairs);
  std::vector<std::uint64_t> as_large(pairs, 0);
  std::uint64_t largest_as_large = 0;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    random.Shuffle(order);
    Reorder(kernels_b, order, reordered);
    const std::vector<float> values = products(reordered);
    for (std::size_t i = 0; i < pairs; ++i) {
      as_large[i] += values[i] >= observed[i] ? 1 : 0;
      drawn[i].push_back(values[i]);
    }
    largest_as_large += LargestOf(values) >= LargestOf(observed) ? 1 : 0;
  }
  const auto tail = [&](std::uint64_t count) {
    return static_cast<double>(1 + count) / static_cast<double>(1 + draws);
  };
  for (std::size_t i = 0; i < pairs; ++i) {
    cka.p.push_back(std::isnan(observed[i]) ? 1 : tail(as_large[i]));
    cka.null_quantile.push_back(draws == 0 ? std::numeric_limits<double>::quiet_NaN()
                                           : QuantileOf(drawn[i]));
  }
  cka.p_of_largest = tail(largest_as_large);
  return cka;
}

}  // namespace modelkin
