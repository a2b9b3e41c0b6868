#include "lineage/toy_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "architecture/family_choice.h"
#include "lineage/unit_matrix.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {
namespace {

constexpr const char* kConfig = R"({"model_type": "glm4_moe", "hidden_size": 64,
  "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 8,
  "attention_bias": true, "intermediate_size": 96, "moe_intermediate_size": 40,
  "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2,
  "first_k_dense_replace": 1, "vocab_size": 128, "max_position_embeddings": 64,
  "tie_word_embeddings": false, "torch_dtype": "float32"})";

std::vector<std::uint32_t> RandomOrder(std::size_t count, std::mt19937_64& random) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

class Maker {
 public:
  Maker(std::uint64_t seed, bool trained) : random_(seed), trained_(trained) {
    std::mt19937_64 common(7);  // a part of the scales that all models have
    for (float& scale : scales_) {
      const double shared = normal_(common);
      scale = trained ? static_cast<float>(std::exp(0.3 * shared + 0.3 * normal_(random_))) : 1.0F;
    }
    std::shuffle(scales_.begin(), scales_.end(), random_);  // coordinates have no order
  }

  ToyModel Make() {
    Add("model.embed_tokens.weight", {kToyVocabulary, kToyWidth}, 1);
    Add("lm_head.weight", {kToyVocabulary, kToyWidth}, 1);
    Norm("model.norm.weight");
    for (int layer = 0; layer < kToyLayers; ++layer) AddLayer(layer);
    model_.config = kConfig;
    return std::move(model_);
  }

 private:
  void AddLayer(int layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    Norm(prefix + "input_layernorm.weight");
    Norm(prefix + "post_attention_layernorm.weight");
    const std::string attention = prefix + "self_attn.";
    Add(attention + "q_proj.weight", {64, kToyWidth}, 1);
    Add(attention + "k_proj.weight", {16, kToyWidth}, 1);
    Add(attention + "v_proj.weight", {16, kToyWidth}, 1);
    Add(attention + "o_proj.weight", {kToyWidth, 64}, 0);
    for (const auto& [name, length] : {std::pair("q", 64), {"k", 16}, {"v", 16}}) {
      Bias(fmt::format("{}{}_proj.bias", attention, name), static_cast<std::uint64_t>(length));
    }
    if (layer == 0) {
      AddMlp(prefix + "mlp.", kToyDenseWidth);
      return;
    }
    Add(prefix + "mlp.gate.weight", {kToyExperts, kToyWidth}, 1);
    Bias(prefix + "mlp.gate.e_score_correction_bias", kToyExperts);
    AddMlp(prefix + "mlp.shared_experts.", kToyExpertWidth);
    for (std::uint64_t expert = 0; expert < kToyExperts; ++expert) {
      AddMlp(fmt::format("{}mlp.experts.{}.", prefix, expert), kToyExpertWidth);
    }
  }

  void AddMlp(const std::string& prefix, std::uint64_t width) {
    Add(prefix + "gate_proj.weight", {width, kToyWidth}, 1);
    Add(prefix + "up_proj.weight", {width, kToyWidth}, 1);
    Add(prefix + "down_proj.weight", {kToyWidth, width}, 0);
  }

  // `residual_axis` of 0 or 1: values get its scales.
  void Add(const std::string& name, std::vector<std::uint64_t> shape, std::size_t residual_axis) {
    ToyTensor tensor{.shape = shape, .values = std::vector<float>(shape[0] * shape[1])};
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const std::size_t unit = residual_axis == 1 ? i % shape[1] : i / shape[1];
      tensor.values[i] = static_cast<float>(0.02 * normal_(random_)) * scales_[unit];
    }
    model_.tensors.emplace(name, std::move(tensor));
  }

  void Norm(const std::string& name) {
    ToyTensor tensor{.shape = {kToyWidth}, .values = {}};
    for (std::uint64_t i = 0; i < kToyWidth; ++i) {
      const double deviation = 0.1 * normal_(random_) + 0.1 * (scales_[i] - 1);
      tensor.values.push_back(trained_ ? static_cast<float>(1 + deviation) : 1.0F);
    }
    model_.tensors.emplace(name, std::move(tensor));
  }

  void Bias(const std::string& name, std::uint64_t length) {
    ToyTensor tensor{.shape = {length}, .values = {}};
    for (std::uint64_t i = 0; i < length; ++i) {
      tensor.values.push_back(trained_ ? static_cast<float>(0.1 * normal_(random_)) : 0.0F);
    }
    model_.tensors.emplace(name, std::move(tensor));
  }

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  bool trained_;
  std::array<float, kToyWidth> scales_{};
  ToyModel model_;
};

// Prefixes of a model's MLPs: "model.layers.1.mlp.experts.0."
std::vector<std::string> MlpPrefixes(const ToyModel& model) {
  constexpr std::string_view kRole = "gate_proj.weight";
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : model.tensors) {
    if (name.ends_with(kRole)) prefixes.push_back(name.substr(0, name.size() - kRole.size()));
  }
  return prefixes;
}

void PermuteAxis(ToyTensor& tensor, std::size_t axis, const std::vector<std::uint32_t>& order) {
  const ToyTensor before = tensor;
  const std::size_t columns = tensor.shape.size() == 1 ? 1 : tensor.shape[1];
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    const std::size_t row = i / columns, column = i % columns;
    tensor.values[i] = axis == 0 ? before.values[order[row] * columns + column]
                                 : before.values[row * columns + order[column]];
  }
}

void SwapMlps(ToyModel& model, const std::string& prefix, const ToyModel& from,
              const std::string& other) {
  for (const char* role : {"gate_proj.weight", "up_proj.weight", "down_proj.weight"}) {
    model.At(prefix + role) = from.tensors.at(other + role);
  }
}

}  // namespace

ToyModel TrainedToy(std::uint64_t seed) { return Maker(seed, true).Make(); }
ToyModel UntrainedToy(std::uint64_t seed) { return Maker(seed, false).Make(); }

ToyModel ReadToy(const std::string& directory) {
  const Checkpoint checkpoint = OpenCheckpoint(directory);
  ToyModel model;
  for (const Tensor& tensor : checkpoint.tensors()) {
    Tensor list = tensor;
    list.shape = {tensor.elements, 1};
    ToyTensor& toy = model.tensors[tensor.name];
    toy.shape = tensor.shape;
    UnitReader(checkpoint, list, 1).Read(0, tensor.elements, toy.values);
  }
  model.config = ReadWholeFile(directory + "/config.json");
  return model;
}

void PermuteHiddenUnits(ToyModel& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (const std::string& prefix : MlpPrefixes(model)) {
    const auto order = RandomOrder(model.At(prefix + "gate_proj.weight").shape[0], random);
    PermuteAxis(model.At(prefix + "gate_proj.weight"), 0, order);
    PermuteAxis(model.At(prefix + "up_proj.weight"), 0, order);
    PermuteAxis(model.At(prefix + "down_proj.weight"), 1, order);
  }
}

void PermuteExperts(ToyModel& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const ToyModel before = model;
  for (auto& [name, router] : model.tensors) {
    if (!name.ends_with("mlp.gate.weight")) continue;
    const std::string prefix = name.substr(0, name.size() - std::string("gate.weight").size());
    const auto order = RandomOrder(router.shape[0], random);
    PermuteAxis(router, 0, order);
    PermuteAxis(model.At(prefix + "gate.e_score_correction_bias"), 0, order);
    for (std::size_t expert = 0; expert < order.size(); ++expert) {
      SwapMlps(model, fmt::format("{}experts.{}.", prefix, expert), before,
               fmt::format("{}experts.{}.", prefix, order[expert]));
    }
  }
}

void ShuffleExpertsBetweenLayers(ToyModel& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const ToyModel before = model;
  std::vector<std::string> experts;
  for (const std::string& prefix : MlpPrefixes(model)) {
    if (prefix.find(".experts.") != std::string::npos) experts.push_back(prefix);
  }
  const auto order = RandomOrder(experts.size(), random);
  for (std::size_t i = 0; i < experts.size(); ++i) {
    SwapMlps(model, experts[i], before, experts[order[i]]);
  }
}

void ReverseResidual(ToyModel& model) {
  std::vector<std::uint32_t> order(kToyWidth);
  for (std::uint32_t i = 0; i < kToyWidth; ++i) order[i] = kToyWidth - 1 - i;
  for (auto& [name, tensor] : model.tensors) {
    const bool norm = name.find("norm") != std::string::npos;
    const bool output = name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
    if (norm || output) PermuteAxis(tensor, 0, order);
    if (!norm && !output && tensor.shape.size() == 2) PermuteAxis(tensor, 1, order);
  }
}

void AddNoise(ToyModel& model, double share, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (auto& [name, tensor] : model.tensors) {
    const double count = static_cast<double>(tensor.values.size());
    double sum = 0, squares = 0;
    for (const float value : tensor.values) sum += value;
    for (const float value : tensor.values) squares += std::pow(value - sum / count, 2);
    const double deviation = std::sqrt(squares / count);
    for (float& value : tensor.values) {
      value = static_cast<float>(value + share * deviation * normal(random));
    }
  }
}

void AddSharedDirections(ToyModel& model, std::uint64_t seed) {
  constexpr std::size_t kDirections = 4;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (const std::string& prefix : MlpPrefixes(model)) {
    for (const char* role : {"gate_proj.weight", "up_proj.weight"}) {
      ToyTensor& tensor = model.At(prefix + role);
      for (std::size_t k = 0; k < kDirections; ++k) {
        std::vector<double> direction(tensor.shape[1]);
        for (double& value : direction) value = 0.02 * normal(random);
        for (std::size_t unit = 0; unit < tensor.shape[0]; ++unit) {
          const double weight = normal(random);
          for (std::size_t i = 0; i < direction.size(); ++i) {
            tensor.values[unit * direction.size() + i] += static_cast<float>(weight * direction[i]);
          }
        }
      }
    }
  }
}

void Take(const ToyModel& from, const std::function<bool(const std::string&)>& wanted,
          ToyModel& to) {
  for (auto& [name, tensor] : to.tensors) {
    if (wanted(name)) tensor = from.tensors.at(name);
  }
}

void RenameTensors(ToyModel& model) {
  std::map<std::string, ToyTensor> renamed;
  std::size_t number = 0;
  for (auto& [name, tensor] : model.tensors) {
    renamed.emplace(fmt::format("blob_{:04}", 7 * number++ % 1009), std::move(tensor));
  }
  model.tensors = std::move(renamed);
  model.config.clear();
}

ToyModel WithLayers(const ToyModel& model, const std::vector<int>& map) {
  ToyModel result{.tensors = {}, .config = model.config};
  for (const auto& [name, tensor] : model.tensors) {
    if (name.find(".layers.") == std::string::npos) result.tensors.emplace(name, tensor);
    for (std::size_t layer = 0; layer < map.size(); ++layer) {
      const std::string prefix = fmt::format("model.layers.{}.", map[layer]);
      if (!name.starts_with(prefix)) continue;
      result.tensors.emplace(fmt::format("model.layers.{}.{}", layer, name.substr(prefix.size())),
                             tensor);
    }
  }
  const std::string layers = "\"num_hidden_layers\": ";
  const std::size_t at = result.config.find(layers);
  if (at != std::string::npos) {
    result.config.replace(at, layers.size() + 1, fmt::format("{}{}", layers, map.size()));
  }
  return result;
}

void WriteToy(const ToyModel& model, const TemporaryDirectory& folder) {
  std::vector<TestTensor> tensors;
  for (const auto& [name, tensor] : model.tensors) {
    std::string bytes(tensor.values.size() * sizeof(float), '\0');
    // An empty vector's data may be null, which memcpy never takes.
    if (!bytes.empty()) std::memcpy(bytes.data(), tensor.values.data(), bytes.size());
    tensors.push_back({name, "F32", tensor.shape, std::move(bytes)});
  }
  folder.WriteFile("model.safetensors", SafetensorsFile(tensors));
  if (!model.config.empty()) folder.WriteFile("config.json", model.config);
}

StoredToy::StoredToy(const ToyModel& model) {
  WriteToy(model, directory_);
  checkpoint_ = OpenCheckpoint(directory_.path());
  if (model.config.empty()) return;
  config_ = FindModelConfig(directory_.path());
  std::vector<Finding> findings;
  spec_ = ResolveSpec(*config_, *ChooseFamily(*config_, &*checkpoint_), findings);
}

TracedModel StoredToy::traced() const {
  return {.checkpoint = &*checkpoint_, .spec = spec_ ? &*spec_ : nullptr};
}

}  // namespace modelkin::testing
