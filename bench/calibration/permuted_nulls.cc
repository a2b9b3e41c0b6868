// False positives where the null is true by construction: units of B put in random order, again and
// again, and each test run anew, by all of both models or by draws. Prints a Markdown table.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "calibration/reordered_model.h"
#include "evidence/lineage_tests.h"
#include "fingerprint/token_evidence.h"
#include "lineage/drawn_matching.h"
#include "lineage/drawn_residual_trace.h"
#include "lineage/pair_analysis.h"
#include "statistics/agreement.h"

namespace modelkin {
namespace {

constexpr std::array<double, 3> kLevels = {0.05, 0.01, 0.001};
constexpr std::uint64_t kDraws = 20'000;

using LogPs = std::vector<double>;

// 95 % of exact tests are inside of what is in brackets.
void PrintRow(const std::string& test, const LogPs& log_p) {
  const auto repeats = static_cast<double>(log_p.size());
  std::string row = fmt::format("| {} | {} |", test, log_p.size());
  for (const double level : kLevels) {
    const auto hits =
        std::ranges::count_if(log_p, [&](double value) { return value <= std::log(level); });
    const double error = 1.96 * std::sqrt(level * (1 - level) / repeats);
    row += fmt::format(" {:.4f} ({:.4f} to {:.4f}) |", static_cast<double>(hits) / repeats,
                       std::max(0.0, level - error), level + error);
  }
  fmt::print("{}\n", row);
}

// Two models in memory, as `plan` draws of them.
class PermutedNulls {
 public:
  PermutedNulls(const PairAnalysis& pair, const DrawPlan& plan)
      : pair_(pair), a_(pair.a), b_(pair.b), plan_(plan) {}

  // Tests of all of B's residual coordinates in random order.
  void OfResidual(std::size_t repeats) const {
    LogPs weights(repeats), tables(repeats), tokens(repeats), outputs(repeats);
    const std::vector<TokenPair> shared = Tokens();
    ParallelFor(0, repeats, [&](std::size_t i, unsigned) {
      Random random(7, i);
      const ModelParts b = b_.WithResidual(random);
      Progress progress;
      const MonteCarloOptions options{.draws = kDraws, .seed = i, .threads = 1};
      const ResidualTrace trace = TraceOf(b, options, progress);
      weights[i] = trace.weights.tail.log_p;
      tables[i] = trace.tables.tail.log_p;
      const TokenEvidence rows =
          GatherTokenEvidence(pair_.a, b, shared, options, progress, plan_.tokens);
      tokens[i] = rows.embedding.test.log_p;
      outputs[i] = rows.unembedding.test.log_p;
    });
    PrintRow("residual_trace", weights);
    PrintRow("residual_tables", tables);
    PrintRow("undertrained_tokens", tokens);
    PrintRow("undertrained_outputs", outputs);
  }

  // Tests of one MLP after the other, whose weights are each in an order of their own.
  void OfOneMlp(std::size_t repeats) const {
    LogPs matching(repeats), agreement(repeats), order(repeats), trace(repeats);
    ParallelFor(0, repeats, [&](std::size_t i, unsigned) {
      Random random(8, i);
      const ModelParts b = b_.WithUnitsApart(random);
      const MlpMatch& chosen = pair_.mlps[i % pair_.mlps.size()];
      const MlpMatch match =
          MatchUnitsOf(pair_.a, chosen.a, b, chosen.b, {.seed = i, .units = plan_.units});
      matching[i] = match.tail.log_p;
      agreement[i] = LogAgreementTail(match.agreed, match.expected);
      order[i] = match.order_tail.log_p;
      trace[i] = match.trace_tail.log_p;
    });
    PrintRow("gate_up_matching, one MLP", matching);
    PrintRow("gate_up_agreement, one MLP", agreement);
    PrintRow("hidden_order, one MLP", order);
    PrintRow("hidden_trace, one MLP", trace);
  }

  // Tests of all MLPs and experts together, whose sources are looked for anew.
  void OfAllMlps(std::size_t repeats) const {
    std::vector<std::map<std::string, double>> found(repeats);
    ParallelFor(0, repeats, [&](std::size_t i, unsigned) {
      Random random(9, i);
      PairAnalysis pair{.a = a_.AsStored(), .b = b_.WithUnitsApart(random)};
      TraceSettings settings{{.seed = i, .draws = kDraws}, 1, plan_};
      Progress progress;
      TraceState state;
      AnalyseParts(ResidualBasis::kFitted, settings, state, "", progress, pair);
      for (const TestResult& test : EvaluateFittedTests(pair)) {
        if (test.was_run()) found[i][std::string(TestName({test.key.id}))] = test.log_p;
      }
    });
    for (const auto& [name, log_p] : found.front()) {
      LogPs of_test;
      for (const auto& repeat : found) {
        if (repeat.contains(name)) of_test.push_back(repeat.at(name));
      }
      PrintRow(name + ", all MLPs", of_test);
    }
  }

 private:
  std::vector<TokenPair> Tokens() const {
    std::vector<TokenPair> tokens;
    const Part* const table = pair_.b.Find(Role::kEmbedding);
    for (std::uint64_t i = 0; table != nullptr && i < table->tensor->shape[0]; ++i) {
      tokens.push_back({i, i});
    }
    return tokens;
  }

  ResidualTrace TraceOf(const ModelParts& b, const MonteCarloOptions& options,
                        Progress& progress) const {
    const PartFilter every = [](const Part&) { return true; };
    if (plan_.rows != DrawPlan::kAll) {
      return TraceDrawnResidual(pair_.a, b, every, plan_, options, progress);
    }
    MlpSums sums_a(pair_.a), sums_b(b);
    TraceState state;
    ResidualTrace trace =
        TraceResidual(pair_.a, sums_a, b, sums_b, every, {&state, ""}, 1, progress);
    for (CarrierTrace* const carrier : {&trace.weights, &trace.tables}) {
      if (!carrier->moments) continue;
      carrier->tail = TraceTestTail(carrier->products.data(), *carrier->moments, options,
                                    BeyondDraws::kImportance);
    }
    return trace;
  }

  const PairAnalysis& pair_;
  ReorderedModel a_, b_;
  DrawPlan plan_;
};

struct NullsOptions {
  std::string a, b;
  std::size_t repeats = 10'000, whole = 1'000;
  DrawPlan plan;
};

void Run(const NullsOptions& options) {
  const Checkpoint a = OpenCheckpoint(options.a), b = OpenCheckpoint(options.b);
  Progress progress;
  TraceState state;
  const PairAnalysis pair =
      AnalysePair({.checkpoint = &a}, {.checkpoint = &b}, {}, state, "", progress);
  fmt::print("| test | repeats |");
  for (const double level : kLevels) fmt::print(" p <= {} (95 % of exact tests) |", level);
  fmt::print("\n| --- | --- | --- | --- | --- |\n");
  const PermutedNulls nulls(pair, options.plan);
  nulls.OfResidual(options.repeats);
  nulls.OfOneMlp(options.repeats);
  if (options.whole > 0) nulls.OfAllMlps(options.whole);
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) {
  modelkin::NullsOptions options;
  CLI::App app("False positives over re-permuted nulls");
  app.add_option("a", options.a, "Model A")->required();
  app.add_option("b", options.b, "Model B, whose units are put in random order")->required();
  app.add_option("--repeats", options.repeats, "Of each test");
  app.add_option("--whole", options.whole, "Repeats of tests over all MLPs; 0 for none");
  for (auto [name, of] :
       {std::pair("--rows", &options.plan.rows), std::pair("--units", &options.plan.units),
        std::pair("--mlps", &options.plan.mlps), std::pair("--sums", &options.plan.sums),
        std::pair("--layers", &options.plan.layers), std::pair("--tokens", &options.plan.tokens)}) {
    app.add_option(name, *of, "Draws at most so many; without it, all are taken");
  }
  CLI11_PARSE(app, argc, argv);
  modelkin::Run(options);
  return 0;
}
