#include "kinship/sparse_merge.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "base/parallel.h"
#include "kinship/rounding.h"
#include "lineage/unit_matrix.h"
#include "statistics/median.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSampledElements = std::uint64_t{1} << 18;
// Elements tell something where a parent changed by so many steps of the stored type.
constexpr double kTellingSteps = 4;
constexpr std::size_t kFewestTelling = 256;
constexpr double kLeastUnchanged = 0.05, kExplainedBySets = 0.9;
// Mean size of the changes that were not kept, over that of the others: 1 where chance dropped
// them.
constexpr double kDroppedAreSmall = 0.75;
// Of the elements that changed, for which one parent alone speaks.
constexpr double kLeastOwnShare = 0.01;
constexpr int kLloydSteps = 12;

// Elements of one tensor, as differences from the base.
struct Changes {
  std::size_t parents = 0;
  Vector of_b;                           // of those that changed
  std::vector<Vector> of_parent;         // of the same elements
  std::uint64_t telling = 0;             // elements where a parent changed
  std::vector<std::uint8_t> changed_by;  // bit i: parent i changed the element
  Vector step;                           // of the stored type
  // The same of telling elements that are the base's in B.
  std::vector<Vector> dropped;
  std::vector<std::uint8_t> dropped_changed_by;
  Vector dropped_step;
  double sizes = 0, sizes_kept = 0;  // sums of the largest change of a parent, of all and of those
  double squares_of_b = 0;           // of all elements read
  double noise = 0;                  // squares that rounding adds to of_b

  std::uint64_t nearly = 0;  // of those in of_b, one to two steps from the base

  // Of telling elements. Where changes are dense, as many lie within a step as in the next one.
  double unchanged_share() const {
    const double within = static_cast<double>(telling) - static_cast<double>(of_b.size());
    return std::max(0.0, within - static_cast<double>(nearly)) / static_cast<double>(telling);
  }
};

std::optional<Changes> ReadChanges(const ModelParts& b, const Part& part,
                                   const std::vector<const ModelParts*>& parents,
                                   const ModelParts& base) {
  std::vector<const ModelParts*> models = {&b, &base};
  models.insert(models.end(), parents.begin(), parents.end());
  std::vector<std::vector<float>> values(models.size());
  double rounding = 0;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const Part* const own = models[i]->Find(part.tensor->name);
    if (own == nullptr || own->tensor->shape != part.tensor->shape) return std::nullopt;
    Tensor list = *own->tensor;
    list.shape = {list.elements, 1};
    const UnitReader reader(models[i]->checkpoint, list, 1);
    if (!reader.Read(0, std::min(kSampledElements, list.elements), values[i])) return std::nullopt;
    rounding = std::max(rounding, RelativeRounding(own->tensor->dtype));
  }
  Changes changes{.parents = parents.size(),
                  .of_parent = std::vector<Vector>(parents.size()),
                  .dropped = std::vector<Vector>(parents.size())};
  for (std::size_t k = 0; k < values[0].size(); ++k) {
    const double own = values[0][k], origin = values[1][k];
    changes.squares_of_b += own * own;
    // Of the base: what B has must not say which elements are looked at.
    const double step = 2 * rounding * std::abs(origin);
    double largest = 0;
    unsigned changed_by = 0;
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const double change = std::abs(values[i + 2][k] - origin);
      largest = std::max(largest, change);
      if (!(change > kTellingSteps * step)) continue;
      changed_by |= 1U << i;
    }
    if (changed_by == 0) continue;
    ++changes.telling;
    changes.sizes += largest;
    const bool dropped = std::abs(own - origin) <= step;
    auto& of_parent = dropped ? changes.dropped : changes.of_parent;
    for (std::size_t i = 0; i < parents.size(); ++i) {
      of_parent[i].push_back(values[i + 2][k] - origin);
    }
    (dropped ? changes.dropped_step : changes.step).push_back(step);
    (dropped ? changes.dropped_changed_by : changes.changed_by)
        .push_back(static_cast<std::uint8_t>(changed_by));
    if (dropped) continue;
    changes.nearly += std::abs(own - origin) <= 2 * step ? 1 : 0;
    changes.sizes_kept += largest;
    changes.of_b.push_back(own - origin);
    const double own_step = 2 * rounding * std::abs(own);
    changes.noise += own_step * own_step / 12;
  }
  if (changes.of_b.size() < kFewestTelling) return std::nullopt;
  return changes;
}

// Sets of parents are numbers whose bit i is parent i; set 0 is not used.
using Factors = std::vector<Vector>;  // of each set, a factor for each parent

Factors FactorsOf(std::size_t parents, const auto& factor) {
  Factors factors(std::size_t{1} << parents, Vector(parents, 0));
  for (std::size_t set = 1; set < factors.size(); ++set) {
    for (std::size_t i = 0; i < parents; ++i) {
      if ((set >> i & 1) != 0) factors[set][i] = factor(set, i);
    }
  }
  return factors;
}

struct Sets {
  Factors factors;
  std::vector<std::size_t> set_of;  // each element's
  double left = 0;                  // squares that they leave of B's changes
};

void Assign(const Changes& changes, Sets& sets) {
  sets.set_of.assign(changes.of_b.size(), 1);
  sets.left = 0;
  for (std::size_t k = 0; k < changes.of_b.size(); ++k) {
    double least = HUGE_VAL;
    for (std::size_t set = 1; set < sets.factors.size(); ++set) {
      double left = changes.of_b[k];
      for (std::size_t i = 0; i < changes.parents; ++i) {
        left -= sets.factors[set][i] * changes.of_parent[i][k];
      }
      if (left * left < least) {
        least = left * left;
        sets.set_of[k] = set;
      }
    }
    sets.left += least;
  }
}

// Least squares over the elements of one set.
void Refit(const Changes& changes, std::size_t set, Sets& sets) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < changes.parents; ++i) {
    if ((set >> i & 1) != 0) members.push_back(i);
  }
  const std::size_t size = members.size();
  Vector matrix(size * size), right(size);
  for (std::size_t k = 0; k < changes.of_b.size(); ++k) {
    if (sets.set_of[k] != set) continue;
    for (std::size_t i = 0; i < size; ++i) {
      const double of_i = changes.of_parent[members[i]][k];
      right[i] += of_i * changes.of_b[k];
      for (std::size_t j = 0; j < size; ++j) {
        matrix[i * size + j] += of_i * changes.of_parent[members[j]][k];
      }
    }
  }
  const auto solved = Solve(std::move(matrix), std::move(right));
  if (!solved) return;
  for (std::size_t i = 0; i < size; ++i) sets.factors[set][members[i]] = (*solved)[i];
}

Sets FitSets(const Changes& changes, Factors factors) {
  Sets sets{.factors = std::move(factors)};
  Assign(changes, sets);
  for (int step = 0; step < kLloydSteps; ++step) {
    for (std::size_t set = 1; set < sets.factors.size(); ++set) Refit(changes, set, sets);
    const double before = sets.left;
    Assign(changes, sets);
    if (!(sets.left < before * (1 - 1e-9))) break;
  }
  return sets;
}

// Weights of task arithmetic that leave the least over all elements: those of DARE in the mean.
Vector MeanWeights(const Changes& changes) {
  Vector matrix(changes.parents * changes.parents), right(changes.parents);
  for (std::size_t k = 0; k < changes.of_b.size(); ++k) {
    for (std::size_t i = 0; i < changes.parents; ++i) {
      right[i] += changes.of_parent[i][k] * changes.of_b[k];
      for (std::size_t j = 0; j < changes.parents; ++j) {
        matrix[i * changes.parents + j] += changes.of_parent[i][k] * changes.of_parent[j][k];
      }
    }
  }
  return Solve(std::move(matrix), std::move(right)).value_or(Vector(changes.parents, 1));
}

Sets BestSets(const Changes& changes) {
  const Vector mean = MeanWeights(changes);
  Sets at_random = FitSets(
      changes, FactorsOf(changes.parents, [&](std::size_t, std::size_t i) {
        return mean[i] /
               (1 - std::pow(changes.unchanged_share(), 1 / static_cast<double>(changes.parents)));
      }));
  Sets by_size = FitSets(changes, FactorsOf(changes.parents, [](std::size_t set, std::size_t) {
                           return 1 / static_cast<double>(std::popcount(set));
                         }));
  return by_size.left < at_random.left ? by_size : at_random;
}

// What sets say of one tensor.
struct TensorSets {
  double unchanged = 0;     // share of telling elements
  double dropped_size = 0;  // mean size of changes that were not kept, over that of those that were
  // Of each parent: what its changes are multiplied by in the mean, dropped ones by 0; and what
  // those are multiplied by that have no others beside them.
  Vector mean_factors, own_factors;
  double explained = 0, residual = 0, evidence = 0;
};

// Whether B would show it, whichever set with `parent` had been kept: changes that cancel out look
// like dropped ones. Does not look at B, so that choosing by it pulls nothing.
bool WouldShow(const std::vector<Vector>& of_parent, std::size_t element, double step,
               const Factors& factors, std::size_t parent) {
  for (std::size_t set = 1; set < factors.size(); ++set) {
    if ((set >> parent & 1) == 0) continue;
    double sum = 0;
    for (std::size_t i = 0; i < of_parent.size(); ++i) {
      sum += factors[set][i] * of_parent[i][element];
    }
    if (std::abs(sum) <= 2 * step) return false;
  }
  return true;
}

double MeanFactor(const Changes& changes, const Sets& sets, std::size_t parent) {
  const auto counts = [&](const std::vector<Vector>& of, std::uint8_t by, std::size_t k,
                          double step) {
    return (by >> parent & 1) != 0 && WouldShow(of, k, step, sets.factors, parent);
  };
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < changes.step.size(); ++k) {
    if (!counts(changes.of_parent, changes.changed_by[k], k, changes.step[k])) continue;
    sum += sets.factors[sets.set_of[k]][parent];
    ++count;
  }
  for (std::size_t k = 0; k < changes.dropped_step.size(); ++k) {
    count +=
        counts(changes.dropped, changes.dropped_changed_by[k], k, changes.dropped_step[k]) ? 1 : 0;
  }
  return sum / std::max(1.0, count);
}

double OwnFactor(const Sets& sets, std::size_t parent) {
  const std::size_t alone = std::size_t{1} << parent;
  const auto elements = static_cast<double>(std::ranges::count(sets.set_of, alone));
  const bool enough = elements >= kLeastOwnShare * static_cast<double>(sets.set_of.size());
  return enough ? sets.factors[alone][parent] : 0;
}

TensorSets DescribeSets(const Changes& changes) {
  TensorSets found{.unchanged = changes.unchanged_share()};
  if (found.unchanged < kLeastUnchanged) return found;
  const double odds = found.unchanged / (1 - found.unchanged);
  found.dropped_size = (changes.sizes - changes.sizes_kept) / changes.sizes_kept / odds;
  const Sets sets = BestSets(changes);
  for (std::size_t i = 0; i < changes.parents; ++i) {
    found.mean_factors.push_back(MeanFactor(changes, sets, i));
    found.own_factors.push_back(OwnFactor(sets, i));
  }
  double before = 0;
  for (const double change : changes.of_b) before += change * change;
  const double noise = changes.noise;
  if (before > noise) found.explained = 1 - std::max(0.0, sets.left - noise) / (before - noise);
  found.residual = std::sqrt(sets.left / changes.squares_of_b);
  found.evidence = static_cast<double>(changes.of_b.size());
  return found;
}

}  // namespace

MergeFit FitSparseMerge(const ModelParts& b, const std::vector<const ModelParts*>& parents,
                        const ModelParts& base, unsigned threads, Progress& progress) {
  std::vector<std::optional<TensorSets>> found(b.parts.size());
  ParallelFor(threads, b.parts.size(), [&](std::size_t i, unsigned) {
    const Part& part = b.parts[i];
    if (part.tensor->shape.size() >= 2) {
      if (const auto changes = ReadChanges(b, part, parents, base)) {
        found[i] = DescribeSets(*changes);
      }
    }
    progress.Advance(part.tensor->elements);
  });
  Vector unchanged, dropped_sizes;
  for (const auto& tensor : found) {
    if (!tensor) continue;
    unchanged.push_back(tensor->unchanged);
    if (tensor->evidence > 0) dropped_sizes.push_back(tensor->dropped_size);
  }
  if (Median(unchanged).value_or(0) < kLeastUnchanged) return {.method = MergeMethod::kDare};
  const bool at_random = *Median(dropped_sizes) > kDroppedAreSmall;
  MergeFit fit{.method = at_random ? MergeMethod::kDare : MergeMethod::kTies};
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i] || !(found[i]->evidence > 0)) continue;
    TensorSets& tensor = *found[i];
    fit.tensors.push_back(
        {.name = b.parts[i].tensor->name,
         .weights = std::move(at_random ? tensor.mean_factors : tensor.own_factors),
         .explained = tensor.explained,
         .residual = tensor.residual,
         .evidence = tensor.evidence});
  }
  SummariseTensors(fit);
  fit.common_residual = fit.residual;
  fit.is_merge = fit.explained.value_or(0) >= kExplainedBySets && LooksLikeAMerge(fit);
  return fit;
}

}  // namespace modelkin
