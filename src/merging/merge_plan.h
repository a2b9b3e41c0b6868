// Which tensors a merge makes, each of which tensors of which models.
#ifndef MODELKIN_MERGING_MERGE_PLAN_H_
#define MODELKIN_MERGING_MERGE_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "merging/merge_recipe.h"
#include "merging/source_catalogue.h"
#include "model/opened_model.h"

namespace modelkin {

struct PlannedSource {
  std::size_t model = 0;                 // of MergeRecipe::Models()
  const SourceTensor* tensor = nullptr;  // into MergePlan::catalogues
  double weight = 1, density = 1;
  std::optional<double> scale;  // of passthrough
};

struct PlannedTensor {
  std::string name;
  Shape shape;
  std::uint64_t elements = 0;
  DType dtype = DType::kF32;  // that is computed in
  DType out_dtype = DType::kF32;
  RecipeMethod method = RecipeMethod::kLinear;
  std::vector<PlannedSource> sources;  // without the base where changes are taken from it
  std::optional<PlannedSource> base;   // of slerp and of what adds changes
  bool normalize = false, rescale = false;
  double lambda = 1, t = 0;
  bool is_copied = false;  // all sources hold the same whole numbers, which are not merged
  std::string skipped;     // why it is not re-executed; "" where it is
};

struct MergePlan {
  std::vector<PlannedTensor> tensors;  // in natural order of names
  std::uint32_t layers = 0;
  std::vector<std::string> warnings;                               // printable lines
  std::vector<std::shared_ptr<const SourceCatalogue>> catalogues;  // of each model
};

// Whether the experts of these models are merged as one tensor where there is no result to see it
// by: as mergekit does of families that it knows to be stored so.
bool MergesStackedExperts(const std::vector<std::shared_ptr<const OpenedModel>>& models);

// `models`: those of recipe.Models(), in its order. Throws Error(kBadInput) that names the tensor
// and the model: where a model lacks a tensor or a layer, shapes differ, a parameter is missing or
// weights are stored in forms that are no floats.
MergePlan PlanMerge(const std::string& label, const MergeRecipe& recipe,
                    const std::vector<std::shared_ptr<const OpenedModel>>& models,
                    bool stacked_experts);

}  // namespace modelkin

#endif  // MODELKIN_MERGING_MERGE_PLAN_H_
