#include "fingerprint/token_evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "lineage/model_parts.h"
#include "lineage/unit_matrix.h"
#include "statistics/correlation.h"

namespace modelkin {
namespace {

constexpr std::size_t kFewestChosen = 16;
constexpr std::size_t kMostChosen = 2048;
constexpr std::size_t kTokensOfOneChosen = 100;
constexpr std::uint64_t kValuesAtOnce = std::uint64_t{1} << 18;
// Where runs of tokens are drawn: so many times as long as a block, of which one more is touched at
// their ends; and what may be touched of a table, as a multiple of what is read of it.
constexpr std::uint64_t kBlocksOfARun = 4, kMostTouched = 4;
// Products of drawn rows of more coordinates are in float: 64 MiB for 4,096.
constexpr std::uint64_t kWidestInDouble = 2048;

const Part* FindTable(const ModelParts& model, Role role) {
  const Part* const part = model.Find(role);
  return part != nullptr && part->tensor->shape.size() == 2 ? part : nullptr;
}

std::uint64_t StoredBytes(const Part& part) {
  return part.tensor->elements * BitWidth(part.tensor->dtype) / 8;
}

// A table of tokens, row by row.
struct Table {
  const ModelParts* model;
  const Part* part;
  std::uint64_t rows() const { return part->tensor->shape[0]; }
  std::uint64_t width() const { return part->tensor->shape[1]; }
};

// Why the two can't be compared, if so.
Skipped ReasonToSkip(const Part* a, const Part* b) {
  if (a == nullptr || b == nullptr) return SkipReason::kNotInBoth;
  if (a->residual_axis() != 1 || b->residual_axis() != 1) return SkipReason::kNotRowsOfTokens;
  if (!IsFloatingPoint(a->tensor->dtype) || !IsFloatingPoint(b->tensor->dtype)) {
    return SkipReason::kCodes;
  }
  return {};
}

double NormOfRow(const float* row, std::uint64_t width) {
  double squares = 0;
  for (std::uint64_t i = 0; i < width; ++i) {
    const double value = row[i];
    squares += value * value;
  }
  return std::isfinite(squares) ? std::sqrt(squares) : std::nan("");
}

// Of the rows of some tokens, NaN of others; else as RowNorms.
std::vector<double> NormsOfTokens(const Table& table, std::span<const TokenPair> tokens,
                                  std::uint64_t TokenPair::*side, unsigned threads,
                                  Progress& progress) {
  const UnitReader reader(table.model->checkpoint, *table.part->tensor, 1);
  std::vector<double> norms(table.rows(), std::nan(""));
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kValuesAtOnce / table.width());
  ParallelFor(threads, (tokens.size() + at_once - 1) / at_once, [&](std::size_t block, unsigned) {
    const auto some = tokens.subspan(block * at_once)
                          .first(std::min<std::size_t>(at_once, tokens.size() - block * at_once));
    std::vector<float> values;
    for (const TokenPair& token : some) {
      if (token.*side >= norms.size()) continue;
      reader.Read(token.*side, 1, values);
      norms[token.*side] = NormOfRow(values.data(), table.width());
    }
    progress.Advance(StoredBytes(*table.part) / table.rows() * some.size());
  });
  reader.RequireNothingLost();
  return norms;
}

// Of all rows; NaN where a value is not finite. In double, each row in order.
std::vector<double> RowNorms(const Table& table, unsigned threads, Progress& progress) {
  const UnitReader reader(table.model->checkpoint, *table.part->tensor, 1);
  const std::uint64_t rows = table.rows(), width = table.width();
  const std::uint64_t at_once = std::max<std::uint64_t>(1, kValuesAtOnce / width);
  std::vector<double> norms(rows);
  ParallelFor(threads, (rows + at_once - 1) / at_once, [&](std::size_t block, unsigned) {
    const std::uint64_t begin = block * at_once, count = std::min(at_once, rows - begin);
    thread_local std::vector<float> values;
    reader.Read(begin, count, values);
    for (std::uint64_t row = 0; row < count; ++row) {
      norms[begin + row] = NormOfRow(values.data() + row * width, width);
    }
    progress.Advance(StoredBytes(*table.part) / rows * count);
  });
  reader.RequireNothingLost();
  return norms;
}

// Row-major; by tokens of one side.
template <class Value>
std::vector<Value> ReadRows(const Table& table, const std::vector<TokenPair>& tokens,
                            std::uint64_t TokenPair::*side) {
  const UnitReader reader(table.model->checkpoint, *table.part->tensor, 1);
  std::vector<Value> rows;
  rows.reserve(tokens.size() * table.width());
  std::vector<float> values;
  for (const TokenPair& token : tokens) {
    reader.Read(token.*side, 1, values);
    rows.insert(rows.end(), values.begin(), values.end());
  }
  reader.RequireNothingLost();
  return rows;
}

// Tokens with a row other than 0 in both, and the norms of these.
struct Candidates {
  std::vector<TokenPair> tokens;
  std::vector<double> norms_a, norms_b;
};

// Places of the `count` smallest norms, ascending; the earlier place of equals first.
std::vector<std::uint32_t> Smallest(const std::vector<double>& norms, std::size_t count) {
  std::vector<std::uint32_t> order(norms.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count), {},
                            [&](std::uint32_t i) { return std::pair(norms[i], i); });
  order.resize(count);
  return order;
}

TokenSetOverlap OverlapOf(std::vector<std::uint32_t> a, std::vector<std::uint32_t> b,
                          std::size_t population) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<std::uint32_t> common;
  std::ranges::set_intersection(a, b, std::back_inserter(common));
  const double size = static_cast<double>(a.size()), shared = static_cast<double>(common.size());
  return {.population = population,
          .size = a.size(),
          .common = common.size(),
          .jaccard = shared / (2 * size - shared),
          .expected = size * size / static_cast<double>(population)};
}

// Fills in `evidence` but for tests. Returns whether tokens were chosen.
bool ChooseTokens(const Candidates& candidates, TokenTableEvidence& evidence) {
  const std::size_t count = candidates.tokens.size();
  if (count < kFewestChosen) {
    evidence.skipped = SkipReason::kTooFewSharedTokens;
    return false;
  }
  const std::size_t chosen = std::clamp(count / kTokensOfOneChosen, kFewestChosen, kMostChosen);
  const std::vector<std::uint32_t> of_a = Smallest(candidates.norms_a, chosen);
  evidence.overlap = OverlapOf(of_a, Smallest(candidates.norms_b, chosen), count);
  evidence.norm_correlation = SpearmanOfValues(candidates.norms_a, candidates.norms_b);
  for (const std::uint32_t place : of_a) evidence.chosen.push_back(candidates.tokens[place]);
  return true;
}

// Nothing where a shared token's row is not finite.
std::optional<Candidates> FindCandidates(const std::vector<double>& norms_a,
                                         const std::vector<double>& norms_b,
                                         std::span<const TokenPair> tokens,
                                         TokenTableEvidence& evidence) {
  Candidates candidates;
  for (const TokenPair& token : tokens) {
    if (token.a >= norms_a.size() || token.b >= norms_b.size()) continue;
    const double norm_a = norms_a[token.a], norm_b = norms_b[token.b];
    if (std::isnan(norm_a) || std::isnan(norm_b)) return std::nullopt;
    ++evidence.shared;
    if (norm_a == 0 || norm_b == 0) {
      ++evidence.zero_rows;
      continue;
    }
    candidates.tokens.push_back(token);
    candidates.norms_a.push_back(norm_a);
    candidates.norms_b.push_back(norm_b);
  }
  return candidates;
}

TokenTableEvidence EvidenceOf(const ModelParts& a, const ModelParts& b, Role role,
                              std::span<const TokenPair> tokens, bool drawn,
                              const MonteCarloOptions& options, Progress& progress) {
  TokenTableEvidence evidence;
  const Table in_a{&a, FindTable(a, role)}, in_b{&b, FindTable(b, role)};
  evidence.skipped = ReasonToSkip(in_a.part, in_b.part);
  if (!evidence.skipped.empty()) return evidence;
  const auto norms = [&](const Table& table, std::uint64_t TokenPair::*side) {
    return drawn ? NormsOfTokens(table, tokens, side, options.threads, progress)
                 : RowNorms(table, options.threads, progress);
  };
  const std::vector<double> norms_a = norms(in_a, &TokenPair::a);
  const std::vector<double> norms_b = norms(in_b, &TokenPair::b);
  const auto candidates = FindCandidates(norms_a, norms_b, tokens, evidence);
  if (!candidates) {
    evidence = {.skipped = SkipReason::kNotFinite};
    return evidence;
  }
  if (!ChooseTokens(*candidates, evidence)) return evidence;
  evidence.test.rows = evidence.chosen.size();
  if (in_a.width() != in_b.width()) {
    evidence.test.skipped = {SkipReason::kWidthsDiffer, in_a.width(), in_b.width()};
  } else if (in_a.width() > kWidestRows) {
    evidence.test.skipped = SkipReason::kTooWideForRows;
  } else if (drawn && in_a.width() > kWidestInDouble) {
    evidence.test = TestRowsInFloat(ReadRows<float>(in_a, evidence.chosen, &TokenPair::a),
                                    ReadRows<float>(in_b, evidence.chosen, &TokenPair::b),
                                    evidence.chosen.size(), in_a.width(), options);
  } else {
    evidence.test = TestRows(ReadRows<double>(in_a, evidence.chosen, &TokenPair::a),
                             ReadRows<double>(in_b, evidence.chosen, &TokenPair::b),
                             evidence.chosen.size(), in_a.width(), options);
  }
  return evidence;
}

std::vector<TokenPair> DrawTokens(std::span<const TokenPair> tokens, std::uint64_t seed,
                                  std::uint64_t count, std::uint64_t run) {
  std::vector<TokenPair> drawn;
  for (const std::uint32_t place :
       DrawPlaces(seed, kDrawOfTokens, static_cast<std::uint32_t>(tokens.size()), count, run)) {
    drawn.push_back(tokens[place]);
  }
  return drawn;
}

// In how many blocks of so many rows tokens lie, on the side where they are in more.
std::uint64_t BlocksOf(const std::vector<TokenPair>& tokens, std::uint64_t rows) {
  std::set<std::uint64_t> blocks_a, blocks_b;
  for (const TokenPair& token : tokens) {
    blocks_a.insert(token.a / rows);
    blocks_b.insert(token.b / rows);
  }
  return std::max(blocks_a.size(), blocks_b.size());
}

// By their numbers and the width of rows alone.
std::vector<TokenPair> DrawRunsOfTokens(std::span<const TokenPair> tokens, std::uint64_t seed,
                                        std::uint64_t count, std::uint64_t run) {
  const std::uint64_t rows_of_block = run / kBlocksOfARun;
  const auto drawn = DrawTokens(tokens, seed, count, run);
  const std::uint64_t most = std::max<std::uint64_t>(1, kMostTouched * count / rows_of_block),
                      touched = BlocksOf(drawn, rows_of_block);
  return touched <= most ? drawn : DrawTokens(tokens, seed, count * most / touched, run);
}

}  // namespace

std::uint64_t RunOfTokens(std::uint64_t run_bytes, std::uint64_t width) {
  const std::uint64_t rows_of_block = run_bytes / (2 * width);
  return rows_of_block < 2 ? 1 : kBlocksOfARun * rows_of_block;
}

std::uint64_t TokenEvidenceBytes(const ModelParts& a, const ModelParts& b,
                                 std::uint64_t most_tokens) {
  std::uint64_t bytes = 0;
  for (const Role role : {Role::kEmbedding, Role::kHead}) {
    const Part* const in_a = FindTable(a, role);
    const Part* const in_b = FindTable(b, role);
    if (!ReasonToSkip(in_a, in_b).empty()) continue;
    for (const Part* const part : {in_a, in_b}) {
      const std::uint64_t rows = part->tensor->shape[0];
      bytes += rows <= most_tokens ? StoredBytes(*part) : StoredBytes(*part) / rows * most_tokens;
    }
  }
  return bytes;
}

TokenEvidence GatherTokenEvidence(const ModelParts& a, const ModelParts& b,
                                  std::span<const TokenPair> tokens,
                                  const MonteCarloOptions& options, Progress& progress,
                                  std::uint64_t most_tokens, std::uint64_t run_bytes) {
  const bool drawn = most_tokens < tokens.size() && tokens.size() <= UINT32_MAX;
  std::vector<TokenPair> some;
  if (drawn) {
    const std::uint64_t run =
        RunOfTokens(run_bytes, std::max(a.residual.value_or(1), b.residual.value_or(1)));
    some = run == 1 ? DrawTokens(tokens, options.seed, most_tokens, 1)
                    : DrawRunsOfTokens(tokens, options.seed, most_tokens, run);
    tokens = some;
  }
  return {.embedding = EvidenceOf(a, b, Role::kEmbedding, tokens, drawn, options, progress),
          .unembedding = EvidenceOf(a, b, Role::kHead, tokens, drawn, options, progress)};
}

}  // namespace modelkin
