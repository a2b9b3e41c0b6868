// False positives where the null is true by construction: units of B put in random order, again and
// again, and each test run anew. Prints a Markdown table.
//
//     permuted_nulls MODEL_A MODEL_B [REPEATS]
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "lineage/pair_analysis.h"
#include "statistics/agreement.h"

namespace modelkin {
namespace {

constexpr std::array<double, 3> kLevels = {0.05, 0.01, 0.001};

std::vector<std::uint32_t> RandomOrder(std::size_t count, Random& random) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  random.Shuffle(order);
  return order;
}

void PrintRow(const std::string& test, const std::vector<double>& log_p) {
  std::string row = fmt::format("| {} | {} |", test, log_p.size());
  for (const double level : kLevels) {
    const auto hits = std::count_if(log_p.begin(), log_p.end(),
                                    [&](double value) { return value <= std::log(level); });
    const double share = static_cast<double>(hits) / static_cast<double>(log_p.size());
    const double error = 1.96 * std::sqrt(level * (1 - level) / static_cast<double>(log_p.size()));
    row += fmt::format(" {:.4f} ({:.4f} to {:.4f}) |", share, level - error, level + error);
  }
  fmt::print("{}\n", row);
}

// K with B's residual coordinates, its columns, in random order.
void PermuteResidual(const PairAnalysis& pair, std::size_t repeats) {
  const std::size_t units = pair.residual.units;
  std::vector<double> log_p(repeats);
  ParallelFor(0, repeats, [&](std::size_t i, unsigned) {
    Random random(7, i);
    const auto order = RandomOrder(units, random);
    std::vector<double> k(units * units);
    for (std::size_t row = 0; row < units; ++row) {
      for (std::size_t column = 0; column < units; ++column) {
        k[row * units + column] = pair.residual.weights.products[row * units + order[column]];
      }
    }
    const auto moments = TraceTestMoments(k.data(), units);
    log_p[i] = TraceTestTail(k.data(), *moments, {.draws = 20'000, .seed = i, .threads = 1},
                             BeyondDraws::kImportance)
                   .log_p;
  });
  PrintRow("residual_trace", log_p);
}

UnitRows Reordered(const UnitRows& rows, const std::vector<std::uint32_t>& order) {
  UnitRows result = rows;
  for (std::size_t unit = 0; unit < rows.units; ++unit) {
    const auto from = rows.rows.begin() + static_cast<std::ptrdiff_t>(order[unit] * rows.columns);
    std::copy_n(from, rows.columns,
                result.rows.begin() + static_cast<std::ptrdiff_t>(unit * rows.columns));
    result.alive[unit] = rows.alive[order[unit]];
  }
  return result;
}

// Gate and up weights of B each in an order of its own: nothing is left for the two matchings to
// agree on, nor for units to be in place.
void PermuteHidden(const PairAnalysis& pair, std::size_t repeats) {
  std::vector<double> matching(repeats), agreement(repeats), order_p(repeats), trace(repeats);
  ParallelFor(0, repeats, [&](std::size_t i, unsigned) {
    const MlpMatch& chosen = pair.mlps[i % pair.mlps.size()];
    MlpMatch match = BeginMatch(pair.a, chosen.a, pair.b, chosen.b);
    const MlpRows a = ReadMlpRows(pair.a, chosen.a, match.gated);
    MlpRows b = ReadMlpRows(pair.b, chosen.b, match.gated);
    Random random(8, i);
    b.first = Reordered(b.first, RandomOrder(b.first.units, random));
    b.second = Reordered(b.second, RandomOrder(b.second.units, random));
    MatchRows(a, b, i, 1, MatchDepth::kAll, match);
    matching[i] = match.tail.log_p;
    agreement[i] = LogAgreementTail(match.agreed, match.expected);
    order_p[i] = match.order_tail.log_p;
    trace[i] = match.trace_tail.log_p;
  });
  PrintRow("gate_up_matching, one MLP", matching);
  PrintRow("gate_up_agreement, one MLP", agreement);
  PrintRow("hidden_order, one MLP", order_p);
  PrintRow("hidden_trace, one MLP", trace);
}

void Run(const std::string& path_a, const std::string& path_b, std::size_t repeats) {
  const Checkpoint a = OpenCheckpoint(path_a), b = OpenCheckpoint(path_b);
  Progress progress;
  TraceState state;
  const PairAnalysis pair =
      AnalysePair({.checkpoint = &a}, {.checkpoint = &b}, {}, state, "", progress);
  fmt::print("| test | repeats |");
  for (const double level : kLevels) fmt::print(" p <= {} (95 % of exact tests) |", level);
  fmt::print("\n| --- | --- | --- | --- | --- |\n");
  PermuteResidual(pair, repeats);
  PermuteHidden(pair, repeats);
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: permuted_nulls MODEL_A MODEL_B [REPEATS]\n");
    return 2;
  }
  modelkin::Run(argv[1], argv[2], argc > 3 ? std::stoul(argv[3]) : 10'000);
}
