#include "inference/delta_rule.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"

namespace modelkin {
namespace {

// Of the sum of squares that a query or key is divided by the root of.
constexpr float kNormEpsilon = 1e-6F;

void Normalise(const float* from, std::size_t count, float scale, std::vector<float>& to) {
  float squares = 0;
  for (std::size_t i = 0; i < count; ++i) squares += from[i] * from[i];
  const float factor = scale / std::sqrt(squares + kNormEpsilon);
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i] * factor;
}

// One head of one text, token by token.
class HeadPass {
 public:
  HeadPass(const DeltaRules& rules, std::size_t head, float* state)
      : rules_(rules),
        head_(head),
        state_(state),
        query_(rules.key_dim),
        key_(rules.key_dim),
        change_(rules.value_dim) {}

  void Run(const float* row, float decay, float correction, float* out) {
    const std::size_t key_head = head_ / (rules_.value_heads / rules_.key_heads);
    const std::size_t keys = rules_.key_heads * rules_.key_dim;
    const float* const value = row + 2 * keys + head_ * rules_.value_dim;
    Normalise(row + key_head * rules_.key_dim, rules_.key_dim,
              1 / std::sqrt(static_cast<float>(rules_.key_dim)), query_);
    Normalise(row + keys + key_head * rules_.key_dim, rules_.key_dim, 1, key_);
    std::ranges::fill(change_, 0.0F);
    ForState([&](std::size_t k, std::size_t v, float& state) {
      state *= decay;
      change_[v] += state * key_[k];
    });
    for (std::size_t v = 0; v < rules_.value_dim; ++v) {
      change_[v] = (value[v] - change_[v]) * correction;
    }
    std::fill_n(out, rules_.value_dim, 0.0F);
    ForState([&](std::size_t k, std::size_t v, float& state) {
      state += key_[k] * change_[v];
      out[v] += state * query_[k];
    });
  }

 private:
  template <class Use>
  void ForState(const Use& use) {
    for (std::size_t k = 0; k < rules_.key_dim; ++k) {
      float* const row = state_ + k * rules_.value_dim;
      for (std::size_t v = 0; v < rules_.value_dim; ++v) use(k, v, row[v]);
    }
  }

  const DeltaRules& rules_;
  std::size_t head_;
  float* state_;
  std::vector<float> query_, key_, change_;
};

}  // namespace

Activations DeltaRule(const DeltaRules& rules, const Activations& queries_keys_values,
                      const Activations& log_decay, const Activations& correction,
                      const Batch& batch, LayerCache* cache, unsigned threads) {
  const std::size_t rows_of_states = rules.value_heads * rules.key_dim;
  std::vector<Activations> own(batch.texts.size());
  if (cache != nullptr) cache->values.resize(batch.texts.size());
  std::vector<Activations>& states = cache != nullptr ? cache->values : own;
  for (Activations& state : states) {
    if (state.rows == 0) state = Activations(rows_of_states, rules.value_dim);
  }
  Activations out(queries_keys_values.rows, rules.value_heads * rules.value_dim);
  ParallelFor(threads, batch.texts.size() * rules.value_heads, [&](std::size_t job, unsigned) {
    const std::size_t text = job / rules.value_heads, head = job % rules.value_heads;
    const TextRows& rows = batch.texts[text];
    HeadPass pass(rules, head, states[text].Row(head * rules.key_dim));
    for (std::size_t row = rows.first; row < rows.first + rows.rows; ++row) {
      pass.Run(queries_keys_values.Row(row), std::exp(log_decay.Row(row)[head]),
               correction.Row(row)[head], out.Row(row) + head * rules.value_dim);
    }
  });
  return out;
}

Activations CausalConvolution(const Activations& x, const std::vector<float>& filters,
                              std::size_t kernel, ActivationFunction function, const Batch& batch,
                              LayerCache* cache, unsigned threads) {
  const std::size_t past = kernel - 1;
  Activations out(x.rows, x.columns);
  if (cache != nullptr) cache->keys.resize(batch.texts.size());
  for (std::size_t text = 0; text < batch.texts.size(); ++text) {
    const TextRows& rows = batch.texts[text];
    // What came before, and the text's own rows.
    Activations all(past + rows.rows, x.columns);
    if (cache != nullptr && cache->keys[text].rows == past) {
      std::ranges::copy(cache->keys[text].values, all.values.begin());
    }
    std::copy_n(x.Row(rows.first), rows.rows * x.columns, all.Row(past));
    const Activations& source = all;
    ParallelFor(threads, rows.rows, [&](std::size_t i, unsigned) {
      float* const to = out.Row(rows.first + i);
      for (std::size_t c = 0; c < x.columns; ++c) {
        float sum = 0;
        for (std::size_t k = 0; k < kernel; ++k)
          sum += filters[c * kernel + k] * source.Row(i + k)[c];
        to[c] = sum;
      }
      Apply(function, {to, x.columns});
    });
    if (cache == nullptr) continue;
    cache->keys[text] = Activations(past, x.columns);
    std::copy_n(all.Row(rows.rows), past * x.columns, cache->keys[text].values.data());
  }
  return out;
}

}  // namespace modelkin
