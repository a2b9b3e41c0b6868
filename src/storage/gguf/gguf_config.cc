#include "storage/gguf/gguf_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/gguf/gguf_family_keys.h"
#include "storage/gguf/gguf_layer_lists.h"

namespace modelkin {
namespace {

using nlohmann::json;

// gguf 0.19, constants.py, without the architecture before them; transformers' names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kSizes = {{
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.kv_lora_rank", "kv_lora_rank"},
    {"attention.q_lora_rank", "q_lora_rank"},
    {"block_count", "num_hidden_layers"},
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"expert_count", "num_experts"},
    {"expert_feed_forward_length", "moe_intermediate_size"},
    {"expert_group_count", "n_group"},
    {"expert_group_used_count", "topk_group"},
    {"expert_shared_count", "n_shared_experts"},
    {"expert_shared_feed_forward_length", "shared_expert_intermediate_size"},
    {"expert_used_count", "num_experts_per_tok"},
    {"feed_forward_length", "intermediate_size"},
    {"leading_dense_block_count", "first_k_dense_replace"},
    {"nextn_predict_layers", "num_nextn_predict_layers"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNumbers = {{
    {"attention.layer_norm_epsilon", "layer_norm_eps"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"attention.scale", "attention_multiplier"},
    {"attn_logit_softcapping", "attn_logit_softcapping"},
    {"embedding_scale", "embedding_multiplier"},
    {"expert_weights_scale", "routed_scaling_factor"},
    {"final_logit_softcapping", "final_logit_softcapping"},
    {"residual_scale", "residual_multiplier"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kFlags = {{
    {"expert_weights_norm", "norm_topk_prob"},
    {"use_parallel_residual", "use_parallel_residual"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kTokens = {{
    {"tokenizer.ggml.bos_token_id", "bos_token_id"},
    {"tokenizer.ggml.eos_token_id", "eos_token_id"},
    {"tokenizer.ggml.padding_token_id", "pad_token_id"},
}};

// Whose keys and values come from a latent vector.
constexpr std::array<std::string_view, 3> kLatent = {"deepseek2", "deepseek32", "glm-dsa"};

// Of which a size of 0 says that there is no such part.
constexpr std::array<std::string_view, 4> kNoneIfZero = {"intermediate_size", "num_attention_heads",
                                                         "num_experts", "num_key_value_heads"};

// GPT-2's own words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kGpt2Keys = {{
    {"hidden_size", "n_embd"},
    {"intermediate_size", "n_inner"},
    {"layer_norm_eps", "layer_norm_epsilon"},
    {"max_position_embeddings", "n_positions"},
    {"num_attention_heads", "n_head"},
    {"num_hidden_layers", "n_layer"},
}};

constexpr std::uint64_t kGatedBySigmoid = 2;  // "expert_gating_func"

// The decimal that a float was written as: 1e-05, and not 9.999999747378752e-06.
double AsWritten(double value) {
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value) return value;
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), narrow).ptr;
  double written = value;
  std::from_chars(text.data(), end, written);
  return written;
}

class FromKeys {
 public:
  FromKeys(const GgufFile& file, std::string architecture)
      : file_(file),
        architecture_(std::move(architecture)),
        family_(FindGgufFamily(architecture_)) {}

  json Run() && {
    const bool same = family_ == nullptr || family_->model_type.empty();
    config_["model_type"] = same ? architecture_ : std::string(family_->model_type);
    config_["gguf"] = {{"architecture", architecture_}};
    if (const auto mix = file_.Size("general.file_type")) config_["gguf"]["file_type"] = *mix;
    for (const auto& [key, name] : kSizes) Set(name, SizeOf(key));
    for (const auto& [key, name] : kNumbers) Set(name, NumberOf(key));
    for (const auto& [key, name] : kFlags) Set(name, file_.Flag(Own(key)));
    for (const auto& [key, name] : kTokens) Set(name, file_.Size(key));
    for (const std::string_view name : kNoneIfZero) {
      if (config_.value(name, 1U) == 0) config_.erase(name);
    }
    AddWindow();
    AddHeadsAndRotation();
    AddScaling();
    AddExperts();
    AddPredictions();
    AddOwnWords();
    AddFamilyKeys();
    AddLayerLists(file_, architecture_, config_);
    if (architecture_ == "gpt2") RenameForGpt2();
    return std::move(config_);
  }

 private:
  std::string Own(std::string_view key) const { return architecture_ + "." + std::string(key); }

  // A size, or a list of one for each layer that are equal.
  std::optional<std::uint64_t> SizeOf(std::string_view key) const {
    const std::string own = Own(key);
    if (const auto size = file_.Size(own)) return size;
    const GgufValue* const value = file_.Find(own);
    const auto* const list = value == nullptr ? nullptr : std::get_if<GgufArray>(value);
    if (list == nullptr || list->items.empty()) return std::nullopt;
    const GgufScalar& first = list->items.front();
    if (!std::ranges::all_of(list->items, [&](const auto& item) { return item == first; })) {
      return std::nullopt;
    }
    if (const auto* const number = std::get_if<std::uint64_t>(&first)) return *number;
    const auto* const number = std::get_if<std::int64_t>(&first);
    if (number == nullptr || *number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }

  // Of "a / b" the quotient, if it is whole.
  std::optional<std::uint64_t> QuotientOf(std::string_view key) const {
    constexpr std::string_view kSlash = " / ";
    const std::size_t at = key.find(kSlash);
    if (at == std::string_view::npos) return std::nullopt;
    const auto whole = SizeOf(key.substr(0, at)), by = SizeOf(key.substr(at + kSlash.size()));
    if (!whole || !by || *by == 0 || *whole % *by != 0) return std::nullopt;
    return *whole / *by;
  }

  std::optional<double> NumberOf(std::string_view key) const {
    const auto number = file_.Number(Own(key));
    if (!number || !std::isfinite(*number)) return std::nullopt;
    return AsWritten(*number);
  }

  template <class Value>
  void Set(std::string_view name, const std::optional<Value>& value) {
    if (value) config_[name] = *value;
  }

  // A window of 0 is none.
  void AddWindow() {
    const auto window = SizeOf("attention.sliding_window");
    if (window && *window > 0) {
      config_["sliding_window"] = *window;
    } else if (window || architecture_ == "mistral3") {
      config_["sliding_window"] = nullptr;
    }
    Set("sliding_window_pattern", SizeOf("attention.sliding_window_pattern"));
  }

  void AddHeadsAndRotation() {
    // What llama.cpp takes where nothing is said.
    constexpr double kUsualTheta = 10000;
    if (architecture_ == "gpt2" || architecture_ == "bert" || architecture_ == "t5") return;
    config_["rope_theta"] = NumberOf("rope.freq_base").value_or(kUsualTheta);
    const auto rotating = SizeOf("rope.dimension_count");
    if (std::ranges::find(kLatent, architecture_) != kLatent.end()) {
      return AddLatentHeads(rotating);
    }
    const auto width = SizeOf("embedding_length"), heads = SizeOf("attention.head_count");
    auto head = SizeOf("attention.key_length");
    if (!head && width && heads && *heads > 0 && *width % *heads == 0) head = *width / *heads;
    if (!head) return;
    if (architecture_ != "gptneox") config_["head_dim"] = *head;
    if (rotating && *head > 0 && (*rotating != *head || architecture_ == "glm4moe")) {
      config_[architecture_ == "gptneox" ? "rotary_pct" : "partial_rotary_factor"] =
          static_cast<double>(*rotating) / static_cast<double>(*head);
    }
    if (architecture_ == "gemma2" || architecture_ == "gemma3") AddScoreDivisor(*head);
  }

  // llama.cpp divides scores so: of the largest model of each, by the width that heads would have.
  void AddScoreDivisor(std::uint64_t head) {
    constexpr std::uint64_t kLayersOfGemma2 = 46, kLayersOfGemma3 = 62;
    const auto width = SizeOf("embedding_length"), heads = SizeOf("attention.head_count");
    const auto layers = SizeOf("block_count");
    const bool largest = layers == (architecture_ == "gemma2" ? kLayersOfGemma2 : kLayersOfGemma3);
    const bool by_width = largest && width && heads && *heads > 0;
    config_["query_pre_attn_scalar"] = by_width ? *width / *heads : head;
  }

  void AddLatentHeads(std::optional<std::uint64_t> rotating) {
    auto head = SizeOf("attention.key_length_mla");
    if (!head) head = SizeOf("attention.key_length");
    auto value = SizeOf("attention.value_length_mla");
    if (!value) value = SizeOf("attention.value_length");
    Set("qk_rope_head_dim", rotating);
    Set("v_head_dim", value);
    if (head && rotating && *head >= *rotating) config_["qk_nope_head_dim"] = *head - *rotating;
    if (!config_.contains("q_lora_rank")) config_["q_lora_rank"] = nullptr;
    config_.erase("num_key_value_heads");  // 1 where keys and values are absorbed
  }

  void AddScaling() {
    const std::string type = file_.Text(Own("rope.scaling.type"));
    json scaling;
    const auto add = [&](std::string_view name, std::string_view key) {
      if (const auto number = NumberOf(key)) scaling[name] = *number;
    };
    if (type == "linear" || type == "yarn") {
      scaling["rope_type"] = type;
      add("factor", "rope.scaling.factor");
    }
    const auto original = SizeOf("rope.scaling.original_context_length");
    if (type == "yarn") {
      if (original) scaling["original_max_position_embeddings"] = *original;
      add("beta_fast", "rope.scaling.yarn_beta_fast");
      add("beta_slow", "rope.scaling.yarn_beta_slow");
      // The converter's: a tenth of "mscale_all_dim".
      if (const auto multiplier = NumberOf("rope.scaling.yarn_log_multiplier")) {
        scaling["mscale"] = scaling["mscale_all_dim"] =
            AsWritten(static_cast<double>(static_cast<float>(*multiplier * 10)));
      }
      if (architecture_ == "gpt-oss") scaling["truncate"] = false;
    }
    if (scaling.is_null() && architecture_ == "gpt-oss") scaling["rope_type"] = "default";
    if (!scaling.is_null()) config_["rope_scaling"] = std::move(scaling);
    // Of LongRoPE, whose factors are tensors.
    if (architecture_ == "phi3" || architecture_ == "phimoe") {
      Set("original_max_position_embeddings", original);
      if (const auto attention = NumberOf("rope.scaling.attn_factor")) {
        config_["gguf"]["attention_factor"] = *attention;
      }
    }
  }

  void AddExperts() {
    if (!config_.contains("num_experts")) return;
    // llama.cpp knows no other.
    if (architecture_ == "qwen3moe" || architecture_ == "qwen3vlmoe") {
      config_["norm_topk_prob"] = true;
    }
    if (architecture_ == "deepseek2" && file_.Size(Own("expert_gating_func")) == kGatedBySigmoid) {
      config_["model_type"] = "deepseek_v3";
    }
    // The converter writes it of the one, and not of the other.
    if (architecture_ == "glm4moe" && !config_.contains("first_k_dense_replace")) {
      config_["model_type"] = "solar_open";
    }
    if (architecture_ == "granitemoe" && SizeOf("expert_shared_feed_forward_length")) {
      config_["model_type"] = "granitemoeshared";
    }
  }

  // Layers for the prediction of further tokens count as layers there, and not in config.json.
  void AddPredictions() {
    const auto layers = SizeOf("block_count"), predicting = SizeOf("nextn_predict_layers");
    if (layers && predicting && *predicting < *layers) {
      config_["num_hidden_layers"] = *layers - *predicting;
    }
    const bool qwen =
        architecture_ == "qwen35" || architecture_ == "qwen35moe" || architecture_ == "qwen3next";
    if (qwen) Rename("num_nextn_predict_layers", "mtp_num_hidden_layers");
  }

  // What single families say in their own way.
  void AddOwnWords() {
    Set("logit_scale", NumberOf("logit_scale"));
    // OLMo 3 is OLMo 2 with windows.
    if (architecture_ == "olmo2" && config_.contains("sliding_window")) {
      config_["model_type"] = "olmo3";
    }
    if (architecture_ == "starcoder2") Rename("layer_norm_eps", "norm_epsilon");
    if (architecture_ == "nemotron") Rename("layer_norm_eps", "norm_eps");
    // Four times the width, whatever it is.
    if (architecture_ == "phi2") config_.erase("intermediate_size");
    // Only Granite scales what goes into its layers.
    if (architecture_ == "granitehybrid" && !config_.contains("embedding_multiplier")) {
      config_["model_type"] = "bamba";
    }
    if (architecture_ == "lfm2") config_["block_auto_adjust_ff_dim"] = false;  // as it was adjusted
    // The largest has none.
    constexpr std::uint64_t kMostExpertsWithNorms = 16;
    if (architecture_ == "llama4") {
      config_["use_qk_norm"] =
          config_.value("num_experts", std::uint64_t{0}) <= kMostExpertsWithNorms;
    }
  }

  void AddFamilyKeys() {
    if (family_ == nullptr) return;
    for (const FamilyKey& own : family_->keys) {
      for (const auto& [key, name] : kSizes) EraseIf(key == own.key, name);
      for (const auto& [key, name] : kNumbers) EraseIf(key == own.key, name);
    }
    EraseIf(std::ranges::find(family_->keys, "logit_scale", &FamilyKey::key) != family_->keys.end(),
            "logit_scale");
    for (const FamilyKey& own : family_->keys) {
      if (const auto size = SizeOf(own.key)) {
        config_[own.name] = *size;
      } else if (const auto quotient = QuotientOf(own.key)) {
        config_[own.name] = *quotient;
      } else {
        Set(own.name, NumberOf(own.key));
      }
    }
  }

  void EraseIf(bool condition, std::string_view name) {
    if (condition) config_.erase(std::string(name));
  }

  void Rename(std::string_view usual, std::string_view own) {
    const auto found = config_.find(usual);
    if (found == config_.end()) return;
    json value = std::move(*found);
    config_.erase(found);
    config_[own] = std::move(value);
  }

  void RenameForGpt2() {
    for (const auto& [usual, own] : kGpt2Keys) Rename(usual, own);
  }

  const GgufFile& file_;
  std::string architecture_;
  const GgufFamily* family_;
  json config_ = json::object();
};

// Whether it is a name, and not any bytes.
bool IsName(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

json GgufConfig(const GgufFile& file) {
  std::string architecture = file.Text("general.architecture");
  if (!IsName(architecture)) return json::object();
  return FromKeys(file, std::move(architecture)).Run();
}

std::string GgufArchitecture(const json& config) {
  const auto gguf = config.find("gguf");
  if (gguf == config.end() || !gguf->is_object()) return "";
  const auto architecture = gguf->find("architecture");
  if (architecture == gguf->end() || !architecture->is_string()) return "";
  return architecture->get<std::string>();
}

}  // namespace modelkin
