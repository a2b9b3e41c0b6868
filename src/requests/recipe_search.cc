#include "requests/recipe_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "requests/recipe_builder.h"
#include "requests/recipe_trial.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

// Tensors that constant weights are tried on.
constexpr std::size_t kTriedTensors = 6;
constexpr std::uint64_t kSmallTensor = std::uint64_t{1} << 22;
constexpr std::uint64_t kTriedElements = std::uint64_t{1} << 25;
constexpr std::size_t kMostPoints = 8;
// A share of elements that come out by which a recipe is settled, and one that no other recipe has.
constexpr double kSettled = 0.9999, kNearlyAll = 0.9;
// A simpler recipe is as good that gives so many fewer.
constexpr double kAsGood = 1e-5;
constexpr double kFewestUnchanged = 0.02;
// Weights that DARE is tried with.
constexpr std::size_t kMostByChance = 3;
// Of DARE: a share that says more than that anything may have been kept, and how far below its
// density, or above, a share of kept changes is by more than chance.
constexpr double kSettledByChance = 0.999, kFewerKept = 0.03;

constexpr auto kRestGroup = static_cast<std::size_t>(TensorGroup::kRest);

class RecipeSearcher {
 public:
  RecipeSearcher(const RecipeTrials& trials, std::uint64_t parents)
      : trials_(trials), parents_(parents) {
    for (const TrialTensor& tensor : trials.tensors()) {
      groups_[static_cast<std::size_t>(tensor.group)].push_back(&tensor);
    }
  }

  TriedRecipe Search() {
    const bool base_is_parent =
        std::ranges::find(trials_.parents(), trials_.base()) != trials_.parents().end();
    TriedRecipe best;
    const auto consider = [&](TriedRecipe found) {
      if (found.share > best.share + kAsGood) best = std::move(found);
    };
    consider(Fitted(RecipeMethod::kLinear, &TrialTensor::linear));
    if (best.share < kSettled && parents_ == 2) {
      consider(Fitted(RecipeMethod::kSlerp, &TrialTensor::arc));
    }
    if (best.share < kSettled && !base_is_parent) {
      consider(Fitted(RecipeMethod::kTaskArithmetic, &TrialTensor::tasks));
      if (best.share < kSettled) consider(BySize());
      // What one recipe gives nearly all of is no other's.
      if (best.share < kNearlyAll && Unchanged() > kFewestUnchanged) consider(AtRandom());
    }
    if (best.share < kSettled) consider(Fitted(RecipeMethod::kLinear, &TrialTensor::free));
    return best;
  }

 private:
  using Samples = std::optional<WeightSample> TrialTensor::*;

  double Unchanged() const {
    std::vector<double> shares;
    for (const TrialTensor& tensor : trials_.tensors()) shares.push_back(tensor.unchanged);
    return Median(shares).value_or(0);
  }

  std::vector<WeightSample> SamplesOf(std::span<const TrialTensor* const> tensors,
                                      Samples samples) const {
    std::vector<WeightSample> list;
    for (const TrialTensor* const tensor : tensors) {
      if (tensor->*samples) list.push_back(*(tensor->*samples));
    }
    return list;
  }

  std::vector<const TrialTensor*> All() const {
    std::vector<const TrialTensor*> all;
    for (const auto& group : groups_) all.insert(all.end(), group.begin(), group.end());
    return all;
  }

  // Those that tell most.
  std::vector<std::string> Telling(std::vector<const TrialTensor*> tensors, Samples samples,
                                   std::size_t most) const {
    std::erase_if(tensors, [&](const TrialTensor* tensor) { return !(tensor->*samples); });
    // Large ones take long, and tell no more.
    std::ranges::stable_sort(tensors, std::ranges::greater(), [&](const TrialTensor* tensor) {
      return std::pair(tensor->elements <= kSmallTensor, (tensor->*samples)->evidence);
    });
    std::vector<std::string> names;
    std::uint64_t elements = 0;
    for (std::size_t i = 0; i < std::min(most, tensors.size()); ++i) {
      elements += tensors[i]->elements;
      if (i > 0 && elements > kTriedElements) break;
      names.push_back(tensors[i]->name);
    }
    return names;
  }

  double Share(const MergeRecipe& recipe, const std::vector<std::string>& names) const {
    return ScoreOf(trials_.Run(recipe, &names)).share();
  }

  // The simplest of the candidates that is as good as the best on the named tensors.
  template <class MakeRecipe>
  std::pair<MixWeights, double> Simplest(const std::vector<MixWeights>& candidates,
                                         const std::vector<std::string>& names,
                                         const MakeRecipe& make) const {
    std::vector<double> shares;
    for (const MixWeights& candidate : candidates) {
      shares.push_back(Share(make(candidate), names));
      if (shares.back() == 1) break;
    }
    const double most = *std::ranges::max_element(shares);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (shares[i] >= most - kAsGood) return {candidates[i], shares[i]};
    }
    return {candidates.front(), 0};
  }

  // Computed in the result's type, or in 32 bits and rounded when all is done.
  TriedRecipe Fitted(RecipeMethod method, Samples samples) const {
    const auto dtype = trials_.dtype_of_result();
    TriedRecipe own = FittedAs(method, samples, dtype, std::nullopt);
    if (own.share >= kSettled || !dtype || *dtype == DType::kF32) return own;
    TriedRecipe wide = FittedAs(method, samples, DType::kF32, dtype);
    return wide.share > own.share + kAsGood ? wide : own;
  }

  TriedRecipe FittedAs(RecipeMethod method, Samples samples, std::optional<DType> dtype,
                       std::optional<DType> out_dtype) const {
    const std::vector<const TrialTensor*> all = All();
    const std::vector<WeightSample> of_all = SamplesOf(all, samples);
    if (of_all.empty()) return {};
    const bool any_sum = samples == &TrialTensor::free;
    const bool sums = method == RecipeMethod::kLinear && !any_sum;
    const std::vector<std::string> names = Telling(all, samples, kTriedTensors);
    const MixWeights mean = MeanWeights(of_all);
    const auto make = [&](const GroupPoints& points) {
      MergeRecipe recipe = RecipeOf(trials_, method, points, any_sum);
      recipe.dtype = dtype;
      recipe.out_dtype = out_dtype;
      return recipe;
    };
    const auto everywhere = [&](const MixWeights& weights) {
      const WeightPoints points = ConstantPoints(weights);
      return make({points, points, points});
    };
    const auto [common, common_share] =
        Simplest(SimpleWeights(mean, Tolerance(of_all), sums), names, everywhere);
    if (common_share >= kSettled) return Confirmed(of_all, mean, sums, all, samples, everywhere);
    if (any_sum) return {everywhere(common), common_share};
    GroupPoints points;
    for (std::size_t i = 0; i < kTensorGroups; ++i) {
      if (!groups_[i].empty()) points[i] = PointsOf(samples, i, sums, ConstantPoints(common), make);
    }
    points[kRestGroup] = PointsOfRest(samples, points, make);
    const std::vector<std::string> more = NamesByLayer(all, samples);
    TriedRecipe best{everywhere(common), 0}, grouped{make(points), 0};
    best.share = Share(best.recipe, more);
    grouped.share = Share(grouped.recipe, more);
    return grouped.share > best.share + kAsGood ? grouped : best;
  }

  // Norms say too little of weights by themselves: they may have those of another group.
  template <class MakeRecipe>
  WeightPoints PointsOfRest(Samples samples, const GroupPoints& points,
                            const MakeRecipe& make) const {
    if (groups_[kRestGroup].empty()) return {};
    const std::vector<std::string> names = NamesByLayer(groups_[kRestGroup], samples);
    WeightPoints best = points[kRestGroup];
    double most = Share(make({best, best, best}), names);
    for (const WeightPoints& other : points) {
      if (other.empty() || other == best) continue;
      const double share = Share(make({other, other, other}), names);
      if (share > most + kAsGood) {
        most = share;
        best = other;
      }
    }
    return best;
  }

  // MixWeights that give all of a few tensors may miss elements of others: of those that do not,
  // the simplest, on as many as there is time for.
  template <class MakeRecipe>
  TriedRecipe Confirmed(const std::vector<WeightSample>& of_all, const MixWeights& mean, bool sums,
                        const std::vector<const TrialTensor*>& all, Samples samples,
                        const MakeRecipe& everywhere) const {
    const auto [weights, share] = Simplest(SimpleWeights(mean, Tolerance(of_all), sums),
                                           Telling(all, samples, all.size()), everywhere);
    return {everywhere(weights), share};
  }

  // How far a mean may be from what was written.
  static double Tolerance(const std::vector<WeightSample>& samples) {
    return samples.size() < 4 ? 0.01 : 0.004;
  }

  // Of each group and layer the one that tells most.
  std::vector<std::string> NamesByLayer(const std::vector<const TrialTensor*>& tensors,
                                        Samples samples) const {
    std::map<std::pair<TensorGroup, std::optional<std::uint32_t>>, const TrialTensor*> best;
    for (const TrialTensor* const tensor : tensors) {
      if (!(tensor->*samples)) continue;
      const TrialTensor*& own = best[{tensor->group, tensor->layer}];
      const auto better = [&](const TrialTensor* one) {
        return std::pair(one->elements <= kSmallTensor, (one->*samples)->evidence);
      };
      if (own == nullptr || better(own) < better(tensor)) own = tensor;
    }
    std::vector<std::string> names;
    names.reserve(best.size());
    for (const auto& [place, tensor] : best) names.push_back(tensor->name);
    return names;
  }

  // Means of each layer.
  std::vector<WeightSample> ByLayer(std::size_t group, Samples samples) const {
    std::map<std::uint32_t, std::vector<WeightSample>> layers;
    for (const TrialTensor* const tensor : groups_[group]) {
      if (tensor->*samples && tensor->layer) layers[*tensor->layer].push_back(*(tensor->*samples));
    }
    std::vector<WeightSample> means;
    means.reserve(layers.size());
    for (const auto& [layer, own] : layers) means.push_back({own.front().t, MeanWeights(own), 1});
    return means;
  }

  // Of a group by itself: the same weights in all layers, or points between which they lie.
  template <class MakeRecipe>
  WeightPoints PointsOf(Samples samples, std::size_t group, bool sums,
                        const WeightPoints& otherwise, const MakeRecipe& make) const {
    const auto own = [&](const WeightPoints& points) { return make({points, points, points}); };
    const std::vector<WeightSample> list = SamplesOf(groups_[group], samples);
    if (list.empty()) return otherwise;
    const std::vector<std::string> names = NamesByLayer(groups_[group], samples);
    const auto [weights, share] =
        Simplest(SimpleWeights(MeanWeights(list), Tolerance(list), sums), names,
                 [&](const MixWeights& candidate) { return own(ConstantPoints(candidate)); });
    WeightPoints best = ConstantPoints(weights);
    double most = share;
    const bool has_layers = group != kRestGroup;
    if (most >= kSettled || !has_layers) return best;
    const std::vector<WeightSample> layers = ByLayer(group, samples);
    for (const double tolerance : {0.02, 0.005, 0.001, 1e-4, 1e-5}) {
      for (const std::size_t points : {kMostPoints, layers.size()}) {
        const WeightPoints tried = PointsThrough(layers, tolerance, points);
        if (tried.empty()) continue;
        const double of_tried = Share(own(tried), names);
        if (of_tried > most + kAsGood) {
          most = of_tried;
          best = tried;
        }
        break;
      }
      if (most >= kSettled) break;
    }
    return best;
  }

  // The same of all tensors: weights of parents, and shares of their changes that are kept.
  MergeRecipe Sparse(RecipeMethod method, const MixWeights& weights,
                     const MixWeights& densities) const {
    const WeightPoints points = ConstantPoints(weights);
    MergeRecipe recipe = RecipeOf(trials_, method, {points, points, points});
    for (std::size_t i = 0; i < densities.size(); ++i) {
      recipe.slices[0].sources[i].parameters.emplace("density", ParameterSetting(densities[i]));
    }
    return recipe;
  }

  // TIES.
  TriedRecipe BySize() const {
    const std::vector<std::string> names = Telling(All(), &TrialTensor::tasks, kTriedTensors);
    std::vector<TiesFit> fits;
    for (const std::string& name : names) {
      if (const auto fit = FitTies(trials_.Values(name))) fits.push_back(*fit);
    }
    if (fits.empty()) return {};
    const auto of_sum_one = std::ranges::count(fits, true, &TiesFit::normalized);
    const bool normalized = 2 * of_sum_one > static_cast<std::ptrdiff_t>(fits.size());
    std::erase_if(fits, [&](const TiesFit& fit) { return fit.normalized != normalized; });
    const auto middle = [&](const auto& of) {
      MixWeights values;
      for (std::size_t i = 0; i < parents_; ++i) {
        std::vector<double> all;
        all.reserve(fits.size());
        for (const TiesFit& fit : fits) all.push_back(of(fit)[i]);
        values.push_back(*Median(all));
      }
      return values;
    };
    const MixWeights weights = middle([](const TiesFit& fit) { return fit.weights; });
    MixWeights densities = middle([](const TiesFit& fit) { return fit.densities; });
    for (double& density : densities) density = std::round(100 * density) / 100;
    TriedRecipe best;
    for (const MixWeights& candidate : SimpleWeights(weights, 0.02, normalized)) {
      TriedRecipe tried{.recipe = Sparse(RecipeMethod::kTies, candidate, densities)};
      if (!normalized) tried.recipe.parameters.emplace("normalize", ParameterSetting(0.0));
      tried.share = Share(tried.recipe, names);
      if (tried.share > best.share + kAsGood) best = std::move(tried);
      if (best.share >= kSettled) break;
    }
    return best;
  }

  // DARE. MixWeights are means over what was kept and what was not; densities are what kept changes
  // were made larger by.
  TriedRecipe AtRandom() const {
    const std::vector<const TrialTensor*> all = All();
    const std::vector<WeightSample> samples = SamplesOf(all, &TrialTensor::tasks);
    if (samples.empty()) return {};
    const std::vector<std::string> names = Telling(all, &TrialTensor::tasks, 3);
    const double guess = 1 - std::pow(Unchanged(), 1 / static_cast<double>(parents_));
    auto candidates = SimpleWeights(MeanWeights(samples), 0.05, false);
    if (candidates.size() > kMostByChance) candidates.resize(kMostByChance);
    for (const MixWeights& weights : candidates) {
      MixWeights densities(parents_, guess);
      MergeRun run;
      for (int round = 0; round < 3; ++round) {
        // Nothing that is near comes of densities that are near.
        if (round > 0 && ScoreOf(run).share() < kNearlyAll) break;
        run = trials_.Run(Sparse(RecipeMethod::kDareLinear, weights, densities), &names);
        for (std::size_t i = 0; i < densities.size(); ++i) {
          std::vector<double> scales;
          for (const MergedTensor& tensor : run.tensors) {
            if (i < tensor.readings.scales.size()) scales.push_back(tensor.readings.scales[i]);
          }
          const auto scale = Median(scales);
          if (scale && *scale > 1) densities[i] = std::round(100 / *scale) / 100;
        }
      }
      // What may be kept or not explains a part of anything: only all of it tells.
      const double share = ScoreOf(run).share();
      if (share < kSettledByChance) continue;
      if (KeptTooMany(run, densities)) continue;
      const bool by_sign = !KeptAsMany(run, densities);
      return {
          Sparse(by_sign ? RecipeMethod::kDareTies : RecipeMethod::kDareLinear, weights, densities),
          share};
    }
    return {};
  }

  // Whether more changes of a model were kept than its density says.
  static bool KeptTooMany(const MergeRun& run, const MixWeights& densities) {
    MergeCounts counts;
    for (const MergedTensor& tensor : run.tensors) counts.Add(tensor.counts);
    for (std::size_t i = 0; i < densities.size() && i < counts.known.size(); ++i) {
      const auto known = static_cast<double>(counts.known[i]);
      if (static_cast<double>(counts.kept[i]) > (densities[i] + kFewerKept) * known) return true;
    }
    return false;
  }

  // Whether as many changes were kept as densities say: with DARE TIES, those whose sign lost look
  // as if they had been dropped.
  static bool KeptAsMany(const MergeRun& run, const MixWeights& densities) {
    MergeCounts counts;
    for (const MergedTensor& tensor : run.tensors) counts.Add(tensor.counts);
    for (std::size_t i = 0; i < densities.size() && i < counts.known.size(); ++i) {
      if (counts.known[i] == 0) continue;
      const double kept =
          static_cast<double>(counts.kept[i]) / static_cast<double>(counts.known[i]);
      if (kept < densities[i] - kFewerKept) return false;
    }
    return true;
  }

  const RecipeTrials& trials_;
  std::uint64_t parents_;
  std::array<std::vector<const TrialTensor*>, kTensorGroups> groups_;
};

}  // namespace

TriedRecipe SearchRecipe(const RecipeTrials& trials) {
  return RecipeSearcher(trials, trials.parents().size()).Search();
}

}  // namespace modelkin
