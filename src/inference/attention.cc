#include "inference/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/parallel.h"
#include "inference/norms.h"
#include "kernels/exponentials.h"
#include "kernels/products.h"

namespace modelkin {
namespace {

// Queries and keys that meet in one go. The heads that share keys go together, and few of them
// take more queries each.
constexpr std::size_t kQueriesInAll = 256, kQueryBlock = 64, kKeyBlock = 128;
// Queries from which on it pays to turn keys, so that scores of neighbouring keys lie in a vector.
constexpr std::size_t kTurnedQueries = 12;

// Queries [first, first + count) of a text, of all heads that share group `group` of its keys.
struct Job {
  std::size_t text, group, first, count;
};

// One text's keys and values, whether of the cache or of this batch.
struct KeysAndValues {
  const float* keys;
  const float* values;
};

// What a thread works in.
struct AttentionScratch {
  std::vector<float> keys, queries, scores, largest, total;
};

class BlockAttention {
 public:
  BlockAttention(const AttentionRules& rules, const Activations& queries, const TextRows& text,
                 KeysAndValues past, Activations& out, AttentionScratch& scratch,
                 AttentionProbe* probe)
      : rules_(rules),
        queries_(queries),
        text_(text),
        past_(past),
        out_(out),
        scratch_(scratch),
        probe_(probe),
        shared_by_(rules.heads / rules.kv_heads) {}

  void Run(const Job& job) {
    const std::size_t rows = shared_by_ * job.count;
    scratch_.scores.resize(rows * kKeyBlock);
    scratch_.largest.assign(rows, -std::numeric_limits<float>::infinity());
    scratch_.total.assign(rows, 0.0F);
    if (!rules_.sinks.empty()) {
      scratch_.total.assign(rows, 1.0F);
      for (std::size_t row = 0; row < rows; ++row) {
        scratch_.largest[row] = rules_.sinks[Head(job, row / job.count)];
      }
    }
    TakeQueries(job);
    // Positions of the first and last query say which keys any of them sees.
    const std::size_t last = text_.past + job.first + job.count - 1;
    const std::size_t end = EndOfSeen(last);
    const std::size_t begin = FirstSeen(rules_, text_.past + job.first);
    for (std::size_t key = begin; key < end; key += kKeyBlock) {
      Block(job, key, std::min(kKeyBlock, end - key));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      float* const out = Out(job, row / job.count, row % job.count);
      for (std::size_t k = 0; k < rules_.value_dim; ++k) out[k] /= scratch_.total[row];
      if (HeadProbe* const probe = ProbeOf(job, row / job.count, row % job.count)) {
        probe->largest = scratch_.largest[row];
        probe->total = scratch_.total[row];
      }
    }
  }

 private:
  std::size_t EndOfSeen(std::size_t position) const {
    if (rules_.causal) return position + 1;
    const std::size_t length = text_.length();
    const std::size_t ahead = length - position;
    return position + std::min(ahead, rules_.window.value_or(ahead));
  }

  // The job's `i`-th head, among all.
  std::size_t Head(const Job& job, std::size_t i) const { return job.group * shared_by_ + i; }

  float* Out(const Job& job, std::size_t head, std::size_t i) const {
    return out_.Row(text_.first + job.first + i) + Head(job, head) * rules_.value_dim;
  }

  // Scaled, head by head.
  void TakeQueries(const Job& job) {
    scratch_.queries.resize(shared_by_ * job.count * rules_.key_dim);
    float* to = scratch_.queries.data();
    for (std::size_t head = 0; head < shared_by_; ++head) {
      for (std::size_t i = 0; i < job.count; ++i) {
        const float* const from =
            queries_.Row(text_.first + job.first + i) + Head(job, head) * rules_.key_dim;
        for (std::size_t k = 0; k < rules_.key_dim; ++k) *to++ = from[k] * rules_.scale;
      }
    }
  }

  // Null for all queries but the one that is asked about.
  HeadProbe* ProbeOf(const Job& job, std::size_t head, std::size_t i) const {
    const bool asked = probe_ != nullptr && probe_->row == text_.first + job.first + i;
    return asked ? &probe_->heads[Head(job, head)] : nullptr;
  }

  // Adds what keys [key, key + count) contribute, after scaling down what is there.
  void Block(const Job& job, std::size_t key, std::size_t count) {
    const std::size_t stride = rules_.kv_heads * rules_.key_dim;
    const std::size_t value_stride = rules_.kv_heads * rules_.value_dim;
    const float* const keys = past_.keys + key * stride + job.group * rules_.key_dim;
    const float* const values = past_.values + key * value_stride + job.group * rules_.value_dim;
    const bool turned = shared_by_ * job.count >= kTurnedQueries;
    if (turned) {
      scratch_.keys.resize(rules_.key_dim * kKeyBlock);
      Transpose({keys, stride}, count, rules_.key_dim, scratch_.keys.data(), kKeyBlock);
    }
    // Queries before the block's first key do not see it.
    const std::size_t position = text_.past + job.first;
    const std::size_t skipped = rules_.causal && key > position ? key - position : 0;
    const std::size_t queries = job.count - skipped;
    for (std::size_t head = 0; head < shared_by_; ++head) {
      const std::size_t row = head * job.count + skipped;
      const FloatRows q = {scratch_.queries.data() + row * rules_.key_dim, rules_.key_dim};
      float* const scores = scratch_.scores.data() + row * kKeyBlock;
      std::fill_n(scores, queries * kKeyBlock, 0.0F);
      if (turned) {
        AddProduct(q, queries, {scratch_.keys.data(), kKeyBlock}, count, rules_.key_dim, scores,
                   kKeyBlock);
      } else {
        AddRowProducts(q, queries, {DType::kF32, reinterpret_cast<const std::byte*>(keys), stride},
                       count, rules_.key_dim, scores, kKeyBlock);
      }
      for (std::size_t i = 0; i < queries; ++i) {
        SoftenRow(position + skipped + i, key, count, row + i, Out(job, head, skipped + i),
                  ProbeOf(job, head, skipped + i));
      }
      AddProduct({scores, kKeyBlock}, queries, {values, value_stride}, rules_.value_dim, count,
                 Out(job, head, skipped), out_.columns);
    }
  }

  // Turns a row of scores into shares relative to the largest so far, and what was summed up so far
  // with them.
  void SoftenRow(std::size_t position, std::size_t key, std::size_t count, std::size_t row,
                 float* out, HeadProbe* probe) {
    float* const scores = scratch_.scores.data() + row * kKeyBlock;
    const std::size_t seen_from = FirstSeen(rules_, position);
    const std::size_t seen_to = EndOfSeen(position);
    const std::size_t from = std::clamp(seen_from, key, key + count) - key;
    const std::size_t to = std::clamp(seen_to, key, key + count) - key;
    std::fill(scores, scores + from, 0.0F);
    std::fill(scores + to, scores + count, 0.0F);
    if (from == to) return;
    if (probe != nullptr) {
      probe->products.insert(probe->products.end(), scores + from, scores + to);
    }
    if (rules_.soft_cap > 0) {
      for (std::size_t k = from; k < to; ++k) {
        scores[k] = rules_.soft_cap * std::tanh(scores[k] / rules_.soft_cap);
      }
    }
    if (probe != nullptr) {
      probe->scores.insert(probe->scores.end(), scores + from, scores + to);
    }
    const float before = scratch_.largest[row];
    const float largest = std::max(before, Largest(scores + from, to - from));
    const float sum = ExponentiateAndSum(scores + from, to - from, largest);
    if (largest > before) {
      const float shrink = std::exp(before - largest);
      for (std::size_t k = 0; k < rules_.value_dim; ++k) out[k] *= shrink;
      scratch_.total[row] *= shrink;
    }
    scratch_.total[row] += sum;
    scratch_.largest[row] = largest;
  }

  const AttentionRules& rules_;
  const Activations& queries_;
  const TextRows& text_;
  KeysAndValues past_;
  Activations& out_;
  AttentionScratch& scratch_;
  AttentionProbe* probe_;
  std::size_t shared_by_;  // heads of queries for one of keys
};

void Append(Activations& to, const Activations& from, const TextRows& text) {
  to.columns = from.columns;
  to.rows += text.rows;
  to.values.insert(to.values.end(), from.Row(text.first), from.Row(text.first + text.rows));
}

void BeginProbe(AttentionProbe& probe, const AttentionRules& rules, const Batch& batch) {
  probe = {.row = probe.row, .rules = rules, .first_key = 0, .heads = {}};
  probe.heads.resize(rules.heads);
  for (const TextRows& text : batch.texts) {
    if (probe.row < text.first || probe.row >= text.first + text.rows) continue;
    probe.first_key = FirstSeen(rules, text.past + probe.row - text.first);
  }
}

// The norms of q or of k before their rotation, where there are such.
void NormaliseProjected(const LayerPass& pass, const GroupedAttention& attention, Role role,
                        Activations& x) {
  if (attention.projection_norm_epsilon) {
    RmsNormalise(x, pass.Vector(role, x.columns), *attention.projection_norm_epsilon,
                 pass.weights.threads());
  }
  if (!attention.head_norm_epsilon) return;
  std::vector<float> weight = pass.Vector(role, attention.rules.key_dim);
  if (attention.head_norm_adds_one) AddOne(weight);
  RmsNormalise(x, weight, *attention.head_norm_epsilon, pass.weights.threads());
}

void Grow(const QueryGrowth& growth, const Batch& batch, Activations& queries) {
  const std::vector<std::uint64_t> positions = PositionsOf(batch);
  for (std::size_t row = 0; row < queries.rows; ++row) {
    const double steps =
        std::floor((static_cast<double>(positions[row]) + growth.first) / growth.step);
    const auto factor = static_cast<float>(1 + growth.slope * std::log1p(steps));
    for (std::size_t i = 0; i < queries.columns; ++i) queries.Row(row)[i] *= factor;
  }
}

}  // namespace

Activations Attend(const AttentionRules& rules, const Activations& queries, const Activations& keys,
                   const Activations& values, const Batch& batch, LayerCache* cache,
                   unsigned threads, AttentionProbe* probe) {
  if (probe != nullptr) BeginProbe(*probe, rules, batch);
  std::vector<KeysAndValues> past;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    if (cache == nullptr) {
      past.push_back({keys.Row(text.first), values.Row(text.first)});
      continue;
    }
    cache->keys.resize(batch.texts.size());
    cache->values.resize(batch.texts.size());
    Append(cache->keys[i], keys, text);
    Append(cache->values[i], values, text);
    past.push_back({cache->keys[i].values.data(), cache->values[i].values.data()});
  }
  const std::size_t block = std::max(kQueryBlock, kQueriesInAll / (rules.heads / rules.kv_heads));
  std::vector<Job> jobs;
  double work = 0;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    for (std::size_t group = 0; group < rules.kv_heads; ++group) {
      for (std::size_t first = 0; first < text.rows; first += block) {
        jobs.push_back({i, group, first, std::min(block, text.rows - first)});
      }
    }
    work += static_cast<double>(text.rows * text.length()) *
            static_cast<double>(rules.heads * (rules.key_dim + rules.value_dim));
  }
  Activations out(queries.rows, rules.heads * rules.value_dim);
  const unsigned workers = work < kSerialWork ? 1 : threads;
  std::vector<AttentionScratch> scratch(workers);
  // The last queries see the most keys: they go first, so that no thread is left with one alone.
  ParallelFor(workers, jobs.size(), [&](std::size_t index, unsigned worker) {
    const Job& job = jobs[jobs.size() - 1 - index];
    BlockAttention(rules, queries, batch.texts[job.text], past[job.text], out, scratch[worker],
                   probe)
        .Run(job);
  });
  return out;
}

Activations Attend(const LayerPass& pass, const Activations& x, const GroupedAttention& attention) {
  const AttentionRules& rules = attention.rules;
  const bool bias = attention.qkv_bias;
  Activations q = pass.Linear(x, Role::kQuery, rules.heads * rules.key_dim, bias);
  Activations k = pass.Linear(x, Role::kKey, rules.kv_heads * rules.key_dim, bias);
  Activations v = pass.Linear(x, Role::kValue, rules.kv_heads * rules.value_dim, bias);
  NormaliseProjected(pass, attention, Role::kQueryNorm, q);
  NormaliseProjected(pass, attention, Role::kKeyNorm, k);
  const unsigned threads = pass.weights.threads();
  if (pass.rotary.dims > 0) {
    Rotate(q, rules.key_dim, 0, pass.rotary, attention.pairs, threads, pass.probe_queries());
    Rotate(k, rules.key_dim, 0, pass.rotary, attention.pairs, threads, pass.probe_keys());
  }
  if (attention.rotated_norm_epsilon) {
    const std::vector<float> ones(rules.key_dim, 1.0F);
    RmsNormalise(q, ones, *attention.rotated_norm_epsilon, threads);
    RmsNormalise(k, ones, *attention.rotated_norm_epsilon, threads);
  }
  if (attention.growth.slope != 0) Grow(attention.growth, pass.batch, q);
  const Activations mixed =
      Attend(rules, q, k, v, pass.batch, pass.cache, threads, pass.probe_attention());
  return pass.Linear(mixed, Role::kAttentionOutput, x.columns, attention.output_bias);
}

}  // namespace modelkin
