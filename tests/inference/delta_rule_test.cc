#include "inference/delta_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace modelkin {
namespace delta_rule_test {

Activations Random(std::size_t rows, std::size_t columns, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Activations x(rows, columns);
  for (float& value : x.values) value = normal(generator);
  return x;
}

Activations RowsOf(const Activations& x, std::size_t first, std::size_t count) {
  Activations rows(count, x.columns);
  std::copy_n(x.Row(first), count * x.columns, rows.values.data());
  return rows;
}

// Two texts side by side, of 5 tokens and of 3.
const Batch kBatch = {
    .ids = std::vector<std::uint64_t>(8),
    .texts = {{.first = 0, .rows = 5, .past = 0}, {.first = 5, .rows = 3, .past = 0}}};
constexpr DeltaRules kRules{.key_heads = 2, .value_heads = 4, .key_dim = 3, .value_dim = 2};

// One head in double, by the definition: S <- S a; S <- S + k (b (v - S k)); out = S q.
TEST(DeltaRule, IsItsDefinition) {
  const Activations x = Random(8, 2 * 6 + 8, 1);
  Activations decay = Random(8, 4, 2), correction = Random(8, 4, 3);
  for (float& value : decay.values) value = -std::abs(value);
  for (float& value : correction.values) value = 1 / (1 + std::exp(-value));
  const Activations out = DeltaRule(kRules, x, decay, correction, kBatch, nullptr, 2);
  for (const TextRows& text : kBatch.texts) {
    for (std::size_t head = 0; head < 4; ++head) {
      double state[3][2] = {};
      for (std::size_t row = text.first; row < text.first + text.rows; ++row) {
        const float* const q = x.Row(row) + head / 2 * 3;
        const float* const k = q + 6;
        const float* const v = x.Row(row) + 12 + head * 2;
        double qq = 1e-6, kk = 1e-6;
        for (int i = 0; i < 3; ++i) qq += q[i] * q[i], kk += k[i] * k[i];
        for (int j = 0; j < 2; ++j) {
          double seen = 0;
          for (int i = 0; i < 3; ++i) {
            state[i][j] *= std::exp(decay.Row(row)[head]);
            seen += state[i][j] * k[i] / std::sqrt(kk);
          }
          double result = 0;
          for (int i = 0; i < 3; ++i) {
            state[i][j] += k[i] / std::sqrt(kk) * correction.Row(row)[head] * (v[j] - seen);
            result += state[i][j] * q[i] / std::sqrt(qq) / std::sqrt(3.0);
          }
          EXPECT_NEAR(out.Row(row)[head * 2 + static_cast<std::size_t>(j)], result, 1e-5);
        }
      }
    }
  }
}

// Token by token, or in uneven steps, through a cache: as all at once. A text without new tokens
// keeps what is cached of it.
TEST(DeltaRule, ThroughACache) {
  const Activations x = Random(8, 20, 1);
  Activations decay = Random(8, 4, 2), correction = Random(8, 4, 3);
  const std::vector<float> filters = Random(20, 3, 4).values;
  for (float& value : decay.values) value = -std::abs(value);
  const auto run = [&](const Activations& rows, const Activations& of_decay,
                       const Activations& of_correction, const Batch& batch, LayerCache* cache) {
    const Activations mixed =
        CausalConvolution(rows, filters, 3, ActivationFunction::kSilu, batch, cache, 2);
    return DeltaRule(kRules, mixed, of_decay, of_correction, batch, cache, 2);
  };
  const Activations at_once = run(x, decay, correction, kBatch, nullptr);
  LayerCache cache;
  for (const auto& [first, count, text] :
       {std::tuple{0U, 2U, 0U}, {5U, 1U, 1U}, {2U, 1U, 0U}, {3U, 2U, 0U}, {6U, 2U, 1U}}) {
    Batch batch{.ids = std::vector<std::uint64_t>(count), .texts = {{}, {}}};
    batch.texts[text].rows = count;
    batch.texts[1].first = text == 0 ? count : 0;
    const Activations step = run(RowsOf(x, first, count), RowsOf(decay, first, count),
                                 RowsOf(correction, first, count), batch, &cache);
    for (std::size_t i = 0; i < step.values.size(); ++i) {
      EXPECT_NEAR(step.values[i], at_once.Row(first)[i], 1e-6);
    }
  }
}

}  // namespace delta_rule_test
}  // namespace modelkin
