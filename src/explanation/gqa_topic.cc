// Attention: which query heads share which keys and values, and what one head looks at.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/parameter_count.h"
#include "explanation/fact_sheet.h"
#include "explanation/topics.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kCacheBytes = 2;  // of a value in BF16

bool IsLatent(const RunnableModel& model) { return model.spec().Size("latent").has_value(); }

struct AttentionParts {
  bool norms = false, rotary = false, biases = false, output_bias = false;
};

AttentionParts PartsOf(const RunnableModel& model, std::size_t layer, const FactSheet& sheet) {
  return {.norms = sheet.HasTensor(layer, Role::kQueryNorm),
          .rotary = model.family().rotary_of(layer).has_value(),
          .biases = sheet.HasTensor(layer, Role::kQuery, true),
          .output_bias = sheet.HasTensor(layer, Role::kAttentionOutput, true)};
}

void AddScoreLines(const AttentionRules& rules, Formula& formula) {
  auto& lines = formula.lines;
  lines.push_back(fmt::format("s_tj = {:.8g} (q_t . k_j)          for {}", rules.scale,
                              rules.window   ? fmt::format("the last {} keys j <= t", *rules.window)
                              : rules.causal ? "keys j <= t"
                                             : "all keys, before and after"));
  if (rules.soft_cap > 0) {
    lines.push_back(fmt::format("s_tj = {0:g} tanh(s_tj / {0:g})", rules.soft_cap));
    formula.sources.emplace_back("soft cap: Gemma 2, arXiv 2408.00118, section 2");
  }
  if (rules.sinks.empty()) {
    lines.emplace_back("a_tj = exp(s_tj) / (sum of exp(s_t.))");
  } else {
    lines.emplace_back("a_tj = exp(s_tj) / (exp(sink_h) + sum of exp(s_t.))");
    formula.sources.emplace_back("sinks: gpt-oss model card, arXiv 2508.10925, section 2.2");
  }
  lines.emplace_back("y_t  = W_o concat over heads (sum over j of a_tj v_j)");
}

Formula GroupedFormula(const RunnableModel& model, const ProbedToken& token,
                       const AttentionParts& parts) {
  const AttentionRules& rules = token.probe.attention.rules;
  const std::size_t group = rules.heads / rules.kv_heads;
  Formula formula;
  if (rules.kv_heads == rules.heads) {
    formula.kind = "multi_head";
    formula.title = "multi-head attention: every query head has keys and values of its own";
  } else if (rules.kv_heads == 1) {
    formula.kind = "multi_query";
    formula.title = "multi-query attention: one head of keys and values for all query heads";
  } else {
    formula.kind = "grouped_query";
    formula.title =
        fmt::format("grouped-query attention: {} query heads to each key/value head", group);
  }
  formula.lines.push_back(
      fmt::format("q, k, v = W_q x, W_k x, W_v x{}   {} heads of q, {} of k "
                  "and v, {} dims each",
                  parts.biases ? ", with biases" : "", rules.heads, rules.kv_heads, rules.key_dim));
  if (parts.norms) formula.lines.emplace_back("q, k = RMSNorm of each head");
  if (parts.rotary) formula.lines.emplace_back("q, k = rotated by position (explain rope)");
  if (group > 1)
    formula.lines.push_back(fmt::format("head h of q meets head floor(h / {}) of k and v", group));
  formula.sources.emplace_back("Vaswani et al., arXiv 1706.03762, section 3.2");
  if (group > 1) formula.sources.emplace_back("Ainslie et al., GQA, arXiv 2305.13245, section 2.2");
  AddScoreLines(rules, formula);
  if (model.spec().window) {
    formula.sources.emplace_back("window: Beltagy et al., Longformer, arXiv 2004.05150");
  }
  return formula;
}

Formula LatentFormula(const RunnableModel& model, const ProbedToken& token) {
  Formula formula{
      .kind = "multi_head_latent",
      .title =
          "multi-head latent attention: not grouped; keys and values come from one small "
          "vector a token",
      .lines = {model.facts().Has("query_low_rank")
                    ? "q    = W_qb RMSNorm(W_qa x)        each head: a plain and a rotating part"
                    : "q    = W_q x                       each head: a plain and a rotating part",
                "(c, r) = W_kva x;  c = RMSNorm(c)    c: the latent vector, r: a key for all heads",
                "(k_plain, v) = W_kvb c               of each head",
                "k    = (k_plain, rotated r);  q = (q_plain, rotated q_rot)"},
      .sources = {"DeepSeek-V2, arXiv 2405.04434, section 2.1",
                  "DeepSeek-V3, arXiv 2412.19437, section 2.1.1"}};
  AddScoreLines(token.probe.attention.rules, formula);
  return formula;
}

void AddScale(const RunnableModel& model, const AttentionRules& rules, FactSheet& sheet) {
  const double scale = rules.scale;
  const double usual = 1 / std::sqrt(static_cast<double>(rules.key_dim));
  const Family& family = *model.spec().family;
  if (!family.score_divisor_key.empty()) {
    const bool given = model.config().Find(family.score_divisor_key) != nullptr;
    sheet.Computed(
        "scale", "scale of scores", scale,
        given ? fmt::format("1 / sqrt({})", family.score_divisor_key)
              : fmt::format("1 / sqrt({:g}), the family's default", family.default_score_divisor));
  } else if (!family.score_scale_key.empty()) {
    sheet.Computed("scale", "scale of scores", scale, std::string(family.score_scale_key));
  } else if (std::abs(scale / usual - 1) < 1e-6) {
    sheet.Computed("scale", "scale of scores", scale, fmt::format("1 / sqrt({})", rules.key_dim));
  } else if (IsLatent(model)) {
    sheet.Computed("scale", "scale of scores", scale,
                   fmt::format("(0.1 mscale_all_dim ln(factor) + 1)^2 / sqrt({})", rules.key_dim));
  } else {
    sheet.Computed("scale", "scale of scores", scale,
                   "scale_attn_weights, scale_attn_by_inverse_layer_idx");
  }
}

void AddHeadFacts(const RunnableModel& model, const AttentionRules& rules, FactSheet& sheet) {
  sheet.Size("heads", "query heads");
  if (IsLatent(model)) {
    if (model.facts().Has("query_low_rank")) sheet.Size("query_rank", "rank of queries");
    sheet.Size("latent", "latent vector of keys and values");
    sheet.Size("plain_dim", "plain part of a head's key");
    sheet.Size("rotary_dim", "rotating part, one for all heads");
    sheet.Size("value_dim", "value of a head");
    return;
  }
  if (model.spec().Size("kv_heads")) {
    sheet.Size("kv_heads", "key/value heads");
  } else {
    sheet.Family("kv_heads", "key/value heads", std::uint64_t{rules.kv_heads});
  }
  sheet.Computed("group_size", "query heads to each", std::uint64_t{rules.heads / rules.kv_heads},
                 "heads / kv_heads");
  sheet.Size("head_dim", "dims of a head");
  sheet.Size("residual", "width of the residual stream");
}

void AddCache(const RunnableModel& model, const AttentionRules& rules, FactSheet& sheet) {
  const std::uint64_t layers = model.layers();
  const std::uint64_t bytes = CachedElements(model.spec(), 0) * layers * kCacheBytes;
  if (bytes == 0) return;
  const std::uint64_t ungrouped =
      rules.heads * (rules.key_dim + rules.value_dim) * layers * kCacheBytes;
  sheet.Computed(
      "cache_bytes_per_token", "KV cache, bytes a token", bytes,
      fmt::format("{} * {} layers * 2 bytes of BF16",
                  IsLatent(model) ? "(kv_lora_rank + qk_rope_head_dim)" : "2 * kv_heads * head_dim",
                  layers));
  if (ungrouped == bytes) return;
  sheet.Computed("cache_bytes_per_token_multi_head", "were each head to keep its own", ungrouped,
                 fmt::format("{:.4g} times as much",
                             static_cast<double>(ungrouped) / static_cast<double>(bytes)));
}

void AddTensors(std::size_t layer, FactSheet& sheet) {
  for (const auto& [part, role] : {std::pair{"q", Role::kQuery},
                                   {"q down", Role::kQueryDown},
                                   {"q up", Role::kQueryUp},
                                   {"k", Role::kKey},
                                   {"v", Role::kValue},
                                   {"k, v down", Role::kKeyValueDown},
                                   {"k, v up", Role::kKeyValueUp},
                                   {"o", Role::kAttentionOutput}}) {
    sheet.Tensor(layer, part, role);
    sheet.Tensor(layer, std::string(part) + " bias", role, true);
  }
  sheet.Tensor(layer, "norm of q heads", Role::kQueryNorm);
  sheet.Tensor(layer, "norm of k heads", Role::kKeyNorm);
  sheet.Tensor(layer, "sinks", Role::kSinks);
}

void AddWindows(const RunnableModel& model, FactSheet& sheet) {
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < model.layers(); ++i) {
    const auto window = model.facts().Window(i);
    kinds.push_back(window                        ? fmt::format("window of {} tokens", *window)
                    : model.spec().family->causal ? "all tokens before"
                                                  : "all tokens, both ways");
  }
  sheet.Spans(kinds);
}

void AddNotes(const RunnableModel& model, const AttentionRules& rules, const AttentionParts& parts,
              Explanation& to) {
  const std::size_t residual = model.width();
  if (!IsLatent(model) && residual != rules.heads * rules.key_dim) {
    to.notes.push_back(fmt::format(
        "heads * head_dim is {}, not the {} of the residual stream: head_dim is not hidden_size / "
        "heads ({:g}).",
        rules.heads * rules.key_dim, residual,
        static_cast<double>(residual) / static_cast<double>(rules.heads)));
  }
  if (parts.biases && !parts.output_bias) {
    to.notes.emplace_back("q, k and v have biases, o has none.");
  }
  if (IsLatent(model)) {
    to.notes.emplace_back(
        "What has to be kept of a token is the latent vector and the rotating key, for all heads "
        "together.");
  }
}

double ShareOf(double score, const HeadProbe& head) {
  return std::exp(score - head.largest) / head.total;
}

GqaWork GqaWorkOf(const ProbedToken& token) {
  const AttentionProbe& probe = token.probe.attention;
  const std::size_t group = probe.rules.heads / probe.rules.kv_heads;
  const std::size_t kv_head = token.head / group;
  GqaWork work{.head = token.head,
               .kv_head = kv_head,
               .first_of_group = kv_head * group,
               .capped = probe.rules.soft_cap > 0,
               .keys = {},
               .sink = {},
               .sink_shares = {}};
  const HeadProbe& own = probe.heads[token.head];
  for (std::size_t k = 0; k < own.scores.size(); ++k) {
    const std::size_t position = probe.first_key + k;
    KeyRow& row = work.keys.emplace_back(KeyRow{.position = position,
                                                .id = token.ids[position],
                                                .product = own.products[k],
                                                .score = own.scores[k],
                                                .shares = {}});
    for (std::size_t h = 0; h < group; ++h) {
      const HeadProbe& head = probe.heads[work.first_of_group + h];
      row.shares.push_back(ShareOf(head.scores[k], head));
    }
  }
  if (probe.rules.sinks.empty()) return work;
  work.sink = probe.rules.sinks[token.head];
  for (std::size_t h = 0; h < group; ++h) {
    const std::size_t head = work.first_of_group + h;
    work.sink_shares.push_back(ShareOf(probe.rules.sinks[head], probe.heads[head]));
  }
  return work;
}

}  // namespace

void ExplainGqa(const RunnableModel& model, const ProbedToken& token, Explanation& to) {
  const AttentionRules& rules = token.probe.attention.rules;
  FactSheet sheet(model, to);
  const AttentionParts parts = PartsOf(model, token.layer, sheet);
  to.formula = IsLatent(model) ? LatentFormula(model, token) : GroupedFormula(model, token, parts);
  AddHeadFacts(model, rules, sheet);
  AddScale(model, rules, sheet);
  if (rules.soft_cap > 0) {
    sheet.Config("soft_cap", "soft cap of scores", static_cast<double>(rules.soft_cap),
                 "attn_logit_softcapping");
  }
  if (model.spec().window) {
    sheet.Config("window", "window, tokens", *model.spec().window, "sliding_window");
  }
  AddCache(model, rules, sheet);
  AddTensors(token.layer, sheet);
  sheet.Range("sinks", Role::kSinks);
  AddWindows(model, sheet);
  AddNotes(model, rules, parts, to);
  to.gqa = GqaWorkOf(token);
}

}  // namespace modelkin
