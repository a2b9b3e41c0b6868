// Recipes of weights that were found for groups of tensors.
#ifndef MODELKIN_REQUESTS_RECIPE_BUILDER_H_
#define MODELKIN_REQUESTS_RECIPE_BUILDER_H_

#include <array>
#include <vector>

#include "merging/merge_recipe.h"
#include "requests/recipe_trial.h"

namespace modelkin {

using MixWeights = std::vector<double>;  // of each parent; of slerp t
using WeightPoints =
    std::vector<std::vector<double>>;  // of each weight, from the first layer to the last
using GroupPoints = std::array<WeightPoints, kTensorGroups>;

// The same in all layers.
WeightPoints ConstantPoints(const MixWeights& weights);

// A recipe of whole models with these weights, in the type of the result. `any_sum`: they are not
// divided by their sum.
MergeRecipe RecipeOf(const RecipeTrials& trials, RecipeMethod method, const GroupPoints& points,
                     bool any_sum = false);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECIPE_BUILDER_H_
