#include "architecture/tensor_matching.h"

#include <array>
#include <utility>

#include "architecture/component_names.h"
#include "architecture/name_pattern.h"
#include "architecture/name_wrappers.h"

namespace modelkin {
namespace {

// What a name may end in instead: TensorFlow's names, which BERT's first files kept.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kEndings = {{
    {"LayerNorm.gamma", "LayerNorm.weight"},
    {"LayerNorm.beta", "LayerNorm.bias"},
}};

}  // namespace

TensorMatcher::TensorMatcher(const Family& family) : component_(family.component) {
  for (const TensorRule& rule : family.tensors) rules_.emplace(Inside(rule.name), &rule);
}

std::string_view TensorMatcher::Inside(std::string_view name) const {
  return component_ == Component::kText ? InsideDecoder(name) : InsideTower(name);
}

NamePattern TensorMatcher::NameOf(const Tensor& tensor) {
  const StoredAs& stored = tensor.stored;
  NamePattern name =
      PatternOf(WithoutWrappers(stored.weight_name.empty() ? tensor.name : stored.weight_name));
  for (const auto& [ending, in_table] : kEndings) {
    if (!name.pattern.ends_with(ending)) continue;
    name.pattern.replace(name.pattern.size() - ending.size(), std::string::npos, in_table);
  }
  return name;
}

const TensorRule* TensorMatcher::Find(std::string_view pattern) const {
  const auto found = rules_.find(Inside(pattern));
  return found == rules_.end() ? nullptr : found->second;
}

std::pair<const TensorRule*, bool> TensorMatcher::FindWithScale(std::string_view pattern) const {
  if (const TensorRule* const rule = Find(pattern)) return {rule, false};
  for (const std::string_view ending : {"_scale_inv", "_scale"}) {
    if (!pattern.ends_with(ending)) continue;
    const TensorRule* const rule = Find(pattern.substr(0, pattern.size() - ending.size()));
    if (rule != nullptr) return {rule, true};
  }
  return {};
}

MatchedTensor TensorMatcher::Match(const Tensor& tensor) const {
  const NamePattern name = NameOf(tensor);
  const auto [rule, is_scale] = FindWithScale(name.pattern);
  return {.tensor = &tensor,
          .rule = rule,
          .is_scale = rule != nullptr && (is_scale || tensor.stored.form == StoredForm::kCompanion),
          .layer = name.layer,
          .expert = name.expert};
}

}  // namespace modelkin
