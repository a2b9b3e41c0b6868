#include "architecture/layer_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/escaped_text.h"

namespace modelkin {
namespace {

using nlohmann::json;

// What a layer is by one rule; null where the rule has no type for it.
using TypeOfEach = std::vector<const LayerType*>;

class TypeReader {
 public:
  TypeReader(const ModelConfig& config, const ProblemReport& report, const ModelSpec& spec,
             const LayerTypeRule& rule)
      : config_(config),
        report_(report),
        spec_(spec),
        rule_(rule),
        layers_(spec.Size("layers").value_or(0)) {}

  std::optional<TypeOfEach> Run() const {
    for (const std::string_view key : SplitKeys(rule_.list_keys)) {
      const json* const list = config_.Find(key);
      if (list != nullptr && (list->is_array() || list->is_string())) return FromList(key, *list);
    }
    const LayerType* const first = Find(rule_.types.front().words);
    const LayerType* const last = Find(rule_.types.back().words);
    if (!rule_.numbers_key.empty()) return FromNumbers(first, last);
    if (!rule_.count_key.empty()) return FirstOnes(first, last);
    const auto step = Number(rule_.step_key, rule_.step);
    const auto offset = Number(rule_.offset_key, rule_.offset);
    if (!step || !offset || *step == 0) {
      report_(rule_.step_key,
              Said{"makes no steps from layer to layer", "층 사이의 간격이 되지 않음"});
      return std::nullopt;
    }
    TypeOfEach types;
    const std::uint64_t left_over = std::min(*offset, *step - 1);
    for (std::uint64_t i = 0; i < layers_; ++i) {
      types.push_back(i % *step == left_over ? first : last);
    }
    return types;
  }

 private:
  std::optional<TypeOfEach> FromList(std::string_view key, const json& list) const {
    const std::size_t length =
        list.is_string() ? list.get_ref<const std::string&>().size() : list.size();
    // Some lists go on with the layers of multi-token prediction.
    if (length != layers_ &&
        length != layers_ + config_.Size("num_nextn_predict_layers").value_or(0)) {
      report_(key, Say("says what {} layers are, not {}", "층 {1}개가 아니라 {0}개를 말함", length,
                       layers_));
      return std::nullopt;
    }
    TypeOfEach types;
    for (std::size_t i = 0; i < layers_; ++i) {
      const std::string word = WordOf(list, i);
      types.push_back(Find(word));
      if (types.back() != nullptr) continue;
      report_(key, Say("makes layer {} \"{}\", which the family does not have",
                       "{}번 층을 \"{}\"(이)라고 하나 이 계열에는 없음", i, Printable(word, 32)));
      return std::nullopt;
    }
    return types;
  }

  static std::string WordOf(const json& list, std::size_t layer) {
    if (list.is_string()) return {list.get_ref<const std::string&>()[layer]};
    const json& word = list[layer];
    if (word.is_string()) return word.get<std::string>();
    const auto number = WholeNumber(word);
    return number ? fmt::format("{}", *number) : "";
  }

  // The first type that goes by the word and applies.
  const LayerType* Find(std::string_view words) const {
    const auto found = std::ranges::find_if(rule_.types, [&](const LayerType& type) {
      if (!spec_.Applies(type.when)) return false;
      return type.words.empty() || type.words == words ||
             std::ranges::count(SplitKeys(type.words), words) > 0;
    });
    return found == rule_.types.end() ? nullptr : &*found;
  }

  TypeOfEach FromNumbers(const LayerType* listed, const LayerType* others) const {
    std::set<std::uint64_t> numbers;
    const json* const list = config_.Find(rule_.numbers_key);
    if (list != nullptr && list->is_array()) {
      for (const json& number : *list) {
        if (const auto whole = WholeNumber(number)) numbers.insert(*whole);
      }
    }
    TypeOfEach types;
    for (std::uint64_t i = 0; i < layers_; ++i) {
      types.push_back(numbers.contains(i + rule_.first_number) ? listed : others);
    }
    return types;
  }

  std::optional<TypeOfEach> FirstOnes(const LayerType* first, const LayerType* others) const {
    const auto count = Number(rule_.count_key, rule_.count);
    if (!count) {
      report_(rule_.count_key, Said{"is not a number of layers", "층의 수가 아님"});
      return std::nullopt;
    }
    TypeOfEach types;
    for (std::uint64_t i = 0; i < layers_; ++i) types.push_back(i < *count ? first : others);
    return types;
  }

  std::optional<std::uint64_t> Number(std::string_view key, std::uint64_t otherwise) const {
    const json* const value = key.empty() ? nullptr : config_.Find(key);
    if (value == nullptr || value->is_null()) return otherwise;
    return config_.Size(key);
  }

  const ModelConfig& config_;
  const ProblemReport& report_;
  const ModelSpec& spec_;
  const LayerTypeRule& rule_;
  std::uint64_t layers_;
};

// A layer of multi-token prediction has what layers of the first type have.
LayerParts PartsOfPrediction(const Family& family) {
  LayerParts parts = family.layer_types.empty() ? LayerPart::kAttention : LayerParts();
  for (const LayerTypeRule& rule : family.layer_types) parts = parts | rule.types.front().parts;
  return parts;
}

void ApplyMlp(LayerMlp mlp, LayerKind& kind) {
  switch (mlp) {
    case LayerMlp::kNone: kind = LayerKind::kNoMlp; break;
    case LayerMlp::kDense: kind = LayerKind::kDense; break;
    case LayerMlp::kExperts: kind = LayerKind::kExperts; break;
    default: break;
  }
}

void MarkSharedKeys(ModelSpec& spec) {
  const std::uint64_t layers = spec.Size("layers").value_or(0);
  const std::uint64_t sharing = std::min(spec.Size("layers_sharing_keys").value_or(0), layers);
  for (std::uint64_t i = 0; i < spec.parts.size(); ++i) {
    if (!spec.parts[i].Has(LayerPart::kAttention)) continue;
    const bool shared = i < layers && i >= layers - sharing;
    spec.parts[i] = spec.parts[i] | (shared ? LayerPart::kSharedKeys : LayerPart::kOwnKeys);
  }
}

// Later rules are over what the earlier ones left.
bool ApplyLayerSizes(const ProblemReport& report, ModelSpec& spec) {
  for (const LayerSizeRule& rule : spec.family->layer_sizes) {
    if (!spec.Applies(rule.when)) continue;
    std::vector<std::uint64_t> values;
    for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
      const bool differs = spec.parts[i].Has(rule.parts);
      const auto value = differs ? spec.Evaluate(rule.value, i) : spec.Size(rule.size, i);
      if (!value) {
        report(rule.size, Say("is {} in layer {}, which is no whole number",
                              "값이 {1}번 층에서 {0}(으)로 정수가 아님", rule.value, i));
        return false;
      }
      values.push_back(*value);
    }
    spec.layer_sizes[rule.size] = std::move(values);
  }
  return true;
}

}  // namespace

bool ApplyLayerTypes(const ModelConfig& config, const ProblemReport& report, ModelSpec& spec) {
  const Family& family = *spec.family;
  spec.parts.assign(spec.layers.size(), PartsOfPrediction(family));
  const std::uint64_t layers = spec.Size("layers").value_or(0);
  if (!family.layer_types.empty()) std::fill_n(spec.parts.begin(), layers, LayerParts());
  for (const LayerTypeRule& rule : family.layer_types) {
    const auto types = TypeReader(config, report, spec, rule).Run();
    if (!types) return false;
    for (std::size_t i = 0; i < types->size(); ++i) {
      const LayerType* const type = (*types)[i];
      if (type == nullptr) continue;
      spec.parts[i] = spec.parts[i] | type->parts;
      ApplyMlp(type->mlp, spec.layers[i]);
    }
  }
  MarkSharedKeys(spec);
  return ApplyLayerSizes(report, spec);
}

}  // namespace modelkin
