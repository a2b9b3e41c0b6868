#include "requests/found_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "base/output_file.h"
#include "base/own_output.h"
#include "requests/recipe_search.h"
#include "requests/recipe_trial.h"

namespace modelkin {
namespace {

// Shares of elements that have to come out, where the trace found a merge, and where it did not.
constexpr double kLeastShare = 0.5, kShareWithoutMerge = 0.9;

std::string YamlOf(const FoundRecipe& found) {
  return fmt::format("{}{}.\n{}", kRecipeMark, found.Sentence(), MergeRecipeYaml(found.recipe));
}

bool IsUsed(const ParameterSetting& setting) {
  return std::ranges::any_of(setting.cases(), [](const ParameterCase& one) {
    return std::ranges::any_of(one.points,
                               [](double point) { return std::abs(point) > kLeastMergeWeight; });
  });
}

// Whether more than one model has a part in it: a copy is no merge.
bool IsOfSeveral(const MergeRecipe& recipe) {
  if (recipe.method == RecipeMethod::kSlerp) {
    const ParameterSetting& t = recipe.parameters.at("t");
    const bool is_end = std::ranges::all_of(t.cases(), [](const ParameterCase& one) {
      return std::ranges::all_of(one.points, [](double point) { return point == 0 || point == 1; });
    });
    return !is_end || t.cases().size() > 1;
  }
  return std::ranges::count_if(recipe.slices.front().sources, [](const RecipeSource& source) {
           return IsUsed(source.parameters.at("weight"));
         }) >= 2;
}

}  // namespace

std::string FoundRecipe::Sentence() const {
  std::string text =
      fmt::format("{} of {} come out equal to the bit", equal, FormatQuantity(tensors, "tensor"));
  if (read_off > 0) text += fmt::format(", {} with kept changes read off the result", read_off);
  if (equal + read_off < tensors) {
    text += fmt::format(", {} of the elements in which models differ",
                        FormatShare(telling_equal, telling));
  }
  return text;
}

std::optional<FoundRecipe> FindRecipe(const TraceResults& trace, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  std::vector<std::shared_ptr<const OpenedModel>> parents;
  for (const Input* const parent : trace.models.Of(InputRole::kParent)) {
    parents.push_back(parent->model);
  }
  if (parents.size() < 2) return std::nullopt;
  const RecipeTrials trials(parents, trace.models.a().model, trace.models.b().model, context);
  TriedRecipe best = SearchRecipe(trials);
  const auto& merge = trace.kinship() ? trace.kinship()->merge : std::optional<MergeFit>();
  const bool is_merge = merge && merge->is_merge;
  if (best.share < (is_merge ? kLeastShare : kShareWithoutMerge)) return std::nullopt;
  if (!IsOfSeveral(best.recipe)) return std::nullopt;
  FoundRecipe found{.recipe = std::move(best.recipe)};
  const MergeRun run = trials.Run(found.recipe, nullptr);
  for (const MergedTensor& tensor : run.tensors) {
    ++found.tensors;
    found.equal += tensor.state == MergedState::kEqual ? 1 : 0;
    found.read_off += tensor.state == MergedState::kReadOff ? 1 : 0;
  }
  const TrialScore score = ScoreOf(run);
  found.telling = score.telling;
  found.telling_equal = score.equal;
  found.yaml = YamlOf(found);
  return found;
}

std::optional<FoundRecipe> WriteFoundRecipe(const TraceResults& trace, const OutputTarget& target,
                                            const RequestContext& context) {
  auto found = FindRecipe(trace, context);
  if (!found) return found;
  OutputFile file(target);
  file.Write(found->yaml);
  file.Commit();
  return found;
}

}  // namespace modelkin
