#include "architecture/family_choice.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>

#include "architecture/model_spec.h"
#include "architecture/parameter_count.h"
#include "architecture/size_expression.h"
#include "architecture/tensor_matching.h"

namespace modelkin {
namespace {

constexpr double kNearlyAll = 0.9;

bool IsNearlyAll(std::uint64_t tensors, const Checkpoint& checkpoint) {
  return static_cast<double>(tensors) >=
         kNearlyAll * static_cast<double>(checkpoint.tensors().size());
}

bool HasShapeOf(const MatchedTensor& match, const ModelSpec& spec) {
  return std::ranges::equal(SplitShape(match.rule->shape), match.tensor->shape,
                            [&](std::string_view axis, std::uint64_t length) {
                              return spec.Evaluate(axis, match.layer) == length;
                            });
}

std::uint64_t FittingTensors(const Family& family, const ModelConfig& config,
                             const Checkpoint& checkpoint) {
  std::vector<Finding> ignored;
  const auto spec = ResolveSpec(config, family, ignored);
  if (!spec) return 0;
  const TensorMatcher matcher(family);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(checkpoint.tensors(), [&](const Tensor& tensor) {
        const MatchedTensor match = matcher.Match(tensor);
        return match.rule != nullptr && (!HasShape(tensor) || HasShapeOf(match, *spec));
      }));
}

// How many tensors a model of the family has; most where config.json makes none.
std::uint64_t TensorsOf(const Family& family, const ModelConfig& config) {
  std::vector<Finding> ignored;
  const auto spec = ResolveSpec(config, family, ignored);
  std::uint64_t tensors = spec ? 0 : std::numeric_limits<std::uint64_t>::max();
  for (const TensorRule& rule : family.tensors) {
    const bool counts = spec && !rule.optional && rule.module != ModuleKind::kBuffer;
    if (counts) tensors += ExpectedTensors(*spec, rule);
  }
  return tensors;
}

// The family whose names and shapes nearly all tensors have. Where several have as many, null of a
// text model; an encoder is the one that has no more than these.
const Family* InferFamily(const ModelConfig& config, const Checkpoint& checkpoint,
                          Component component) {
  const Family* best = nullptr;
  std::uint64_t most = 0;
  for (const Family* const family : FamiliesByNames(checkpoint, component)) {
    const std::uint64_t fitting = FittingTensors(*family, config, checkpoint);
    if (fitting < most || !IsNearlyAll(fitting, checkpoint)) continue;
    const bool text = component == Component::kText;
    const bool fewer =
        !text && best != nullptr && TensorsOf(*family, config) < TensorsOf(*best, config);
    if (fitting > most || fewer) {
      best = family;
    } else if (text) {
      best = nullptr;
    }
    most = fitting;
  }
  return best;
}

}  // namespace

std::vector<const Family*> FamiliesByNames(const Checkpoint& checkpoint, Component component) {
  // Of 200,000 tensors there are some dozens of patterns.
  std::unordered_map<std::string, std::uint64_t> patterns;
  for (const Tensor& tensor : checkpoint.tensors())
    ++patterns[TensorMatcher::NameOf(tensor).pattern];
  std::vector<const Family*> best;
  std::uint64_t most = 1;
  for (const Family& family : Families()) {
    if (family.component != component) continue;
    const TensorMatcher matcher(family);
    std::uint64_t matched = 0;
    for (const auto& [pattern, tensors] : patterns) matched += matcher.Knows(pattern) ? tensors : 0;
    if (matched < most) continue;
    if (matched > most) best.clear();
    most = matched;
    best.push_back(&family);
  }
  return IsNearlyAll(most, checkpoint) ? best : std::vector<const Family*>{};
}

const Family* ChooseFamily(const ModelConfig& config, const Checkpoint* checkpoint,
                           Component component) {
  if (config.model_type().empty()) {
    const bool has_shapes =
        checkpoint != nullptr && std::ranges::any_of(checkpoint->tensors(), HasShape);
    return !has_shapes ? nullptr : InferFamily(config, *checkpoint, component);
  }
  const std::vector<const Family*> families = FamiliesOf(config.model_type(), component);
  if (families.empty()) return nullptr;
  if (families.size() == 1 || checkpoint == nullptr) return families.front();
  return *std::ranges::max_element(families, {}, [&](const Family* family) {
    return FittingTensors(*family, config, *checkpoint);
  });
}

}  // namespace modelkin
