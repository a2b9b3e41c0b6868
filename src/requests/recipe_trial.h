// Recipes carried out on some tensors of a merge, and weights fitted to these.
#ifndef MODELKIN_REQUESTS_RECIPE_TRIAL_H_
#define MODELKIN_REQUESTS_RECIPE_TRIAL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "merging/merge_run.h"
#include "model/opened_model.h"
#include "requests/recipe_values.h"
#include "requests/request_context.h"
#include "requests/ties_fit.h"

namespace modelkin {

// Tensors that recipes tell apart by a part of their names.
enum class TensorGroup : std::uint8_t { kAttention, kMlp, kRest };
inline constexpr std::size_t kTensorGroups = 3;

// A tensor that weights are fitted to.
struct TrialTensor {
  std::string name;
  TensorGroup group = TensorGroup::kRest;
  std::optional<std::uint32_t> layer;
  double t = 0;
  // Of each way to merge (sums of 1, any sums, changes of the base, an arc): weights of parents;
  // nothing where they can't be told apart.
  std::optional<WeightSample> linear, free, tasks, arc;
  double unchanged = 0;  // share of elements where all parents moved off the base and B did not
};

class RecipeTrials {
 public:
  // `base` may be null. `names`: what recipes call the models, the base last.
  RecipeTrials(std::vector<std::shared_ptr<const OpenedModel>> parents,
               std::shared_ptr<const OpenedModel> base, std::shared_ptr<const OpenedModel> result,
               const RequestContext& context);

  const std::vector<std::string>& parents() const { return parent_names_; }
  const std::string& base() const { return base_name_; }
  const std::vector<TrialTensor>& tensors() const { return tensors_; }
  std::uint32_t layers() const { return layers_; }
  // What names of a group hold: "self_attn"; "" of the rest.
  const std::string& FilterOf(TensorGroup group) const {
    return filters_[static_cast<std::size_t>(group)];
  }
  // The type of B's tensors, where it has only one.
  std::optional<DType> dtype_of_result() const { return result_dtype_; }

  // Elements of a tensor of tensors(), the first 2^18 of a larger one.
  TrialValues Values(const std::string& name) const;

  // Carries out the recipe on the named tensors, or on all of them.
  MergeRun Run(const MergeRecipe& recipe, const std::vector<std::string>* names) const;

 private:
  void ChooseFilters();
  void FitTensors();
  TrialValues ValuesOf(const PlannedTensor& planned) const;
  TrialTensor Fit(const PlannedTensor& planned) const;

  std::vector<std::shared_ptr<const OpenedModel>> parents_;
  std::shared_ptr<const OpenedModel> base_, result_;
  const RequestContext& context_;
  std::vector<std::string> parent_names_;
  std::string base_name_;
  bool stacked_ = false;
  std::vector<std::string> filters_;
  std::vector<TrialTensor> tensors_;
  std::uint32_t layers_ = 0;
  std::optional<DType> result_dtype_;
  // The plan that tensors were fitted by, which the run of a recipe points into.
  mutable std::vector<std::shared_ptr<const MergePlan>> plans_;
};

// Elements of a run where models differ, and those that came out.
struct TrialScore {
  std::uint64_t telling = 0, equal = 0;

  double share() const {
    return telling == 0 ? 0 : static_cast<double>(equal) / static_cast<double>(telling);
  }
};
TrialScore ScoreOf(const MergeRun& run);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RECIPE_TRIAL_H_
