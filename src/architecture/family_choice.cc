#include "architecture/family_choice.h"

#include <algorithm>

#include "architecture/model_spec.h"
#include "architecture/size_expression.h"
#include "architecture/tensor_matching.h"

namespace modelkin {
namespace {

bool HasShapeOf(const TensorRule& rule, const Tensor& tensor, const ModelSpec& spec) {
  return std::ranges::equal(
      SplitShape(rule.shape), tensor.shape,
      [&](std::string_view axis, std::uint64_t length) { return spec.Evaluate(axis) == length; });
}

std::uint64_t FittingTensors(const Family& family, const ModelConfig& config,
                             const Checkpoint& checkpoint) {
  std::vector<Finding> ignored;
  const auto spec = ResolveSpec(config, family, ignored);
  if (!spec) return 0;
  const TensorMatcher matcher(family);
  return static_cast<std::uint64_t>(
      std::ranges::count_if(checkpoint.tensors(), [&](const Tensor& tensor) {
        const TensorRule* const rule = matcher.Match(tensor).rule;
        return rule != nullptr && HasShapeOf(*rule, tensor, *spec);
      }));
}

}  // namespace

const Family* ChooseFamily(const ModelConfig& config, const Checkpoint* checkpoint) {
  const std::vector<const Family*> families = FamiliesOf(config.model_type());
  if (families.empty()) return nullptr;
  if (families.size() == 1 || checkpoint == nullptr) return families.front();
  return *std::ranges::max_element(families, {}, [&](const Family* family) {
    return FittingTensors(*family, config, *checkpoint);
  });
}

}  // namespace modelkin
