// The recipe by which a merge was made, found by carrying out likely ones.
#ifndef MODELKIN_REQUESTS_RECIPE_SEARCH_H_
#define MODELKIN_REQUESTS_RECIPE_SEARCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "merging/merge_recipe.h"
#include "requests/request_context.h"
#include "requests/trace.h"

namespace modelkin {

struct FoundRecipe {
  MergeRecipe recipe;
  std::string yaml;  // with what it gives as a comment
  // Of carrying it out on all of B.
  std::uint64_t tensors = 0, equal = 0, read_off = 0;
  std::uint64_t telling = 0, telling_equal = 0;  // elements where the models differ

  // "38 of 39 tensors come out equal to the bit"
  std::string Sentence() const;
};

// Of a trace with parents. Weights are fitted tensor by tensor, put together by groups of tensors
// (attention, MLP, the rest) and layers, and rounded to the simplest by which as many elements come
// out to the bit. Nothing where the trace found no merge and no recipe gives most of B. Reads the
// models as often as it takes to try. Throws Error(kBadInput) as PlanMerge does.
std::optional<FoundRecipe> FindRecipe(const TraceResults& trace, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECIPE_SEARCH_H_
