#include "requests/recipe_builder.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace modelkin {
namespace {

// WeightPoints of which none is another than the first are one number.
std::vector<double> Shortest(const std::vector<double>& points) {
  const bool alike = std::ranges::adjacent_find(points, std::not_equal_to()) == points.end();
  return alike ? std::vector<double>{points.front()} : points;
}

ParameterSetting SettingOf(const RecipeTrials& trials, const GroupPoints& points,
                           std::size_t weight) {
  const auto& rest = points[static_cast<std::size_t>(TensorGroup::kRest)];
  const auto of_rest = rest.empty() ? std::vector<double>() : Shortest(rest[weight]);
  std::vector<ParameterCase> cases;
  for (const TensorGroup group : {TensorGroup::kAttention, TensorGroup::kMlp}) {
    const WeightPoints& own = points[static_cast<std::size_t>(group)];
    if (own.empty() || trials.FilterOf(group).empty()) continue;
    std::vector<double> shortest = Shortest(own[weight]);
    if (shortest != of_rest) cases.push_back({trials.FilterOf(group), std::move(shortest)});
  }
  if (!rest.empty()) cases.push_back({"", of_rest});
  return ParameterSetting(std::move(cases));
}

}  // namespace

WeightPoints ConstantPoints(const MixWeights& weights) {
  WeightPoints points(weights.size());
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {weights[i]};
  return points;
}

MergeRecipe RecipeOf(const RecipeTrials& trials, RecipeMethod method, const GroupPoints& points,
                     bool any_sum) {
  MergeRecipe recipe{.method = method};
  if (AddsChanges(method)) recipe.base = trials.base();
  if (method == RecipeMethod::kSlerp) recipe.base = trials.parents().front();
  if (any_sum) recipe.parameters.emplace("normalize", ParameterSetting(0.0));
  RecipeSlice& slice = recipe.slices.emplace_back();
  for (std::size_t i = 0; i < trials.parents().size(); ++i) {
    RecipeSource& source = slice.sources.emplace_back();
    source.model = trials.parents()[i];
    if (method == RecipeMethod::kSlerp) continue;
    source.parameters.emplace("weight", SettingOf(trials, points, i));
  }
  if (method == RecipeMethod::kSlerp) recipe.parameters.emplace("t", SettingOf(trials, points, 0));
  recipe.dtype = trials.dtype_of_result();
  return recipe;
}

}  // namespace modelkin
