// What a model's tensors add to its configuration.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/gguf/gguf_config.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostRotaryPairs = 4096;

// Whose experts' width config.json calls that of MLPs.
constexpr std::array<std::string_view, 8> kExpertsAsWideAsMlps = {
    "cohere2moe", "gpt-oss", "granitemoe", "jamba", "llama", "minimax-m2", "olmoe", "phimoe"};

// Llama 3.1's way to stretch wavelengths, with the numbers that all its models have.
struct Llama3Scaling {
  double factor = 1, low = 1, high = 4, original = 8192;

  // What the frequency of this wavelength is divided by.
  double At(double wavelength) const {
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const double part = (original / wavelength - low) / (high - low);
    return 1 / ((1 - part) / factor + part);
  }
};

class Completion {
 public:
  Completion(std::span<const Tensor> tensors, const PartReader& parts, json& config)
      : parts_(parts), config_(config), architecture_(GgufArchitecture(config)) {
    for (const Tensor& tensor : tensors) by_name_.emplace(tensor.name, &tensor);
    for (const Tensor& tensor : tensors) NoteParts(tensor);
  }

  void Run() {
    // Tied ones are stored once: mostly the embedding, of some models the head.
    const Tensor* const embedding = Find("token_embd.weight");
    const Tensor* const head = Find("output.weight");
    const Tensor* const rows = embedding != nullptr ? embedding : head;
    if (rows != nullptr && !rows->shape.empty()) config_["vocab_size"] = rows->shape[0];
    config_["tie_word_embeddings"] = head == nullptr || embedding == nullptr;
    if (const Tensor* const types = Find("token_types.weight")) {
      config_["type_vocab_size"] = types->shape.size() == 2 ? types->shape[0] : 1;
    }
    AddKinds();
    AddExpertLayers();
    AddWidths();
    AddRows();
    AddFactors();
  }

 private:
  const Tensor* Find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

  // The first tensor of each part of a layer: "attn_q.bias"; how many layers have it, and which
  // have experts.
  void NoteParts(const Tensor& tensor) {
    constexpr std::string_view kBlock = "blk.";
    const std::string_view name = tensor.name;
    if (!name.starts_with(kBlock)) return;
    const std::size_t dot = name.find('.', kBlock.size());
    if (dot == std::string_view::npos) return;
    const std::string_view part = name.substr(dot + 1);
    by_part_.emplace(part, &tensor);
    ++layers_of_[part];
    std::uint64_t layer = 0;
    const char* const end = name.data() + dot;
    const auto read = std::from_chars(name.data() + kBlock.size(), end, layer);
    if (part == "ffn_gate_inp.weight" && read.ec == std::errc() && read.ptr == end) {
      with_experts_.insert(layer);
    }
  }

  const Tensor* FindPart(std::string_view part) const {
    const auto found = by_part_.find(part);
    return found == by_part_.end() ? nullptr : found->second;
  }

  void AddKinds() {
    if (architecture_ == "llama" && FindPart("ffn_gate_inp.weight") != nullptr) {
      config_["model_type"] = "mixtral";
    }
    if (architecture_ == "deepseek2") {
      if (FindPart("exp_probs_b.bias") != nullptr) config_["model_type"] = "deepseek_v3";
      config_["attention_bias"] = FindPart("attn_q_a.bias") != nullptr;
      return;
    }
    // Some files keep the key without the layers.
    if (config_.contains("num_nextn_predict_layers") &&
        FindPart("nextn.eh_proj.weight") == nullptr) {
      config_["num_nextn_predict_layers"] = 0U;
    }
    if (architecture_ == "glm4moe") {
      config_["use_qk_norm"] = FindPart("attn_q_norm.weight") != nullptr;
    }
    if (architecture_ == "stablelm") {
      config_["use_qkv_bias"] = FindPart("attn_q.bias") != nullptr;
    }
    if (architecture_ == "phimoe") config_["lm_head_bias"] = Find("output.bias") != nullptr;
    const bool told = architecture_ == "bert" || architecture_ == "gpt2" ||
                      architecture_ == "gptneox" || architecture_ == "qwen2" ||
                      architecture_ == "qwen2moe";
    if (!told) config_["attention_bias"] = FindPart("attn_q.bias") != nullptr;
    if (FindPart("ffn_gate.bias") != nullptr) config_["mlp_bias"] = true;
    AddFamilies();
    AddFlags();
  }

  // Where one architecture is several families.
  void AddFamilies() {
    if (architecture_ == "bert" && Find("token_types.weight") == nullptr) {
      config_["model_type"] = "distilbert";
      for (const auto& [usual, own] : {std::pair("hidden_size", "dim"),
                                       {"intermediate_size", "hidden_dim"},
                                       {"num_attention_heads", "n_heads"},
                                       {"num_hidden_layers", "n_layers"}}) {
        if (config_.contains(usual)) config_[own] = config_[usual];
      }
    }
    if (architecture_ == "t5") {
      const bool gated = Find("enc.blk.0.ffn_gate.weight") != nullptr;
      config_["feed_forward_proj"] = gated ? "gated-gelu" : "relu";
      // A table of positions in every layer.
      if (Find("enc.blk.1.attn_rel_b.weight") != nullptr) config_["model_type"] = "umt5";
    }
    if (architecture_ == "chatglm" && FindPart("attn_q.weight") != nullptr) {
      config_["model_type"] = "glm";
    }
  }

  void AddFlags() {
    if (FindPart("ssm_conv1d.weight") != nullptr) {
      const bool bias = FindPart("ssm_conv1d.bias") != nullptr;
      config_["use_conv_bias"] = config_["mamba_conv_bias"] = bias;
    }
    if (architecture_ == "falcon-h1") {
      config_["mamba_rms_norm"] = FindPart("ssm_norm.weight") != nullptr;
    }
    if (architecture_ == "lfm2moe") {
      config_["use_expert_bias"] = FindPart("exp_probs_b.bias") != nullptr;
    }
    if (architecture_ == "gemma4") {
      config_["attention_k_eq_v"] = layers_of_["attn_v.weight"] < layers_of_["attn_k.weight"];
    }
  }

  // Which layers have experts, where no key says so.
  void AddExpertLayers() {
    if (with_experts_.empty()) return;
    const std::uint64_t first = *with_experts_.begin();
    if (architecture_ == "hy_v3") config_["first_k_dense_replace"] = first;
    if (architecture_ != "jamba") return;
    const std::uint64_t period =
        with_experts_.size() > 1 ? *std::next(with_experts_.begin()) - first : first + 1;
    config_["expert_layer_period"] = period;
    config_["expert_layer_offset"] = first % period;
  }

  // Of MLPs where no key says so.
  void AddWidths() {
    const auto add = [&](std::string_view key, std::string_view part) {
      const Tensor* const tensor = config_.contains(key) ? nullptr : FindPart(part);
      if (tensor != nullptr && tensor->shape.size() >= 2) {
        config_[key] = tensor->shape[tensor->shape.size() - 2];
      }
    };
    if (FindPart("ffn_gate_exps.weight") != nullptr) {
      const bool own =
          std::ranges::find(kExpertsAsWideAsMlps, architecture_) == kExpertsAsWideAsMlps.end();
      add(own ? "moe_intermediate_size" : "intermediate_size", "ffn_gate_exps.weight");
    }
    if (architecture_ == "gpt2") config_.erase("n_inner");  // four times the width, whatever it is
    add(architecture_ == "gpt2" ? "n_inner" : "intermediate_size", "ffn_up.weight");
    if (architecture_ == "qwen2moe") {
      add("shared_expert_intermediate_size", "ffn_gate_shexp.weight");
    }
  }

  // Sizes that are rows of a tensor.
  void AddRows() {
    const auto add = [&](const char* key, const Tensor* tensor) {
      if (tensor != nullptr && tensor->shape.size() == 2) config_[key] = tensor->shape[0];
    };
    add("vocab_size_per_layer_input", Find("per_layer_token_embd.weight"));
    add("laurel_rank", FindPart("laurel_l.weight"));
  }

  std::vector<float> ValuesOf(const Tensor* tensor) const {
    std::vector<float> values;
    if (tensor == nullptr || tensor->coded != nullptr || tensor->dtype != DType::kF32 ||
        tensor->elements == 0 || tensor->elements > kMostRotaryPairs) {
      return values;
    }
    values.resize(tensor->elements);
    DecodeElements(parts_, *tensor, 0, tensor->elements, values.data());
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return {};
    return values;
  }

  void AddFactors() {
    if (architecture_ == "gemma4") return AddTurningShare();
    if (const auto of_all = ValuesOf(Find("rope_freqs.weight")); !of_all.empty()) {
      AddFrequencies(of_all);
    }
    const auto for_long = ValuesOf(Find("rope_factors_long.weight"));
    const auto for_short = ValuesOf(Find("rope_factors_short.weight"));
    if (for_long.empty() || for_short.empty()) return;
    json scaling = {
        {"rope_type", "longrope"}, {"long_factor", for_long}, {"short_factor", for_short}};
    json& gguf = config_["gguf"];
    const auto factor = gguf.find("attention_factor");
    if (factor != gguf.end()) {
      if (architecture_ == "phimoe") {
        scaling["long_mscale"] = scaling["short_mscale"] = *factor;
      } else {
        scaling["attention_factor"] = *factor;
      }
    }
    config_["rope_scaling"] = std::move(scaling);
  }

  // Of Gemma 4 they say which dimensions of a head turn: 1 for those, 1e30 for the others.
  void AddTurningShare() {
    const auto factors = ValuesOf(Find("rope_freqs.weight"));
    const auto turning = std::ranges::count(factors, 1.0F);
    if (turning == 0) return;
    config_["partial_rotary_factor"] =
        static_cast<double>(turning) / static_cast<double>(factors.size());
  }

  // What frequencies are divided by: as Llama 3.1 has it, if these are its numbers.
  void AddFrequencies(const std::vector<float>& factors) {
    if (std::ranges::all_of(factors, [](float factor) { return factor == 1; })) return;
    const double theta = config_.value("rope_theta", 0.0);
    for (std::uint64_t original = 256; original <= std::uint64_t{1} << 20; original *= 2) {
      const Llama3Scaling scaling{.factor = factors.back(),
                                  .original = static_cast<double>(original)};
      if (!AreThose(factors, scaling, theta)) continue;
      config_["rope_scaling"] = {{"rope_type", "llama3"},
                                 {"factor", scaling.factor},
                                 {"low_freq_factor", scaling.low},
                                 {"high_freq_factor", scaling.high},
                                 {"original_max_position_embeddings", original}};
      return;
    }
    config_["rope_scaling"] = {{"rope_type", "longrope"},
                               {"long_factor", factors},
                               {"short_factor", factors},
                               {"attention_factor", 1.0}};
  }

  static bool AreThose(const std::vector<float>& factors, const Llama3Scaling& scaling,
                       double theta) {
    constexpr double kNearly = 1e-4;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const double exponent = static_cast<double>(i) / static_cast<double>(factors.size());
      const double expected = scaling.At(2 * std::numbers::pi * std::pow(theta, exponent));
      if (!(std::abs(factors[i] - expected) <= kNearly * expected)) return false;
    }
    return true;
  }

  const PartReader& parts_;
  json& config_;
  std::string architecture_;
  std::unordered_map<std::string_view, const Tensor*> by_name_, by_part_;
  std::unordered_map<std::string_view, std::uint64_t> layers_of_;
  std::set<std::uint64_t> with_experts_;
};

}  // namespace

void CompleteGgufConfig(std::span<const Tensor> tensors, const PartReader& parts, json& config) {
  Completion(tensors, parts, config).Run();
}

}  // namespace modelkin
