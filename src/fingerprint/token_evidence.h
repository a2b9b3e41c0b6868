// What rows of embeddings say: on the weights, where training left them as they were, and on the
// training data.
#ifndef MODELKIN_FINGERPRINT_TOKEN_EVIDENCE_H_
#define MODELKIN_FINGERPRINT_TOKEN_EVIDENCE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/skipped.h"
#include "fingerprint/token_pairs.h"
#include "fingerprint/untrained_rows.h"
#include "lineage/draw_plan.h"
#include "lineage/model_parts.h"
#include "statistics/permutation_test.h"

namespace modelkin {

// Of two sets of `size` tokens each out of `population`.
struct TokenSetOverlap {
  std::uint64_t population = 0, size = 0, common = 0;
  double jaccard = 0;   // common / union
  double expected = 0;  // size^2 / population: mean of `common` for random sets (hypergeometric)
};

// Of one table: embedding or unembedding.
struct TokenTableEvidence {
  Skipped skipped;                // why there is nothing of what follows
  std::uint64_t shared = 0;       // tokens that have a row in both
  std::uint64_t zero_rows = 0;    // of those, with a row that is exactly 0 in A or in B: left out
  std::vector<TokenPair> chosen;  // A's under-trained tokens, smallest norm first
  RowsTest test;                  // of weights, on the chosen rows
  // Descriptive, about data and never about weights: how far the two models' own under-trained
  // tokens are the same, and Spearman's correlation of row norms over all tokens that are not left
  // out, ties by midranks. Both are far from chance for strangers trained on like text: of use
  // only beside the values of control pairs.
  TokenSetOverlap overlap;
  std::optional<double> norm_correlation;
};

struct TokenEvidence {
  TokenTableEvidence embedding, unembedding;
};

// Under-trained tokens, after Land & Bartolo, "Fishing for Magikarp: automatically detecting
// under-trained tokens in large language models", EMNLP 2024, arXiv 2405.05417: their indicator for
// models with an unembedding of its own is the norm of a token's row of the embedding. For
// unembeddings they take the distance to the mean row of tokens known to be unused; these are not
// known here, so that the norm is taken there too, a weaker indicator. max(16, 1 %) of the shared
// tokens without zero rows, at most 2,048; of equal norms the first in `tokens`.
//
// A token that training never saw keeps the row it started with, up to weight decay, so these rows
// are nearly the same in a derived pair (docs/kinship.md, "Under-trained tokens"). The two tests
// permute the same residual coordinates: they are not independent of each other, nor of the other
// tests over those.
//
// `tokens`: each row of a table at most once; those beyond a table are left out. Reads both tables
// once, chosen rows twice. Results do not depend on options.threads.
// Where there are more than `most_tokens`, so many of them are drawn by options.seed, and all that
// was said is of these: which rows are short is then asked of them alone, and only their rows are
// read. They lie side by side in runs of four times `run_bytes`, taken as of BF16, if that is more
// than 1; where the other model has them all over its table, fewer are drawn, as many as touch four
// times as much of it. Products of wide drawn rows are in float.
TokenEvidence GatherTokenEvidence(const ModelParts& a, const ModelParts& b,
                                  std::span<const TokenPair> tokens,
                                  const MonteCarloOptions& options, Progress& progress,
                                  std::uint64_t most_tokens = DrawPlan::kAll,
                                  std::uint64_t run_bytes = 1);

// What tokens are drawn as, and how many lie side by side in a draw: in four times `run_bytes`,
// taken as of BF16; one where that holds no two rows.
inline constexpr std::string_view kDrawOfTokens = "tokens";
std::uint64_t RunOfTokens(std::uint64_t run_bytes, std::uint64_t width);

// Bytes that GatherTokenEvidence reads, as `progress` is advanced.
std::uint64_t TokenEvidenceBytes(const ModelParts& a, const ModelParts& b,
                                 std::uint64_t most_tokens = DrawPlan::kAll);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_TOKEN_EVIDENCE_H_
