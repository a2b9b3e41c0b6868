// Which recipe gives most of a merge, by carrying likely ones out.
#ifndef MODELKIN_REQUESTS_RECIPE_SEARCH_H_
#define MODELKIN_REQUESTS_RECIPE_SEARCH_H_

#include "merging/merge_recipe.h"
#include "requests/recipe_trial.h"

namespace modelkin {

struct TriedRecipe {
  MergeRecipe recipe;
  double share = -1;  // of elements in which models differ, on the tensors that it was tried on
};

// Tries linear, slerp, task arithmetic, TIES and DARE, in this order, up to one that gives all.
TriedRecipe SearchRecipe(const RecipeTrials& trials);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECIPE_SEARCH_H_
