#include "architecture/config_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "architecture/parameter_count.h"
#include "architecture/rotary_keys.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

using nlohmann::json;

// A property and the keys that different families have for it.
struct Property {
  std::string_view keys;           // "n_routed_experts|num_experts"
  std::string_view size = {};      // of the family's table, for its default
  std::string_view flag = {};      // likewise
  std::string_view fallback = {};  // what its absence means, if the family is known
};

struct PropertyGroup {
  std::string_view name;
  std::vector<Property> properties;
};

// What the absence of a key that is neither a size nor a flag means, by family.
constexpr std::string_view kWindow = "window";
constexpr std::string_view kRotaryShare = "rotary share";
constexpr std::string_view kRotaryScaling = "rotary scaling";

const std::vector<PropertyGroup>& PropertyGroups() {
  static const std::vector<PropertyGroup> kGroups = {
      {"architecture",
       {{"model_type"},
        {"hidden_size|n_embd", "residual"},
        {"num_hidden_layers|n_layer", "layers"},
        {"intermediate_size|n_inner", "width"},
        {"hidden_act|activation_function|hidden_activation"},
        {"tie_word_embeddings", "", "tied"}}},
      {"attention",
       {{"num_attention_heads|n_head", "heads"},
        {"num_key_value_heads", "kv_heads"},
        {"head_dim", "head_dim"},
        {"attention_bias|qkv_bias", "", "qkv_bias"},
        {"qk_norm|use_qk_norm", "", "qk_norm"},
        {"sliding_window", "", "", kWindow},
        {"kv_lora_rank", "latent"},
        {"q_lora_rank"},
        {"qk_nope_head_dim", "plain_dim"},
        {"qk_rope_head_dim", "rotary_dim"},
        {"v_head_dim", "value_dim"}}},
      {"mixture of experts",
       {{"n_routed_experts|num_local_experts|num_experts", "experts"},
        {"num_experts_per_tok|experts_per_token", "experts_per_token"},
        {"n_shared_experts", "shared_experts"},
        {"moe_intermediate_size"},
        {"shared_expert_intermediate_size"},
        {"first_k_dense_replace", "dense_layers"},
        {"norm_topk_prob"},
        {"routed_scaling_factor"},
        {"n_group", "groups"},
        {"topk_group", "groups_per_token"},
        {"num_nextn_predict_layers", "prediction_layers"}}},
      {"position encoding",
       {{"max_position_embeddings|n_positions|n_ctx", "positions"},
        {"rope_theta|rotary_emb_base"},
        {"rope_scaling", "", "", kRotaryScaling},
        {"rope_parameters"},
        {"partial_rotary_factor|rotary_pct", "", "", kRotaryShare}}},
      {"vocabulary",
       {{"vocab_size", "vocab"}, {"bos_token_id"}, {"eos_token_id"}, {"pad_token_id"}}},
      {"normalisation", {{"rms_norm_eps|layer_norm_eps|layer_norm_epsilon"}}},
      {"left over from training",
       {{"torch_dtype|dtype"},
        {"initializer_range"},
        {"attention_dropout|attn_pdrop"},
        {"hidden_dropout|hidden_dropout_prob|resid_pdrop"},
        {"router_aux_loss_coef"},
        {"router_jitter_noise"},
        {"use_cache"},
        {"transformers_version"}}}};
  return kGroups;
}

// Neither properties of the model nor worth a row.
constexpr std::array<std::string_view, 7> kIgnoredKeys = {
    "architectures", "auto_map", "_name_or_path", "quantization_config",
    "layer_types",   "id2label", "gguf"};

std::string NumberText(double number) {
  constexpr double kExactBelow = 0x1p53;
  const bool whole = std::abs(number) < kExactBelow && number == std::floor(number);
  return whole ? fmt::format("{}", static_cast<std::int64_t>(number)) : fmt::format("{}", number);
}

struct Model {
  const ModelConfig* config;
  std::optional<ModelSpec> spec;
  std::optional<ExpectedSize> expected;
};

class Comparer {
 public:
  Comparer(std::span<const std::string> names, std::span<const ModelConfig* const> configs) {
    result_.models.assign(names.begin(), names.end());
    for (std::size_t i = 0; i < configs.size(); ++i) {
      Model model{.config = configs[i], .spec = {}, .expected = {}};
      const Family* const family = FindFamily(configs[i]->model_type());
      std::vector<Finding> findings;
      if (family != nullptr) model.spec = ResolveSpec(*configs[i], *family, findings);
      if (model.spec) model.expected = ExpectedParameters(*model.spec);
      if (family == nullptr) {
        findings.push_back({.kind = FindingKind::kUnknownFamily,
                            .message = Say("model_type {} is not a known family: no defaults, "
                                           "nothing derived",
                                           "model_type {}은(는) 알려진 계열이 아님: 기본값도, "
                                           "계산한 값도 없음",
                                           configs[i]->Show("model_type"))});
      }
      for (Finding& finding : findings) {
        finding.message = Say("{}: {}", "{}: {}", Printable(names[i]), finding.message);
        result_.findings.push_back(std::move(finding));
      }
      models_.push_back(std::move(model));
    }
  }

  ConfigComparison Run() {
    for (const PropertyGroup& group : PropertyGroups()) {
      ConfigGroup rows{.name = group.name, .rows = {}};
      for (const Property& property : group.properties) AddProperty(property, rows);
      AddDerived(rows);
      if (!rows.rows.empty()) result_.groups.push_back(std::move(rows));
    }
    AddOtherKeys();
    return std::move(result_);
  }

 private:
  ConfigCell CellOf(const Model& model, const Property& property) {
    const std::vector<std::string_view> keys = SplitKeys(property.keys);
    used_.insert(keys.begin(), keys.end());
    bool is_null = false;
    for (const std::string_view key : keys) {
      if (IsRotaryKey(key)) {
        if (auto value = RotaryValue(*model.config, key)) return {*value, CellSource::kConfig};
        continue;
      }
      const json* const value = model.config->Find(key);
      if (value != nullptr && !value->is_null()) return {*value, CellSource::kConfig};
      is_null = is_null || value != nullptr;
    }
    // What a null that is written out means can differ from what a missing key means.
    if (auto resolved = ResolvedSizeOrFlag(model, property)) return *resolved;
    if (is_null) return {nullptr, CellSource::kConfig};
    return model.spec ? OtherDefault(*model.spec, property.fallback) : ConfigCell{};
  }

  static std::optional<ConfigCell> ResolvedSizeOrFlag(const Model& model,
                                                      const Property& property) {
    if (!model.spec) return std::nullopt;
    if (const auto size = model.spec->sizes.find(property.size);
        size != model.spec->sizes.end() &&
        (size->second.value > 0 || property.size != "positions")) {
      return ConfigCell{size->second.value, CellSource::kDefault};
    }
    for (const FlagRule& rule : model.spec->family->flags) {
      if (rule.flag != property.flag) continue;
      return ConfigCell{model.spec->flags.contains(rule.flag), CellSource::kDefault};
    }
    return std::nullopt;
  }

  static ConfigCell OtherDefault(const ModelSpec& spec, std::string_view fallback) {
    if (fallback == kWindow) {
      return {spec.window ? json(*spec.window) : json(), CellSource::kDefault};
    }
    if (!spec.family->rotary) return {};
    if (fallback == kRotaryShare) return {spec.family->default_rotary_share, CellSource::kDefault};
    if (fallback == kRotaryScaling) return {nullptr, CellSource::kDefault};
    return {};
  }

  void AddProperty(const Property& property, ConfigGroup& group) {
    ConfigRow row;
    for (const Model& model : models_) row.cells.push_back(CellOf(model, property));
    // All defaults say nothing that the family does not.
    const bool said = std::ranges::any_of(
        row.cells, [](const ConfigCell& cell) { return cell.source == CellSource::kConfig; });
    for (const Model& model : models_) {
      for (const std::string_view key : SplitKeys(property.keys)) {
        if (row.key.empty() && model.config->Find(key) != nullptr) row.key = key;
      }
    }
    if (!said) return;
    if (row.key.empty()) row.key = SplitKeys(property.keys).front();  // it is inside another one
    Judge(row, SplitKeys(property.keys).front());
    group.rows.push_back(std::move(row));
  }

  static void Judge(ConfigRow& row, std::string_view public_key) {
    const bool complete = std::ranges::none_of(
        row.cells, [](const ConfigCell& cell) { return cell.source == CellSource::kAbsent; });
    if (!complete) return;
    row.same = std::ranges::all_of(
        row.cells, [&](const ConfigCell& cell) { return cell.value == row.cells[0].value; });
    if (*row.same) row.common = CommonnessOf(public_key, ConfigValueText(row.cells[0].value));
  }

  // `value_of` gives null where a model has no such thing.
  template <class ValueOf>
  void AddDerivedRow(ConfigGroup& group, std::string_view name, ValueOf&& value_of) {
    ConfigRow row{.key = std::string(name), .cells = {}, .derived = true, .same = {}, .common = {}};
    bool any = false;
    for (const Model& model : models_) {
      json value = model.spec ? value_of(model) : json();
      const auto source = value.is_null() ? CellSource::kAbsent : CellSource::kDerived;
      any = any || source == CellSource::kDerived;
      row.cells.push_back({std::move(value), source});
    }
    if (any) group.rows.push_back(std::move(row));
  }

  static json CountOrNull(std::optional<std::uint64_t> count) {
    return count && *count > 0 ? json(*count) : json();
  }

  static json RatioOrNull(std::uint64_t part, std::uint64_t whole) {
    if (part == 0 || whole == 0) return {};
    return static_cast<double>(part) / static_cast<double>(whole);
  }

  void AddDerived(ConfigGroup& group) {
    if (group.name == "architecture") {
      AddDerivedRow(group, "parameters", [](const Model& m) {
        return m.expected ? CountOrNull(m.expected->count.total) : json();
      });
      AddDerivedRow(group, "parameters active for a token", [](const Model& m) {
        return m.expected ? CountOrNull(ActiveParameters(m.expected->count, *m.spec)) : json();
      });
    } else if (group.name == "attention") {
      AddDerivedRow(group, "query heads for a key and value head", [](const Model& m) {
        return RatioOrNull(m.spec->Size("heads").value_or(0), m.spec->Size("kv_heads").value_or(0));
      });
      AddDerivedRow(group, "KV cache, bytes a token", [](const Model& m) {
        const auto cache = KeyValueCache(*m.spec);
        return cache ? CountOrNull(cache->bytes_per_token) : json();
      });
    } else if (group.name == "mixture of experts") {
      AddDerivedRow(group, "width of a routed expert",
                    [](const Model& m) { return CountOrNull(m.spec->Size("expert_width")); });
      AddDerivedRow(group, "width of the shared expert",
                    [](const Model& m) { return CountOrNull(m.spec->Size("shared_width")); });
      AddDerivedRow(group, "layers with experts", [](const Model& m) {
        return CountOrNull(m.spec->CountLayers(LayerKind::kExperts));
      });
      AddDerivedRow(group, "routed experts' share of parameters", [](const Model& m) {
        if (!m.expected) return json();
        const ParameterCount& count = m.expected->count;
        return RatioOrNull(count.Of(ModuleKind::kRoutedExperts), count.total);
      });
    } else if (group.name == "position encoding") {
      AddDerivedRow(group, "dimensions of a head that rotate",
                    [](const Model& m) { return CountOrNull(m.spec->rotary.dims); });
    }
  }

  // Keys that no property is about: in no tally, as nobody chose which of them to count.
  void AddOtherKeys() {
    std::set<std::string> keys;
    for (const Model& model : models_) {
      for (const std::string& key : model.config->Keys()) {
        const bool ignored = std::ranges::find(kIgnoredKeys, key) != kIgnoredKeys.end();
        if (!ignored && !used_.contains(key) && keys.size() < kMostOtherKeys) keys.insert(key);
      }
    }
    ConfigGroup group{.name = "other keys (not counted)", .rows = {}};
    for (const std::string& key : keys) {
      ConfigRow row{
          .key = Printable(key, 60), .cells = {}, .derived = true, .same = {}, .common = {}};
      for (const Model& model : models_) {
        const json* const value = model.config->Find(key);
        row.cells.push_back(value == nullptr ? ConfigCell{}
                                             : ConfigCell{*value, CellSource::kConfig});
      }
      group.rows.push_back(std::move(row));
    }
    if (!group.rows.empty()) result_.groups.push_back(std::move(group));
  }

  static constexpr std::size_t kMostOtherKeys = 200;

  std::vector<Model> models_;
  std::set<std::string, std::less<>> used_;
  ConfigComparison result_;
};

}  // namespace

std::string ConfigValueText(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return NumberText(value.get<double>());
  if (value.is_object()) {
    std::string text;
    for (const auto& [key, member] : value.items()) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, ConfigValueText(member));
    }
    return text;
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::uint64_t ConfigGroup::same() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rows, [](const ConfigRow& row) { return row.same.value_or(false); }));
}

std::uint64_t ConfigGroup::compared() const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rows, [](const ConfigRow& row) { return row.same.has_value(); }));
}

std::uint64_t ConfigComparison::same() const {
  std::uint64_t sum = 0;
  for (const ConfigGroup& group : groups) sum += group.same();
  return sum;
}

std::uint64_t ConfigComparison::compared() const {
  std::uint64_t sum = 0;
  for (const ConfigGroup& group : groups) sum += group.compared();
  return sum;
}

ConfigComparison CompareConfigs(std::span<const std::string> names,
                                std::span<const ModelConfig* const> configs) {
  return Comparer(names, configs).Run();
}

}  // namespace modelkin
