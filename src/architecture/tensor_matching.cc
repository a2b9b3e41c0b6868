#include "architecture/tensor_matching.h"

#include <array>
#include <utility>

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

TensorMatcher::TensorMatcher(const Family& family) {
  for (const TensorRule& rule : family.tensors) rules_.emplace(InsideDecoder(rule.name), &rule);
}

const TensorRule* TensorMatcher::Find(std::string_view pattern) const {
  const auto found = rules_.find(InsideDecoder(pattern));
  return found == rules_.end() ? nullptr : found->second;
}

MatchedTensor TensorMatcher::Match(const Tensor& tensor) const {
  const StoredAs& stored = tensor.stored;
  NamePattern name =
      PatternOf(WithoutWrappers(stored.weight_name.empty() ? tensor.name : stored.weight_name));
  for (const auto& [ending, in_table] : kEndings) {
    if (!name.pattern.ends_with(ending)) continue;
    name.pattern.replace(name.pattern.size() - ending.size(), std::string::npos, in_table);
  }
  MatchedTensor match{.tensor = &tensor, .layer = name.layer, .expert = name.expert};
  match.rule = Find(name.pattern);
  match.is_scale = match.rule != nullptr && stored.form == StoredForm::kCompanion;
  for (const std::string_view ending : {"_scale_inv", "_scale"}) {
    if (match.rule != nullptr || !std::string_view(name.pattern).ends_with(ending)) continue;
    const std::string_view weight =
        std::string_view(name.pattern).substr(0, name.pattern.size() - ending.size());
    match.rule = Find(weight);
    match.is_scale = match.rule != nullptr;
  }
  return match;
}

}  // namespace modelkin
