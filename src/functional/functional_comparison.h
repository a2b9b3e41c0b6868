// Two models compared by what they do with the same texts: docs/run.md, "What two models do
// with the same texts". It describes; no verdict rests on it, as any two good models of one
// language do much alike.
#ifndef MODELKIN_FUNCTIONAL_FUNCTIONAL_COMPARISON_H_
#define MODELKIN_FUNCTIONAL_FUNCTIONAL_COMPARISON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/input_id.h"
#include "functional/layer_cka.h"
#include "functional/model_record.h"
#include "functional/next_tokens.h"
#include "functional/router_overlap.h"
#include "functional/token_alignment.h"
#include "functional/unit_agreement.h"

namespace modelkin {

// Positions that are compared one by one: more are thinned out evenly.
inline constexpr std::size_t kMostPositions = 2048;

// A model and the texts as it sees them.
struct FunctionalSide {
  InputId input;
  const RunnableModel* model;
  std::vector<std::vector<std::uint64_t>> texts;
  TextParts parts;
  // The bytes that each token stands for, by id; "" for those that count for none.
  std::vector<std::string> token_bytes;
  ModelRecord record;
};

struct FunctionalComparison {
  InputId input_a, input_b;
  std::uint64_t texts = 0, tokens_a = 0, tokens_b = 0;
  std::uint64_t aligned = 0;    // positions where tokens of both end
  std::uint64_t positions = 0;  // of those, compared one by one
  LayerCka cka;
  NextTokenComparison next_tokens;
  std::vector<RouterOverlap> routers;
  std::vector<UnitAgreement> units;

  // The largest similarity to any state of A, of each state of B; their median. NaN without any.
  double median_best_cka() const;
  // Means over layers; NaN without any.
  double mean_router_overlap() const;
  double mean_unit_share() const;
};

struct FunctionalResults {
  FunctionalComparison pair;
  std::vector<FunctionalComparison> controls;  // A and B against each control
};

struct FunctionalOptions {
  std::uint64_t draws = 999;  // of the null of layers' similarities
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

// Both records have to be there.
FunctionalComparison CompareFunctions(const FunctionalSide& a, const FunctionalSide& b,
                                      const FunctionalOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_FUNCTIONAL_COMPARISON_H_
