// Routers: which formula, which numbers, and how one token's experts were chosen.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "explanation/fact_sheet.h"
#include "explanation/topics.h"
#include "inference/router.h"

namespace modelkin {
namespace {

std::string OutputLine(bool shared) {
  return fmt::format("y    = sum over T of w_e Expert_e(x){}", shared ? "  +  Shared(x)" : "");
}

Formula SigmoidFormula(const RunnableModel& model, const RouterProbe& probe) {
  const SigmoidRouting& routing = probe.routing;
  Formula formula{.kind = "sigmoid_with_correction_bias",
                  .title = "sigmoid, with a correction bias for the choice alone",
                  .lines = {"z    = W x                        one logit an expert",
                            "s_e  = 1 / (1 + exp(-z_e))        each expert for itself: no softmax",
                            "c_e  = s_e + b_e                  b: e_score_correction_bias"},
                  .sources = {}};
  if (routing.groups_chosen < routing.groups) {
    formula.kind = "sigmoid_with_correction_bias_and_groups";
    formula.title = "sigmoid, with a correction bias for the choice alone, within the best groups";
    formula.lines.push_back(fmt::format(
        "g_j  = sum of the 2 largest c in group j;  only the {} of {} groups of largest g stay",
        routing.groups_chosen, routing.groups));
  }
  formula.lines.push_back(
      fmt::format("T    = the {} of {} experts of largest c", routing.chosen, probe.logits.size()));
  std::string weight = routing.normalise ? "s_e / (sum of s over T + 1e-20)" : "s_e";
  if (routing.scale != 1) weight += fmt::format(" * {:g}", routing.scale);
  formula.lines.push_back(fmt::format("w_e  = {}   s without b", weight));
  formula.lines.push_back(OutputLine(model.facts().Has("shared")));
  formula.sources = {"DeepSeek-V3, arXiv 2412.19437, section 2.1.2, equations 12 to 16",
                     "Wang et al., auxiliary-loss-free load balancing, arXiv 2408.15664 (b)"};
  const std::string_view source = model.spec().family->router_source;
  if (!source.empty()) formula.sources.emplace_back(source);
  return formula;
}

Formula SoftmaxFormula(const RunnableModel& model, const RouterProbe& probe) {
  const bool normalise = probe.routing.normalise;
  Formula formula{
      .kind = normalise ? "softmax_over_all_normalised" : "softmax_over_all",
      .title = normalise ? "softmax over all experts, weights of the chosen scaled to sum to 1"
                         : "softmax over all experts, weights as they are",
      .lines = {"z    = W x                        one logit an expert",
                "s_e  = exp(z_e) / (sum of exp(z) over all experts)",
                fmt::format("T    = the {} of {} experts of largest s", probe.routing.chosen,
                            probe.logits.size()),
                normalise ? "w_e  = s_e / (sum of s over T)" : "w_e  = s_e",
                OutputLine(model.facts().Has("shared"))},
      .sources = {std::string(model.spec().family->router_source)}};
  return formula;
}

Formula ChosenSoftmaxFormula(const RunnableModel& model, const RouterProbe& probe) {
  return {.kind = "softmax_over_chosen",
          .title = "softmax over the chosen experts alone",
          .lines = {"z    = W x + b                    one logit an expert",
                    fmt::format("T    = the {} of {} experts of largest z", probe.routing.chosen,
                                probe.logits.size()),
                    "w_e  = exp(z_e) / (sum of exp(z) over T)",
                    OutputLine(model.facts().Has("shared"))},
          .sources = {"gpt-oss model card, arXiv 2508.10925, section 2.2"}};
}

Formula SparseMixerFormula(const RunnableModel& model, const RouterProbe& probe) {
  return {.kind = "sparsemixer",
          .title = "SparseMixer: two picks, each with a softmax of its own",
          .lines = {"z    = W x                        one logit an expert",
                    fmt::format("e1   = the largest z;  N1 = experts with (z_e1 - z_j) / "
                                "max(|z_j|, z_e1) <= 2 eps,  eps = {:g}",
                                probe.epsilon),
                    "w_e1 = exp(z_e1) / (sum of exp(z) over N1)",
                    "e2   = the largest z but for e1;  N2 the same about z_e2, without e1",
                    "w_e2 = exp(z_e2) / (sum of exp(z) over N2)",
                    "weights are not made to sum to 1: their sum is between 0 and 2",
                    OutputLine(model.facts().Has("shared"))},
          .sources = {"Liu et al., GRIN, arXiv 2409.12136 (at inference: no noise)",
                      "Phi-3, arXiv 2404.14219"}};
}

Formula FormulaOf(const RunnableModel& model, const RouterProbe& probe) {
  switch (probe.kind) {
    case RouterKind::kSigmoid: return SigmoidFormula(model, probe);
    case RouterKind::kSoftmax: return SoftmaxFormula(model, probe);
    case RouterKind::kChosenSoftmax: return ChosenSoftmaxFormula(model, probe);
    case RouterKind::kSparseMixer: return SparseMixerFormula(model, probe);
  }
  return {};
}

void AddFacts(const RunnableModel& model, const ProbedToken& token, FactSheet& sheet) {
  const RouterProbe& probe = token.probe.router;
  sheet.Size("experts", "experts");
  sheet.Size("experts_per_token", "chosen for a token");
  if (probe.kind == RouterKind::kSigmoid) {
    sheet.Size("groups", "groups of experts");
    sheet.Size("groups_per_token", "groups that stay");
    sheet.Config("norm_topk_prob", "weights made to sum to 1", probe.routing.normalise,
                 "norm_topk_prob");
    sheet.Config("scale", "weights multiplied by", static_cast<double>(probe.routing.scale),
                 "routed_scaling_factor");
  }
  if (probe.kind == RouterKind::kSoftmax) {
    if (model.spec().family->router_normalises) {
      sheet.Family("norm_topk_prob", "weights made to sum to 1", probe.routing.normalise);
    } else {
      sheet.Config("norm_topk_prob", "weights made to sum to 1", probe.routing.normalise,
                   "norm_topk_prob");
    }
  }
  if (probe.kind == RouterKind::kSparseMixer) {
    sheet.Config("epsilon", "epsilon of nearness", probe.epsilon, "router_jitter_noise");
  }
  if (model.facts().Has("shared")) {
    sheet.Size("shared_experts", "shared experts, weight 1");
  }
  sheet.Tensor(token.layer, "router", Role::kRouter);
  sheet.Tensor(token.layer, "router bias", Role::kRouter, true);
  sheet.Tensor(token.layer, "correction bias", Role::kRouterCorrection);
  sheet.Range("router bias", Role::kRouter, true);
  sheet.Range("correction bias", Role::kRouterCorrection);
}

ExpertRow RowOf(const RouterProbe& probe, std::uint32_t expert) {
  ExpertRow row{.expert = expert, .logit = probe.logits[expert]};
  row.group = expert / (probe.logits.size() / std::max<std::size_t>(probe.routing.groups, 1));
  if (!probe.scores.empty()) row.score = probe.scores[expert];
  if (!probe.bias.empty()) row.bias = probe.bias[expert];
  if (std::isfinite(probe.choosing[expert])) row.choosing = probe.choosing[expert];
  if (probe.kind == RouterKind::kSparseMixer) {
    for (const auto& shares : probe.picks) row.picks.push_back(shares[expert]);
  }
  return row;
}

// The chosen, then all others in order of what is compared.
RouterWork RouterWorkOf(const ProbedToken& token) {
  const RouterProbe& probe = token.probe.router;
  RouterWork work{.experts = {}, .chosen = token.experts.size(), .groups = {}, .weight_sum = 0};
  float last = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < token.experts.size(); ++i) {
    work.experts.push_back(RowOf(probe, token.experts[i]));
    work.experts.back().weight = token.weights[i];
    work.weight_sum += token.weights[i];
    last = std::min(last, probe.choosing[token.experts[i]]);
  }
  std::vector<std::uint32_t> others;
  for (std::uint32_t e = 0; e < probe.logits.size(); ++e) {
    if (std::ranges::find(token.experts, e) == token.experts.end()) others.push_back(e);
  }
  std::ranges::stable_sort(others, [&](std::uint32_t a, std::uint32_t b) {
    return probe.choosing[a] > probe.choosing[b];
  });
  for (const std::uint32_t e : others) {
    work.experts.push_back(RowOf(probe, e));
    if (work.experts.back().choosing) work.experts.back().missed = last - probe.choosing[e];
  }
  const std::size_t size = probe.groups.empty() ? 0 : probe.logits.size() / probe.groups.size();
  for (std::size_t g = 0; g < probe.groups.size(); ++g) {
    work.groups.push_back(
        {.score = probe.groups[g], .kept = std::isfinite(probe.choosing[g * size])});
  }
  return work;
}

void AddNotes(const RouterProbe& probe, Explanation& to) {
  if (probe.kind == RouterKind::kSigmoid) {
    to.notes.emplace_back(
        probe.routing.normalise
            ? "Not a softmax: experts do not compete for their scores. Weights have a fixed sum "
              "only "
              "because norm_topk_prob divides by theirs."
            : "Not a softmax: experts do not compete for their scores, and weights need not sum "
              "to 1.");
  }
  if (probe.kind == RouterKind::kSoftmax && probe.routing.normalise) {
    to.notes.emplace_back(
        "Dividing by the sum of the chosen gives what a softmax over the chosen alone would.");
  }
  if (probe.routing.groups > 1 && probe.groups.empty()) {
    to.notes.emplace_back("All groups stay, so that groups make no difference.");
  }
}

}  // namespace

void ExplainRouter(const RunnableModel& model, const ProbedToken& token, Explanation& to) {
  FactSheet sheet(model, to);
  to.formula = FormulaOf(model, token.probe.router);
  AddFacts(model, token, sheet);
  std::vector<std::string> kinds;
  kinds.reserve(model.layers());
  for (std::size_t i = 0; i < model.layers(); ++i) {
    kinds.emplace_back(model.facts().HasExperts(i) ? "a router and experts" : "dense, no router");
  }
  sheet.Spans(kinds);
  AddNotes(token.probe.router, to);
  to.router = RouterWorkOf(token);
}

void ExplainNoRouter(const RunnableModel& model, Explanation& to) {
  to.formula = {.kind = "none",
                .title = "this model has no router",
                .lines = {"y = MLP(x)                         every token passes the same one"},
                .sources = {}};
  FactSheet sheet(model, to);
  sheet.Size("layers", "layers, all of them dense");
  sheet.Size("width", "hidden units of an MLP");
  to.notes.emplace_back("`modelkin explain swiglu` shows the MLP that all tokens pass.");
}

}  // namespace modelkin
