#include "architecture/model_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "architecture/layer_types.h"
#include "architecture/size_expression.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostLayers = 10'000;
constexpr std::uint64_t kMostExperts = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 32;

// Of Qwen, where config.json does not say.
constexpr std::uint64_t kMaxWindowLayers = 28;

std::uint64_t LargestOf(std::string_view size) {
  if (size == "layers" || size == "decoder_layers" || size == "prediction_layers") {
    return kMostLayers;
  }
  return size == "experts" ? kMostExperts : kLargestSize;
}

class Resolver {
 public:
  Resolver(const ModelConfig& config, const Family& family, std::vector<Finding>& findings)
      : config_(config), findings_(findings) {
    spec_.family = &family;
  }

  std::optional<ModelSpec> Run() {
    bool complete = true;
    for (const SizeRule& rule : spec_.family->sizes) complete = Resolve(rule) && complete;
    for (const FlagRule& rule : spec_.family->flags) complete = ResolveFlag(rule) && complete;
    const auto report = [&](std::string_view key, const Said& problem) { Report(key, problem); };
    if (!complete || !SizesGoTogether() || !PlanLayers() ||
        !ApplyLayerTypes(config_, report, spec_)) {
      return std::nullopt;
    }
    ResolveRotary();
    ResolveWindow();
    spec_.dtype = config_.Text("torch_dtype").value_or(config_.Text("dtype").value_or(""));
    const auto* const quantised = config_.Find("quantization_config");
    spec_.quantised = quantised != nullptr && quantised->is_object();
    return std::move(spec_);
  }

 private:
  bool Report(std::string_view key, const Said& problem) {
    findings_.push_back(
        {.kind = FindingKind::kBadValue,
         .message = Say("config.json: \"{}\" {}", "config.json: \"{}\" {}", key, problem),
         .config_key = std::string(key),
         .config_value = config_.Show(key)});
    return false;
  }

  // A whole number, or a list of several that are equal: one for each layer, or side of an image.
  static std::optional<std::uint64_t> SizeIn(const nlohmann::json& value) {
    const auto& first = value.is_array() && value.size() > 1 ? value.front() : value;
    const bool equal = !value.is_array() ||
                       std::ranges::all_of(value, [&](const auto& item) { return item == first; });
    if (!equal || !first.is_number_integer()) return std::nullopt;
    if (!first.is_number_unsigned() && first.get<std::int64_t>() < 0) return std::nullopt;
    return first.get<std::uint64_t>();
  }

  bool Resolve(const SizeRule& rule) {
    std::string_view otherwise = rule.fallback;
    for (std::string_view key : SplitKeys(rule.keys)) {
      const bool counted = key.starts_with('#');
      if (counted) key.remove_prefix(1);
      const auto* const value = config_.Find(key);
      if (value == nullptr) continue;
      if (value->is_null()) {
        if (!rule.if_null.empty()) otherwise = rule.if_null;
        continue;
      }
      if (*value == "auto") continue;
      if (!counted && value->is_array() && TakeList(rule.size, key, *value)) return true;
      // How many layers there are no list of one a layer says.
      const bool listed = value->is_array() && rule.size == "layers";
      const auto size = counted ? LengthOf(*value) : listed ? std::nullopt : SizeIn(*value);
      if (!size) {
        return Report(
            key, Say("is {}, not a whole number", "값이 {}(으)로 정수가 아님", config_.Show(key)));
      }
      if (*size > LargestOf(rule.size)) {
        return Report(key,
                      Say("is {}, which no model has", "값이 {}(으)로 그런 모델은 없음", *size));
      }
      spec_.sizes[rule.size] = {*size, std::string(key)};
      return true;
    }
    if (const auto fallback = spec_.Evaluate(otherwise)) {
      spec_.sizes[rule.size] = {*fallback, ""};
      return true;
    }
    // What a fallback is made of was reported already, where it is missing.
    for (const std::string_view name : NamesIn(otherwise)) {
      if (!spec_.sizes.contains(name)) return false;
    }
    if (otherwise.empty() && LacksTextConfig()) return ReportTextConfig();
    return Report(SplitKeys(rule.keys).empty() ? rule.size : SplitKeys(rule.keys).front(),
                  otherwise.empty() ? Said{"is missing, and the family has no default for it",
                                           "값이 없고 이 계열에 기본값도 없음"}
                                    : Say("is missing, and {} is no whole number",
                                          "값이 없고 {}은(는) 정수가 아님", otherwise));
  }

  // Whether it is of a model of several parts, and says of its encoders alone how large they are.
  bool LacksTextConfig() const {
    const auto is_object = [&](const char* key) {
      const auto* const value = config_.Find(key);
      return value != nullptr && value->is_object();
    };
    return spec_.family->component == Component::kText && !is_object("text_config") &&
           (is_object("vision_config") || is_object("audio_config"));
  }

  bool ReportTextConfig() {
    const bool said = std::ranges::any_of(
        findings_, [](const Finding& finding) { return finding.config_key == "text_config"; });
    if (said) return false;
    return Report("text_config",
                  config_.Find("text_config") == nullptr
                      ? Said{"is missing, and nothing else says how large the text model is",
                             "값이 없고 텍스트 모델의 크기를 달리 알 수 없음"}
                      : Say("is {}, not an object that says how large the text model is",
                            "값이 {}(으)로 텍스트 모델의 크기를 말하는 객체가 아님",
                            config_.Show("text_config")));
  }

  static std::optional<std::uint64_t> LengthOf(const nlohmann::json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().size();
    return value.is_array() ? std::optional<std::uint64_t>(value.size()) : std::nullopt;
  }

  // The width of MLPs may have a value for each layer.
  bool TakeList(std::string_view size, std::string_view key, const nlohmann::json& list) {
    if (!size.ends_with("width") || list.empty() || list.size() != spec_.Size("layers"))
      return false;
    std::vector<std::uint64_t> values;
    for (const auto& value : list) {
      const auto whole = WholeNumber(value);
      if (!whole || *whole > LargestOf(size)) return false;
      values.push_back(*whole);
    }
    spec_.sizes[size] = {values.front(), std::string(key)};
    const bool differ = std::ranges::count(values, values.front()) != std::ssize(values);
    if (differ) spec_.layer_sizes[size] = std::move(values);
    return true;
  }

  bool ResolveFlag(const FlagRule& rule) {
    bool set = rule.fallback;
    if (!rule.differing.empty()) {
      const auto sizes = SplitShape(rule.differing);
      set = spec_.Size(sizes.front()) != spec_.Size(sizes.back());
    }
    for (const std::string_view key : SplitKeys(rule.key)) {
      const auto* const value = config_.Find(key);
      if (value == nullptr) continue;
      if (value->is_array()) {
        set = !value->empty();
        break;
      }
      if (value->is_string() && !rule.text.empty()) {
        set = value->get_ref<const std::string&>().starts_with(rule.text);
        break;
      }
      const auto said = config_.Flag(key);
      if (!said && !value->is_null()) {
        return Report(key, Say("is {}, neither true nor false", "값이 {}(으)로 참도 거짓도 아님",
                               config_.Show(key)));
      }
      set = said.value_or(false);
      break;
    }
    if (set) spec_.flags.insert(rule.flag);
    return true;
  }

  // Sizes that are numbers each, but make no model together.
  bool SizesGoTogether() {
    const auto heads = spec_.Size("heads");
    const auto kv_heads = spec_.Size("kv_heads");
    if (heads && kv_heads && (*kv_heads == 0 || *heads % *kv_heads != 0)) {
      return Report(KeyOf("kv_heads"),
                    Say("makes {} key and value heads, which {} query heads cannot share",
                        "키와 값 헤드를 {}개로 하는데 쿼리 헤드 {}개가 나누어 쓸 수 없음",
                        *kv_heads, *heads));
    }
    const std::uint64_t experts = spec_.Size("experts").value_or(0);
    const std::uint64_t chosen = spec_.Size("experts_per_token").value_or(0);
    if (experts > 0 && (chosen == 0 || chosen > experts)) {
      return Report(KeyOf("experts_per_token"),
                    Say("makes {} experts a token of {}",
                        "전문가 {1}개 중 토큰마다 {0}개를 쓴다고 함", chosen, experts));
    }
    return true;
  }

  // The key that a size came from, or would have.
  std::string KeyOf(std::string_view size) const {
    const std::string& key = spec_.sizes.at(size).key;
    if (!key.empty()) return key;
    for (const SizeRule& rule : spec_.family->sizes) {
      if (rule.size == size && !rule.keys.empty()) return std::string(SplitKeys(rule.keys).front());
    }
    return std::string(size);
  }

  // "Every so many layers"; 1 where nothing is said.
  std::optional<std::uint64_t> Step(std::string_view key, std::uint64_t otherwise = 1) {
    const auto* const value = config_.Find(key);
    if (value == nullptr || value->is_null()) return otherwise;
    const auto step = config_.Size(key);
    if (step && *step > 0) return step;
    Report(key, Say("is {}, not a whole number above 0", "값이 {}(으)로 0보다 큰 정수가 아님",
                    config_.Show(key)));
    return std::nullopt;
  }

  bool PlanLayers() {
    const std::uint64_t layers = *spec_.Size("layers");
    std::vector<bool> experts(layers, spec_.family->plan != LayerPlan::kDense);
    if (!Plan(experts)) return false;
    for (const bool has_experts : experts) {
      spec_.layers.push_back(has_experts ? LayerKind::kExperts : LayerKind::kDense);
    }
    // An encoder-decoder's two stacks share the numbers of layers.
    const std::uint64_t both = std::max(layers, spec_.Size("decoder_layers").value_or(0));
    spec_.layers.resize(both, LayerKind::kDense);
    const std::uint64_t predictions = spec_.Size("prediction_layers").value_or(0);
    spec_.layers.insert(spec_.layers.end(), predictions, LayerKind::kPrediction);
    return true;
  }

  bool Plan(std::vector<bool>& experts) {
    const LayerPlan plan = spec_.family->plan;
    if (plan == LayerPlan::kDense || plan == LayerPlan::kExperts) return true;
    const auto* const listed = config_.Find("mlp_layer_types");
    if (listed != nullptr && listed->is_array()) {
      return PlanListed("mlp_layer_types", *listed, experts,
                        [](const auto& item) { return item == "sparse"; });
    }
    if (plan == LayerPlan::kDenseFirst) return PlanDenseFirst(experts);
    if (plan == LayerPlan::kPeriod) return PlanPeriod(experts);
    return plan == LayerPlan::kSparseStep ? PlanSparseStep(experts) : PlanSparseRange(experts);
  }

  template <class Test>
  bool PlanListed(std::string_view key, const nlohmann::json& list, std::vector<bool>& experts,
                  const Test& has_experts) {
    if (list.size() != experts.size()) {
      return Report(key,
                    Say("is a list of {}, not one for each of {} layers",
                        "길이 {}인 목록으로 층 {}개마다 하나가 아님", list.size(), experts.size()));
    }
    for (std::size_t i = 0; i < experts.size(); ++i) experts[i] = has_experts(list[i]);
    return true;
  }

  // The first layers are dense, and of the others all but every so many; or "moe_layer_freq" says
  // 0 or 1 for each.
  bool PlanDenseFirst(std::vector<bool>& experts) {
    constexpr std::string_view kKey = "moe_layer_freq";
    const auto* const listed = config_.Find(kKey);
    if (listed != nullptr && listed->is_array()) {
      return PlanListed(kKey, *listed, experts,
                        [](const auto& item) { return item == 1 || item == true; });
    }
    const auto step = Step(kKey);
    const std::uint64_t dense = spec_.Size("dense_layers").value_or(0);
    for (std::size_t i = 0; step && i < experts.size(); ++i) {
      experts[i] = i >= dense && i % *step == 0;
    }
    return step.has_value();
  }

  // Every so many layers have experts, or those that are listed, but for those listed as dense.
  bool PlanSparseStep(std::vector<bool>& experts) {
    const auto step = Step(spec_.family->expert_step_key);
    const auto* const sparse = config_.Find("moe_layers");
    const bool listed = sparse != nullptr && sparse->is_array();
    const std::set<std::uint64_t> with = LayersIn("moe_layers"),
                                  without = LayersIn("mlp_only_layers");
    const bool any = spec_.Size("experts").value_or(0) > 0;
    for (std::size_t i = 0; step && i < experts.size(); ++i) {
      const bool has_experts = listed ? with.contains(i) : (i + 1) % *step == 0;
      experts[i] = any && has_experts && !without.contains(i);
    }
    return step.has_value();
  }

  // None where it is no list.
  std::set<std::uint64_t> LayersIn(std::string_view key) const {
    std::set<std::uint64_t> layers;
    const auto* const listed = config_.Find(key);
    if (listed == nullptr || !listed->is_array()) return layers;
    for (const auto& layer : *listed) {
      if (layer.is_number_integer()) layers.insert(layer.get<std::uint64_t>());
    }
    return layers;
  }

  // An end that is no layer, -1 by rule, is the last one.
  bool PlanSparseRange(std::vector<bool>& experts) {
    const auto step = Step("moe_layer_interval");
    const std::uint64_t first = spec_.Size("dense_layers").value_or(0);
    const std::uint64_t last = config_.Size("moe_layer_end_index").value_or(experts.size());
    for (std::size_t i = 0; step && i < experts.size(); ++i) {
      experts[i] = first <= i && i <= last && (i + 1) % *step == 0;
    }
    return step.has_value();
  }

  // Every so many layers from one on; Jamba's, without keys: from the second, every second.
  bool PlanPeriod(std::vector<bool>& experts) {
    constexpr std::uint64_t kJambaPeriod = 2, kJambaOffset = 1;
    const auto period = Step("expert_layer_period", kJambaPeriod);
    const std::uint64_t offset = config_.Size("expert_layer_offset").value_or(kJambaOffset);
    const bool any = spec_.Size("experts").value_or(0) > 1;
    for (std::size_t i = 0; period && i < experts.size(); ++i) {
      experts[i] = any && i % *period == offset;
    }
    return period.has_value();
  }

  // From the object that has it in newer files, or the top level.
  std::optional<double> RotaryNumber(std::string_view key) const {
    for (const char* holder : {"rope_parameters", "rope_scaling"}) {
      const auto* const object = config_.Find(holder);
      if (object == nullptr || !object->is_object()) continue;
      // Gemma 3's newer files have one such object for each type of layer.
      const auto whole = object->find("full_attention");
      const auto& holds = whole != object->end() && whole->is_object() ? *whole : *object;
      const auto value = holds.find(key);
      if (value != holds.end() && value->is_number()) return value->get<double>();
    }
    return config_.Number(key);
  }

  void ResolveRotary() {
    if (!spec_.family->rotary) return;
    const auto of_latent = spec_.Size("rotary_dim");
    double share = spec_.family->default_rotary_share;
    for (const char* key : {"partial_rotary_factor", "rotary_pct"}) {
      share = RotaryNumber(key).value_or(share);
    }
    const auto head = static_cast<double>(spec_.Size("head_dim").value_or(0));
    const double dims = std::clamp(share, 0.0, 1.0) * head;
    spec_.rotary.dims = of_latent ? *of_latent : static_cast<std::uint64_t>(dims);
    // MiniMax and GPT-J say how many dimensions rotate, and not which share.
    const auto stated = config_.Size("rotary_dim");
    if (stated && !of_latent && !RotaryNumber("partial_rotary_factor")) {
      spec_.rotary.dims = std::min(*stated, spec_.Size("head_dim").value_or(0));
    }
    spec_.rotary.theta =
        RotaryNumber("rope_theta").value_or(config_.Number("rotary_emb_base").value_or(0));
    for (const char* holder : {"rope_scaling", "rope_parameters"}) {
      const auto* const object = config_.Find(holder);
      if (object == nullptr || !object->is_object()) continue;
      for (const char* key : {"rope_type", "type"}) {
        const auto type = object->find(key);
        if (type == object->end() || !type->is_string()) continue;
        const auto& name = type->get_ref<const std::string&>();
        if (name == "default") continue;
        spec_.rotary.scaling = Printable(name, 32);
        const auto factor = object->find("factor");
        if (factor != object->end() && factor->is_number()) {
          spec_.rotary.scaling += fmt::format(", factor {:g}", factor->get<double>());
        }
        return;
      }
    }
  }

  void ResolveWindow() {
    const Family& family = *spec_.family;
    const auto* const types = config_.Find("layer_types");
    const bool listed = types != nullptr && types->is_array();
    if (!config_.Flag("use_sliding_window").value_or(listed || !family.window_if_told)) return;
    spec_.window = config_.Size("sliding_window");
    if (config_.Find("sliding_window") == nullptr && family.default_window > 0) {
      spec_.window = family.default_window;
    }
    if (!spec_.window) return;
    const std::uint64_t mark = config_.Size("max_window_layers").value_or(kMaxWindowLayers);
    const std::uint64_t pattern = std::max<std::uint64_t>(
        1, config_.Size(family.window_period_key).value_or(family.default_window_period));
    const auto is_windowed = [&](std::uint64_t layer) {
      if (listed) return layer < types->size() && (*types)[layer] == "sliding_attention";
      switch (family.window) {
        case WindowPlan::kAll: return true;
        case WindowPlan::kEverySecond: return layer % 2 == 0;
        case WindowPlan::kAllButEveryNth: return (layer + 1) % pattern != 0;
        case WindowPlan::kAllButFirstOfN: return layer % pattern != 0;
        case WindowPlan::kFromLayer: return layer >= mark;
        case WindowPlan::kEvenBelowLayer: return layer < mark && layer % 2 == 0;
        default: return false;
      }
    };
    for (std::uint64_t i = 0; i < *spec_.Size("layers"); ++i) {
      spec_.windowed.push_back(is_windowed(i));
    }
  }

  const ModelConfig& config_;
  std::vector<Finding>& findings_;
  ModelSpec spec_;
};

}  // namespace

std::string_view FindingKindName(FindingKind kind) {
  switch (kind) {
    case FindingKind::kNoConfig: return "no_config";
    case FindingKind::kUnknownFamily: return "unknown_family";
    case FindingKind::kBadValue: return "bad_value";
    case FindingKind::kContradiction: return "contradiction";
    case FindingKind::kUnexplained: return "unexplained_tensor";
    case FindingKind::kMissing: return "missing_tensor";
    case FindingKind::kUnusedValue: return "unused_value";
    default: return "note";
  }
}

std::optional<std::uint64_t> ModelSpec::Size(std::string_view name) const {
  const auto found = sizes.find(name);
  return found == sizes.end() ? std::nullopt : std::optional(found->second.value);
}

std::optional<std::uint64_t> ModelSpec::Size(std::string_view name,
                                             std::optional<std::uint64_t> layer) const {
  const auto found = layer_sizes.find(name);
  const bool differs = found != layer_sizes.end() && layer && *layer < found->second.size();
  return differs ? found->second[*layer] : Size(name);
}

std::optional<std::uint64_t> ModelSpec::Evaluate(std::string_view expression,
                                                 std::optional<std::uint64_t> layer) const {
  return EvaluateSize(expression, [&](std::string_view name) { return Size(name, layer); });
}

bool ModelSpec::Applies(std::string_view when) const {
  if (when.empty()) return true;
  return when.starts_with('!') ? !flags.contains(when.substr(1)) : flags.contains(when);
}

bool ModelSpec::OccursIn(const TensorRule& rule, std::uint64_t layer) const {
  if (layer >= layers.size() || !parts[layer].Has(rule.needs)) return false;
  const bool in_decoder =
      rule.where == Where::kDecoderLayers || rule.where == Where::kFirstDecoderLayer;
  if (const auto decoder = Size("decoder_layers")) {
    if (layer >= (in_decoder ? *decoder : Size("layers").value_or(0))) return false;
  }
  const LayerKind kind = layers[layer];
  switch (rule.where) {
    case Where::kOnce: return false;
    case Where::kEveryLayer:
    case Where::kDecoderLayers: return true;
    case Where::kFirstLayer:
    case Where::kFirstDecoderLayer: return layer == 0;
    case Where::kLaterLayers: return layer > 0;
    case Where::kDenseLayers: return kind == LayerKind::kDense;
    case Where::kExpertLayers: return kind == LayerKind::kExperts || kind == LayerKind::kPrediction;
    default: return kind == LayerKind::kPrediction;
  }
}

std::uint64_t ModelSpec::LayersWith(const TensorRule& rule) const {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < layers.size(); ++i) count += OccursIn(rule, i) ? 1 : 0;
  return count;
}

std::uint64_t ModelSpec::CountLayers(LayerKind kind) const {
  return static_cast<std::uint64_t>(std::ranges::count(layers, kind));
}

std::uint64_t ModelSpec::CountLayers(LayerParts wanted) const {
  const auto own = std::span(parts).first(std::min(parts.size(), Size("layers").value_or(0)));
  return static_cast<std::uint64_t>(
      std::ranges::count_if(own, [&](LayerParts of_layer) { return of_layer.Has(wanted); }));
}

std::uint64_t ModelSpec::CountWindowedLayers() const {
  return static_cast<std::uint64_t>(std::ranges::count(windowed, true));
}

std::optional<ModelSpec> ResolveSpec(const ModelConfig& config, const Family& family,
                                     std::vector<Finding>& findings) {
  for (const std::string_view key : family.not_covered) {
    const nlohmann::json* const value = config.Find(key);
    if (value == nullptr || value->is_null()) continue;
    findings.push_back({.kind = FindingKind::kBadValue,
                        .message = Say("{} is {}: a form of {} that is not known",
                                       "{}의 값이 {}: 알려지지 않은 {}의 형태", key,
                                       config.Show(key), family.title),
                        .config_key = std::string(key),
                        .config_value = config.Show(key)});
    return std::nullopt;
  }
  return Resolver(config, family, findings).Run();
}

}  // namespace modelkin
