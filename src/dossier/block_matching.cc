#include "dossier/block_matching.h"

#include <algorithm>
#include <numbers>
#include <numeric>

#include "base/parallel.h"
#include "lineage/order_strata.h"

namespace modelkin {
namespace {

constexpr std::size_t kLargeRows = 2048;

void TakeMeanRowAway(UnitRows& rows) {
  std::vector<double> mean(rows.columns, 0);
  for (std::size_t i = 0; i < rows.rows.size(); ++i) mean[i % rows.columns] += rows.rows[i];
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    const double of_units = mean[i % rows.columns] / static_cast<double>(rows.units);
    rows.rows[i] = static_cast<float>(rows.rows[i] - of_units);
  }
  rows.Normalise();
}

double CosineOfSums(const ProjectedSide& a, const ProjectedSide& b) {
  const UnitRows left = RowsOfCodes(a.sum, a.sum.size()), right = RowsOfCodes(b.sum, b.sum.size());
  return std::inner_product(left.rows.begin(), left.rows.end(), right.rows.begin(), 0.0);
}

// Either cosine has the same error between strangers, and so has their sum over the square root of
// 2, which sees more where both sums are the same; negated units change one of them.
double SimilarityOf(const UnitBlock& a, const UnitBlock& b) {
  const double first = CosineOfSums(a.first, b.first), second = CosineOfSums(a.second, b.second);
  return std::max({first, second, (first + second) / std::numbers::sqrt2});
}

// Of B's block, or nothing where A has none of its kind.
std::optional<BlockPair> PairOf(const Dossier& a, const Dossier& b, std::size_t of_b) {
  const UnitBlock& block = b.blocks[of_b];
  std::optional<BlockPair> best;
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    const UnitBlock& other = a.blocks[i];
    if (other.kind != block.kind || other.gated != block.gated) continue;
    const double similarity = SimilarityOf(other, block);
    if (best && best->similarity >= similarity) continue;
    best = BlockPair{.kind = block.kind, .a = i, .b = of_b, .similarity = similarity};
  }
  return best;
}

void MatchPair(const Dossier& a, const Dossier& b, std::uint64_t seed, unsigned threads,
               BlockPair& pair) {
  const UnitBlock& of_a = a.blocks[pair.a];
  const UnitBlock& of_b = b.blocks[pair.b];
  // Only up rows of gated MLPs have a sign to choose.
  pair.match = {.a = pair.a,
                .b = pair.b,
                .gated = pair.kind == UnitKind::kHidden && of_b.gated,
                .same_width = of_a.units == of_b.units};
  if (!of_a.first.finite || !of_a.second.finite || !of_b.first.finite || !of_b.second.finite) {
    pair.match.skipped = "weights that are not finite";
    return;
  }
  const MlpRows rows_a = RowsOfBlock(of_a, a.dimensions), rows_b = RowsOfBlock(of_b, b.dimensions);
  pair.match.order = SketchOrder(rows_b.first);
  MatchRows(rows_a, rows_b, seed, threads,
            pair.kind == UnitKind::kHidden ? MatchDepth::kAll : MatchDepth::kMatchings, pair.match);
}

// Tests count each order of units once.
void FindStrata(unsigned threads, std::vector<BlockPair>& pairs) {
  for (std::size_t kind = 0; kind < kUnitKinds; ++kind) {
    std::vector<const OrderSketch*> sketches;
    std::vector<BlockPair*> own;
    for (BlockPair& pair : pairs) {
      if (pair.kind != static_cast<UnitKind>(kind) || !pair.match.skipped.empty()) continue;
      sketches.push_back(&pair.match.order);
      own.push_back(&pair);
    }
    const std::vector<std::size_t> first = OrderStrata(sketches, threads);
    for (std::size_t i = 0; i < own.size(); ++i) own[i]->counts = first[i] == i;
  }
}

}  // namespace

MlpRows RowsOfBlock(const UnitBlock& block, std::size_t dimensions) {
  MlpRows rows{.first = RowsOfCodes(block.first.rows, dimensions),
               .second = RowsOfCodes(block.second.rows, dimensions)};
  if (block.kind == UnitKind::kExperts) {
    TakeMeanRowAway(rows.first);
    TakeMeanRowAway(rows.second);
  }
  return rows;
}

std::vector<BlockPair> MatchBlocks(const Dossier& a, const Dossier& b, std::uint64_t seed,
                                   unsigned threads) {
  std::vector<BlockPair> pairs;
  for (std::size_t i = 0; i < b.blocks.size(); ++i) {
    if (auto pair = PairOf(a, b, i)) pairs.push_back(std::move(*pair));
  }
  // Large blocks one by one, as each takes much memory.
  std::vector<BlockPair*> small;
  for (BlockPair& pair : pairs) {
    if (b.blocks[pair.b].first.rows.size() <= kLargeRows * b.dimensions &&
        a.blocks[pair.a].first.rows.size() <= kLargeRows * a.dimensions) {
      small.push_back(&pair);
    } else {
      MatchPair(a, b, seed, threads, pair);
    }
  }
  ParallelFor(threads, small.size(),
              [&](std::size_t i, unsigned) { MatchPair(a, b, seed, 1, *small[i]); });
  FindStrata(threads, pairs);
  return pairs;
}

}  // namespace modelkin
