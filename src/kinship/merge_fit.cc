#include "kinship/merge_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "kinship/merge_algebra.h"
#include "kinship/sparse_merge.h"
#include "lineage/unit_matrix.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kFewestMergeElements = 256;
constexpr std::uint64_t kMergeValuesAtOnce = std::uint64_t{1} << 16;
constexpr std::size_t kFewestTensors = 3;
// A merge explains most of what separates B from its nearest parent, with weights that are alike in
// all tensors and of some size.
constexpr double kExplained = 0.5, kWidestInterval = 0.2;
constexpr double kOverNoise = 1.05;
// Of a tensor that a mixture explains nothing of.
constexpr double kLeastShare = 1e-3;
constexpr int kSlerpSteps = 1000;

// Inner products of B (last) and the parents, of one tensor, over |B|^2; of their differences from
// the base where there is one.
struct Products {
  std::string name;
  std::size_t parents = 0;
  std::uint64_t elements = 0;
  double noise = 0;  // of a grid, in |B - mixture|^2
  Vector values;     // (parents + 1)^2

  double At(std::size_t i, std::size_t j) const { return values[i * (parents + 1) + j]; }
};

std::optional<Products> InnerProducts(const ModelParts& b, const Part& part,
                                      const std::vector<const ModelParts*>& parents,
                                      const ModelParts* base) {
  std::vector<const ModelParts*> models = parents;
  models.push_back(&b);
  if (base != nullptr) models.push_back(base);
  std::vector<Tensor> lists;  // readers point to them
  lists.reserve(models.size());
  std::vector<UnitReader> readers;
  for (const ModelParts* model : models) {
    const Part* const own = model->Find(part.tensor->name);
    if (own == nullptr || own->tensor->shape != part.tensor->shape) return std::nullopt;
    Tensor& list = lists.emplace_back(*own->tensor);
    list.shape = {list.elements, 1};
    readers.emplace_back(model->checkpoint, list, 1);
  }
  const std::size_t size = parents.size() + 1;
  Products products{.name = part.tensor->name,
                    .parents = parents.size(),
                    .elements = part.tensor->elements,
                    .values = Vector(size * size)};
  std::vector<std::vector<float>> values(models.size());
  double squares = 0;
  for (std::uint64_t at = 0; at < part.tensor->elements; at += kMergeValuesAtOnce) {
    const std::uint64_t count = std::min(kMergeValuesAtOnce, part.tensor->elements - at);
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (!readers[i].Read(at, count, values[i])) return std::nullopt;
    }
    for (std::uint64_t k = 0; k < count; ++k) {
      const double of_b = values[parents.size()][k];
      squares += of_b * of_b;
      const double origin = base != nullptr ? values.back()[k] : 0;
      for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          products.values[i * size + j] += (values[i][k] - origin) * (values[j][k] - origin);
        }
      }
    }
  }
  if (!(squares > 0)) return std::nullopt;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      products.values[i * size + j] /= squares;
      products.values[j * size + i] = products.values[i * size + j];
    }
  }
  return products;
}

// |B - sum of weighted parents|^2 over |B|^2.
double Left(const Products& products, const Vector& weights) {
  const std::size_t k = products.parents;
  double left = products.At(k, k);
  for (std::size_t i = 0; i < k; ++i) {
    left -= 2 * weights[i] * products.At(i, k);
    for (std::size_t j = 0; j < k; ++j) left += weights[i] * weights[j] * products.At(i, j);
  }
  return std::max(0.0, left);
}

double LeftByBestParent(const Products& products) {
  double least = HUGE_VAL;
  for (std::size_t i = 0; i < products.parents; ++i) {
    Vector alone(products.parents, 0);
    alone[i] = 1;
    least = std::min(least, Left(products, alone));
  }
  return least;
}

// With a sum of 1: differences from the first parent, which tell parents of one origin apart far
// better than they themselves do. Free: of task arithmetic, whose products are differences already.
std::optional<Vector> Weights(const Products& products, bool sum_is_one) {
  const std::size_t k = products.parents, first = sum_is_one ? 1 : 0, size = k - first;
  const auto at = [&](std::size_t i, std::size_t j) {
    if (!sum_is_one) return products.At(i, j);
    return products.At(i, j) - products.At(i, 0) - products.At(0, j) + products.At(0, 0);
  };
  Vector matrix(size * size), right(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix[i * size + j] = at(i + first, j + first);
    right[i] = at(i + first, k);
  }
  auto solved = Solve(std::move(matrix), std::move(right));
  if (!solved || !sum_is_one) return solved;
  solved->insert(solved->begin(), 1 - std::accumulate(solved->begin(), solved->end(), 0.0));
  return solved;
}

Vector SlerpWeights(const Products& products, double t) {
  const double cosine = products.At(0, 1) / std::sqrt(products.At(0, 0) * products.At(1, 1));
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
  if (angle < 1e-6) return {1 - t, t};
  return {std::sin((1 - t) * angle) / std::sin(angle), std::sin(t * angle) / std::sin(angle)};
}

// Nothing, where noise is nearly all that there is to explain.
std::optional<double> Explained(double before, double left, double noise) {
  if (!(before > kOverNoise * noise) || before == 0) return std::nullopt;
  return 1 - std::max(0.0, left - noise) / (before - noise);
}

Vector EvidenceOf(const MergeFit& fit) {
  Vector evidence;
  for (const TensorMix& tensor : fit.tensors) evidence.push_back(tensor.evidence);
  return evidence;
}

template <class WeightsOf>
MergeFit FitEach(const std::vector<Products>& all, MergeMethod method,
                 const WeightsOf& weights_of) {
  MergeFit fit{.method = method};
  for (const Products& products : all) {
    const auto weights = weights_of(products);
    if (!weights) continue;
    const double left = Left(products, *weights), before = LeftByBestParent(products);
    const auto share = Explained(before, left, products.noise);
    fit.tensors.push_back({.name = products.name,
                           .weights = *weights,
                           .explained = share,
                           .residual = std::sqrt(left),
                           .evidence = static_cast<double>(products.elements) *
                                       std::clamp(share.value_or(0), kLeastShare, 1.0)});
  }
  if (fit.tensors.empty()) return fit;
  SummariseTensors(fit);
  Vector common;
  for (const WeightEstimate& weight : fit.weights) common.push_back(weight.mean);
  double left = 0;
  for (const Products& products : all) left += Left(products, common);
  fit.common_residual = std::sqrt(left / static_cast<double>(all.size()));
  fit.is_merge = LooksLikeAMerge(fit);
  return fit;
}

// The t of one tensor that leaves the least, by a grid: it is known to half a step.
double BestArc(const Products& products) {
  double best = 0, least = HUGE_VAL;
  for (int i = 0; i <= kSlerpSteps; ++i) {
    const double t = static_cast<double>(i) / kSlerpSteps;
    const double left = Left(products, SlerpWeights(products, t));
    if (left < least) {
      least = left;
      best = t;
    }
  }
  return best;
}

MergeFit FitSlerp(const std::vector<Products>& all) {
  MergeFit fit = FitEach(all, MergeMethod::kSlerp, [](const Products& products) {
    return std::optional<Vector>(SlerpWeights(products, BestArc(products)));
  });
  Vector arcs;
  for (const Products& products : all) arcs.push_back(BestArc(products));
  const WeightEstimate t = Estimate(arcs, EvidenceOf(fit));
  fit.weights = {{.mean = 1 - t.mean,
                  .low = 1 - t.high,
                  .high = 1 - t.low,
                  .tensors_low = 1 - t.tensors_high,
                  .tensors_high = 1 - t.tensors_low},
                 t};
  double left = 0;
  for (const Products& products : all) left += Left(products, SlerpWeights(products, t.mean));
  fit.common_residual = std::sqrt(left / static_cast<double>(all.size()));
  fit.is_merge = LooksLikeAMerge(fit);
  return fit;
}

std::vector<Products> AllProducts(const ModelParts& b,
                                  const std::vector<const ModelParts*>& parents,
                                  const ModelParts* base, const GridNoise& noise, unsigned threads,
                                  Progress& progress) {
  std::vector<std::optional<Products>> found(b.parts.size());
  ParallelFor(threads, b.parts.size(), [&](std::size_t i, unsigned) {
    const Part& part = b.parts[i];
    if (part.tensor->elements >= kFewestMergeElements)
      found[i] = InnerProducts(b, part, parents, base);
    progress.Advance(part.tensor->elements);
  });
  std::vector<Products> all;
  for (auto& products : found) {
    if (!products) continue;
    const auto known = noise.find(products->name);
    if (known != noise.end()) products->noise = known->second;
    all.push_back(std::move(*products));
  }
  return all;
}

}  // namespace

std::string_view MergeMethodName(MergeMethod method) {
  switch (method) {
    case MergeMethod::kLinear: return "linear";
    case MergeMethod::kSlerp: return "slerp";
    case MergeMethod::kTaskArithmetic: return "task_arithmetic";
    case MergeMethod::kDare: return "dare";
    case MergeMethod::kTies: return "ties";
  }
  return "";
}

void SummariseTensors(MergeFit& fit) {
  Vector explained, residuals;
  for (const TensorMix& tensor : fit.tensors) {
    explained.push_back(tensor.explained.value_or(0));
    residuals.push_back(tensor.residual);
  }
  fit.explained = Median(explained);
  fit.residual = Median(residuals).value_or(0);
  for (std::size_t i = 0; i < fit.tensors.front().weights.size(); ++i) {
    Vector values;
    for (const TensorMix& tensor : fit.tensors) values.push_back(tensor.weights[i]);
    fit.weights.push_back(Estimate(values, EvidenceOf(fit)));
  }
}

bool LooksLikeAMerge(const MergeFit& fit) {
  if (fit.tensors.size() < kFewestTensors || fit.explained.value_or(0) < kExplained) return false;
  std::size_t used = 0;
  for (const WeightEstimate& weight : fit.weights) {
    if (weight.high - weight.low > kWidestInterval) return false;
    used += weight.mean > kLeastMergeWeight ? 1 : 0;
  }
  return used >= 2;
}

MergeFit FitMerge(const ModelParts& b, const std::vector<const ModelParts*>& parents,
                  const ModelParts* base, const GridNoise& noise, unsigned threads,
                  Progress& progress) {
  progress.Begin("fitting a merge", b.checkpoint.total_elements() * (base == nullptr ? 1 : 3));
  const auto all = AllProducts(b, parents, nullptr, noise, threads, progress);
  MergeFit best = FitEach(all, MergeMethod::kLinear,
                          [](const Products& products) { return Weights(products, true); });
  if (best.tensors.empty()) {
    best.skipped = "no tensor of the same name and shape in B and all parents tells them apart";
    return best;
  }
  const auto consider = [&](MergeFit fit) {
    // One that fits as well is not more than the simpler one.
    const bool better = fit.common_residual < 0.9 * best.common_residual;
    if (fit.is_merge && (!best.is_merge || better)) best = std::move(fit);
  };
  if (parents.size() == 2) consider(FitSlerp(all));
  if (base != nullptr) {
    const auto changes = AllProducts(b, parents, base, noise, threads, progress);
    MergeFit tasks = FitEach(changes, MergeMethod::kTaskArithmetic,
                             [](const Products& products) { return Weights(products, false); });
    consider(std::move(tasks));
    consider(FitSparseMerge(b, parents, *base, threads, progress));
  }
  return best;
}

}  // namespace modelkin
