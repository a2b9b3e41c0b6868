#include "requests/recipe_trial.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/parallel.h"
#include "kinship/merge_algebra.h"
#include "merging/value_reader.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kFittedElements = std::uint64_t{1} << 18;
constexpr std::uint64_t kFewestFitted = 64;

// Sums over elements of one tensor that all fits are made of.
struct FitSums {
  std::size_t parents = 0;
  Vector products;      // of all parents, then B, as they are: (parents + 1)^2
  Vector changes;       // the same of differences from the base
  double smallest = 0;  // squares of B's steps
  std::uint64_t moved = 0, unmoved = 0;

  double At(const Vector& of, std::size_t i, std::size_t j) const {
    return of[i * (parents + 1) + j];
  }
};

std::optional<Vector> TaskWeights(const FitSums& sums) {
  const std::size_t size = sums.parents;
  Vector matrix(size * size), right(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] = sums.At(sums.changes, i, j);
    right[i] = sums.At(sums.changes, i, size);
  }
  return Solve(std::move(matrix), std::move(right));
}

std::optional<Vector> FreeWeights(const FitSums& sums) {
  const std::size_t size = sums.parents;
  Vector matrix(size * size), right(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] = sums.At(sums.products, i, j);
    right[i] = sums.At(sums.products, i, size);
  }
  return Solve(std::move(matrix), std::move(right));
}

// With a sum of 1.
std::optional<Vector> LinearWeights(const FitSums& sums) {
  const std::size_t size = sums.parents - 1;
  const auto at = [&](std::size_t i, std::size_t j) {
    return sums.At(sums.products, i, j) - sums.At(sums.products, i, 0) -
           sums.At(sums.products, 0, j) + sums.At(sums.products, 0, 0);
  };
  Vector matrix(size * size), right(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] = at(i + 1, j + 1);
    right[i] = at(i + 1, size + 1);
  }
  auto weights = Solve(std::move(matrix), std::move(right));
  if (!weights) return weights;
  double first = 1;
  for (const double weight : *weights) first -= weight;
  weights->insert(weights->begin(), first);
  return weights;
}

// The t of two parents whose factors on the arc are as those of B.
std::optional<double> ArcPlace(const FitSums& sums) {
  const double aa = sums.At(sums.products, 0, 0), bb = sums.At(sums.products, 1, 1);
  const double ab = sums.At(sums.products, 0, 1);
  const double determinant = aa * bb - ab * ab;
  if (!(determinant > 1e-9 * aa * bb)) return std::nullopt;
  const double ra = sums.At(sums.products, 0, 2), rb = sums.At(sums.products, 1, 2);
  const double first = (ra * bb - rb * ab) / determinant;
  const double second = (rb * aa - ra * ab) / determinant;
  const double cosine = std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
  if (std::abs(cosine) > 0.9995) return second / (first + second);
  const double angle = std::acos(cosine);
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double t = (low + high) / 2;
    const bool beyond = std::sin(t * angle) * first > std::sin((1 - t) * angle) * second;
    (beyond ? high : low) = t;
  }
  return (low + high) / 2;
}

}  // namespace

TrialScore ScoreOf(const MergeRun& run) {
  TrialScore score;
  for (const MergedTensor& tensor : run.tensors) {
    score.telling += tensor.counts.telling;
    score.equal += tensor.counts.telling_equal;
  }
  return score;
}

RecipeTrials::RecipeTrials(std::vector<std::shared_ptr<const OpenedModel>> parents,
                           std::shared_ptr<const OpenedModel> base,
                           std::shared_ptr<const OpenedModel> result, const RequestContext& context)
    : parents_(std::move(parents)),
      base_(std::move(base)),
      result_(std::move(result)),
      context_(context),
      stacked_(HasStackedExperts(result_->checkpoint())) {
  for (const auto& parent : parents_) parent_names_.push_back(parent->path());
  base_name_ = base_->path();
  std::set<DType> types;
  for (const Tensor& tensor : result_->checkpoint().tensors()) {
    if (IsFloatingPoint(tensor.dtype)) types.insert(tensor.dtype);
  }
  if (types.size() == 1) result_dtype_ = *types.begin();
  ChooseFilters();
  FitTensors();
}

void RecipeTrials::ChooseFilters() {
  const auto first_of = [&](std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
      for (const Tensor& tensor : result_->checkpoint().tensors()) {
        if (tensor.name.find(word) != std::string::npos) return std::string(word);
      }
    }
    return std::string();
  };
  filters_ = {first_of({"self_attn", "attn.", "attention."}),
              first_of({"mlp", "feed_forward", "block_sparse_moe", "ffn"}), ""};
}

void RecipeTrials::FitTensors() {
  MergeRecipe recipe{.method = RecipeMethod::kTaskArithmetic, .base = base_name_};
  recipe.parameters.emplace("weight", ParameterSetting(1.0));
  RecipeSlice& slice = recipe.slices.emplace_back();
  std::vector<std::shared_ptr<const OpenedModel>> models;
  for (std::size_t i = 0; i < parents_.size(); ++i) {
    if (parent_names_[i] == base_name_) recipe.method = RecipeMethod::kLinear;
    slice.sources.push_back({.model = parent_names_[i]});
  }
  for (const std::string& name : recipe.Models()) {
    const auto at = std::ranges::find(parent_names_, name);
    models.push_back(at == parent_names_.end()
                         ? base_
                         : parents_[static_cast<std::size_t>(at - parent_names_.begin())]);
  }
  const auto plan =
      std::make_shared<const MergePlan>(PlanMerge(result_->path(), recipe, models, stacked_));
  layers_ = plan->layers;
  std::vector<std::optional<TrialTensor>> fitted(plan->tensors.size());
  context_.progress->BeginCount("fitting weights", plan->tensors.size(), "tensors");
  ParallelFor(context_.threads, plan->tensors.size(), [&](std::size_t i, unsigned) {
    const PlannedTensor& planned = plan->tensors[i];
    const Tensor* const own = result_->checkpoint().Find(planned.name);
    const bool fits = own != nullptr && own->shape == planned.shape && own->coded == nullptr &&
                      !planned.is_copied && planned.elements >= kFewestFitted &&
                      FitsFloat(own->dtype);
    if (fits) fitted[i] = Fit(planned);
    context_.progress->Advance(1);
  });
  plans_.push_back(plan);
  for (auto& tensor : fitted) {
    if (tensor) tensors_.push_back(std::move(*tensor));
  }
}

TrialValues RecipeTrials::ValuesOf(const PlannedTensor& planned) const {
  const Tensor& own = *result_->checkpoint().Find(planned.name);
  const SourceTensor of_b{own.name, own.shape, own.elements, own.dtype, {&own}};
  const std::uint64_t count = std::min(kFittedElements, planned.elements);
  TrialValues values{.base = std::vector<float>(count),
                     .result = {},
                     .parents = std::vector<std::vector<float>>(parents_.size()),
                     .step = own.dtype == DType::kBF16  ? 0x1p-8
                             : own.dtype == DType::kF16 ? 0x1p-11
                                                        : 0x1p-24};
  for (std::size_t i = 0; i < parents_.size(); ++i) {
    ValueReader(parents_[i]->checkpoint(), *planned.sources[i].tensor, planned.dtype)
        .Read(0, count, values.parents[i]);
  }
  ValueReader(result_->checkpoint(), of_b, own.dtype).Read(0, count, values.result);
  if (planned.base) {
    ValueReader(base_->checkpoint(), *planned.base->tensor, planned.dtype)
        .Read(0, count, values.base);
  }
  return values;
}

TrialValues RecipeTrials::Values(const std::string& name) const {
  const auto& tensors = plans_.front()->tensors;
  return ValuesOf(*std::ranges::find(tensors, name, &PlannedTensor::name));
}

TrialTensor RecipeTrials::Fit(const PlannedTensor& planned) const {
  TrialTensor tensor{.name = planned.name};
  for (const TensorGroup group : {TensorGroup::kMlp, TensorGroup::kAttention}) {
    const std::string& filter = FilterOf(group);
    if (!filter.empty() && planned.name.find(filter) != std::string::npos) tensor.group = group;
  }
  if (const auto found = FindLayerName(planned.name)) {
    tensor.layer = found->layer;
    tensor.t = layers_ > 1 ? std::min(1.0, static_cast<double>(found->layer) / (layers_ - 1)) : 1;
  }
  const TrialValues values = ValuesOf(planned);
  const std::size_t size = parents_.size() + 1;
  FitSums sums{
      .parents = parents_.size(), .products = Vector(size * size), .changes = Vector(size * size)};
  const double step = values.step;
  Vector plain(size), change(size);
  for (std::size_t k = 0; k < values.result.size(); ++k) {
    bool all_moved = true;
    for (std::size_t i = 0; i < size; ++i) {
      const double base = values.base[k];
      plain[i] = i + 1 < size ? values.parents[i][k] : values.result[k];
      change[i] = plain[i] - base;
      if (i + 1 < size) all_moved = all_moved && std::abs(change[i]) > 4 * step * std::abs(base);
    }
    if (planned.base && all_moved) {
      ++sums.moved;
      sums.unmoved += values.result[k] == values.base[k] ? 1 : 0;
    }
    sums.smallest += step * step * plain.back() * plain.back() / 3;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        sums.products[i * size + j] += plain[i] * plain[j];
        sums.changes[i * size + j] += change[i] * change[j];
      }
    }
  }
  double apart = 0;  // squares by which the second parent differs from the first
  if (parents_.size() > 1) {
    apart = sums.At(sums.products, 1, 1) - 2 * sums.At(sums.products, 0, 1) +
            sums.At(sums.products, 0, 0);
  }
  const double noise = sums.smallest / static_cast<double>(values.result.size()) + 1e-30;
  const auto sample = [&](std::optional<Vector> weights, double squares) {
    if (!weights) return std::optional<WeightSample>();
    return std::optional<WeightSample>({tensor.t, std::move(*weights), squares / noise});
  };
  tensor.linear = parents_.size() > 1 ? sample(LinearWeights(sums), apart) : std::nullopt;
  tensor.free = sample(FreeWeights(sums), apart);
  if (planned.base) tensor.tasks = sample(TaskWeights(sums), sums.At(sums.changes, 0, 0));
  if (parents_.size() == 2) {
    if (const auto t = ArcPlace(sums)) tensor.arc = sample(Vector{*t}, apart);
  }
  if (sums.moved > 0) {
    tensor.unchanged = static_cast<double>(sums.unmoved) / static_cast<double>(sums.moved);
  }
  return tensor;
}

MergeRun RecipeTrials::Run(const MergeRecipe& recipe, const std::vector<std::string>* names) const {
  std::vector<std::shared_ptr<const OpenedModel>> models;
  std::vector<const Checkpoint*> checkpoints;
  for (const std::string& name : recipe.Models()) {
    const auto at = std::ranges::find(parent_names_, name);
    models.push_back(at == parent_names_.end()
                         ? base_
                         : parents_[static_cast<std::size_t>(at - parent_names_.begin())]);
    checkpoints.push_back(&models.back()->checkpoint());
  }
  MergePlan plan = PlanMerge(result_->path(), recipe, models, stacked_);
  if (names != nullptr) {
    std::erase_if(plan.tensors, [&](const PlannedTensor& planned) {
      return std::ranges::find(*names, planned.name) == names->end();
    });
  }
  plans_.push_back(std::make_shared<const MergePlan>(std::move(plan)));
  MergeRun run = RunMerge(*plans_.back(), checkpoints, &result_->checkpoint(), {}, context_.threads,
                          *context_.progress);
  // Of trials, only what they came to is asked for.
  if (names != nullptr) {
    for (MergedTensor& tensor : run.tensors) tensor.planned = nullptr;
    plans_.pop_back();
  }
  return run;
}

}  // namespace modelkin
