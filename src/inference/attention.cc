#include "inference/attention.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/parallel.h"
#include "inference/norms.h"
#include "linalg/blas_threads.h"

namespace modelkin {
namespace {

constexpr std::size_t kQueryBlock = 64, kKeyBlock = 128;

int Int(std::size_t size) { return static_cast<int>(size); }

// One head's queries [first, first + count) of a text against its keys.
struct Job {
  std::size_t text, head, first, count;
};

// One text's keys and values, whether of the cache or of this batch.
struct KeysAndValues {
  const float* keys;
  const float* values;
};

class BlockAttention {
 public:
  BlockAttention(const AttentionRules& rules, const Activations& queries, const TextRows& text,
                 KeysAndValues past, Activations& out, AttentionProbe* probe)
      : rules_(rules), queries_(queries), text_(text), past_(past), out_(out), probe_(probe) {}

  void Run(const Job& job) {
    scores_.resize(kQueryBlock * kKeyBlock);
    largest_.assign(job.count, -std::numeric_limits<float>::infinity());
    total_.assign(job.count, 0.0F);
    if (!rules_.sinks.empty()) {
      largest_.assign(job.count, rules_.sinks[job.head]);
      total_.assign(job.count, 1.0F);
    }
    // Positions of the first and last query say which keys any of them sees.
    const std::size_t last = text_.past + job.first + job.count - 1;
    const std::size_t end = rules_.causal ? last + 1 : text_.length();
    const std::size_t begin = FirstSeen(text_.past + job.first);
    for (std::size_t key = begin; key < end; key += kKeyBlock) {
      Block(job, key, std::min(kKeyBlock, end - key));
    }
    for (std::size_t i = 0; i < job.count; ++i) {
      float* const out = Out(job, i);
      for (std::size_t k = 0; k < rules_.value_dim; ++k) out[k] /= total_[i];
      if (HeadProbe* const probe = ProbeOf(job, i)) {
        probe->largest = largest_[i];
        probe->total = total_[i];
      }
    }
  }

 private:
  std::size_t FirstSeen(std::size_t position) const {
    const std::size_t window = rules_.window.value_or(position + 1);
    return position + 1 > window ? position + 1 - window : 0;
  }

  float* Out(const Job& job, std::size_t i) {
    return out_.Row(text_.first + job.first + i) + job.head * rules_.value_dim;
  }

  // Null for all queries but the one that is asked about.
  HeadProbe* ProbeOf(const Job& job, std::size_t i) const {
    const bool asked = probe_ != nullptr && probe_->row == text_.first + job.first + i;
    return asked ? &probe_->heads[job.head] : nullptr;
  }

  // Adds what keys [key, key + count) contribute, after scaling down what is there.
  void Block(const Job& job, std::size_t key, std::size_t count) {
    const std::size_t group = job.head / (rules_.heads / rules_.kv_heads);
    const std::size_t key_stride = rules_.kv_heads * rules_.key_dim;
    const std::size_t value_stride = rules_.kv_heads * rules_.value_dim;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, Int(job.count), Int(count),
                Int(rules_.key_dim), rules_.scale,
                queries_.Row(text_.first + job.first) + job.head * rules_.key_dim,
                Int(queries_.columns), past_.keys + key * key_stride + group * rules_.key_dim,
                Int(key_stride), 0.0F, scores_.data(), Int(kKeyBlock));
    for (std::size_t i = 0; i < job.count; ++i) {
      SoftenRow(text_.past + job.first + i, key, count, i, Out(job, i), ProbeOf(job, i));
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Int(job.count), Int(rules_.value_dim),
                Int(count), 1.0F, scores_.data(), Int(kKeyBlock),
                past_.values + key * value_stride + group * rules_.value_dim, Int(value_stride),
                1.0F, Out(job, 0), Int(out_.columns));
  }

  // Turns a row of scores into shares relative to the largest so far, and what was summed up so far
  // with them.
  void SoftenRow(std::size_t position, std::size_t key, std::size_t count, std::size_t i,
                 float* out, HeadProbe* probe) {
    float* const scores = scores_.data() + i * kKeyBlock;
    const std::size_t seen_from = FirstSeen(position);
    const std::size_t seen_to = rules_.causal ? position + 1 : text_.length();
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
    const float largest = std::max(largest_[i], *std::max_element(scores + from, scores + to));
    float sum = 0;
    for (std::size_t k = from; k < to; ++k) {
      scores[k] = std::exp(scores[k] - largest);
      sum += scores[k];
    }
    const float shrink = std::exp(largest_[i] - largest);
    for (std::size_t k = 0; k < rules_.value_dim; ++k) out[k] *= shrink;
    total_[i] = total_[i] * shrink + sum;
    largest_[i] = largest;
  }

  const AttentionRules& rules_;
  const Activations& queries_;
  const TextRows& text_;
  KeysAndValues past_;
  Activations& out_;
  AttentionProbe* probe_;
  std::vector<float> scores_, largest_, total_;
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
    const std::size_t seen = text.past + probe.row - text.first + 1;
    probe.first_key = seen - std::min(seen, rules.window.value_or(seen));
  }
}

}  // namespace

Activations Attend(const AttentionRules& rules, const Activations& queries, Activations keys,
                   Activations values, const Batch& batch, LayerCache* cache, unsigned threads,
                   AttentionProbe* probe) {
  UseOneBlasThread();
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
  std::vector<Job> jobs;
  double work = 0;
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    for (std::size_t head = 0; head < rules.heads; ++head) {
      for (std::size_t first = 0; first < text.rows; first += kQueryBlock) {
        jobs.push_back({i, head, first, std::min(kQueryBlock, text.rows - first)});
      }
    }
    work += static_cast<double>(text.rows * text.length()) *
            static_cast<double>(rules.heads * (rules.key_dim + rules.value_dim));
  }
  Activations out(queries.rows, rules.heads * rules.value_dim);
  ParallelFor(work < kSerialWork ? 1 : threads, jobs.size(), [&](std::size_t index, unsigned) {
    const Job& job = jobs[index];
    BlockAttention(rules, queries, batch.texts[job.text], past[job.text], out, probe).Run(job);
  });
  return out;
}

Activations Attend(const LayerPass& pass, const Activations& x, const GroupedAttention& attention) {
  const AttentionRules& rules = attention.rules;
  const bool bias = attention.qkv_bias;
  Activations q = pass.Linear(x, "self_attn.q_proj", rules.heads * rules.key_dim, bias);
  Activations k = pass.Linear(x, "self_attn.k_proj", rules.kv_heads * rules.key_dim, bias);
  Activations v = pass.Linear(x, "self_attn.v_proj", rules.kv_heads * rules.value_dim, bias);
  if (attention.head_norm_epsilon) {
    const double epsilon = *attention.head_norm_epsilon;
    const auto weight = [&](std::string_view part) {
      return pass.weights.Vector(pass.Name(part), rules.key_dim);
    };
    RmsNormalise(q, weight("self_attn.q_norm.weight"), epsilon);
    RmsNormalise(k, weight("self_attn.k_norm.weight"), epsilon);
  }
  if (pass.rotary.dims > 0) {
    Rotate(q, rules.key_dim, 0, pass.rotary, RotaryPairs::kHalves, pass.probe_queries());
    Rotate(k, rules.key_dim, 0, pass.rotary, RotaryPairs::kHalves, pass.probe_keys());
  }
  const Activations mixed = Attend(rules, q, std::move(k), std::move(v), pass.batch, pass.cache,
                                   pass.weights.threads(), pass.probe_attention());
  return pass.Linear(mixed, "self_attn.o_proj", x.columns, attention.output_bias);
}

}  // namespace modelkin
