#include "architecture/tower_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "architecture/composed_view.h"
#include "architecture/name_pattern.h"

namespace modelkin {
namespace {

// What a module below its layer is called by encoders, and by a Llama-like decoder.
constexpr auto kModules = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"layer_norm1", "input_layernorm"},
    {"norm1", "input_layernorm"},
    {"ln_1", "input_layernorm"},
    {"attention_norm", "input_layernorm"},
    {"layernorm_before", "input_layernorm"},
    {"self_attn_layer_norm", "input_layernorm"},
    {"layer_norm2", "post_attention_layernorm"},
    {"norm2", "post_attention_layernorm"},
    {"ln_2", "post_attention_layernorm"},
    {"ffn_norm", "post_attention_layernorm"},
    {"layernorm_after", "post_attention_layernorm"},
    {"final_layer_norm", "post_attention_layernorm"},
    {"attention.q_proj", "self_attn.q_proj"},
    {"attention.k_proj", "self_attn.k_proj"},
    {"attention.v_proj", "self_attn.v_proj"},
    {"attention.o_proj", "self_attn.o_proj"},
    {"attn.q_proj", "self_attn.q_proj"},
    {"attn.k_proj", "self_attn.k_proj"},
    {"attn.v_proj", "self_attn.v_proj"},
    {"attn.proj", "self_attn.o_proj"},
    {"attn.out_proj", "self_attn.o_proj"},
    {"self_attn.out_proj", "self_attn.o_proj"},
    {"self_attn.projection_layer", "self_attn.o_proj"},
    {"attention.attention.query", "self_attn.q_proj"},
    {"attention.attention.key", "self_attn.k_proj"},
    {"attention.attention.value", "self_attn.v_proj"},
    {"attention.output.dense", "self_attn.o_proj"},
    {"intermediate.dense", "mlp.up_proj"},
    {"output.dense", "mlp.down_proj"},
    {"mlp.fc1", "mlp.up_proj"},
    {"mlp.fc2", "mlp.down_proj"},
    {"mlp.linear_fc1", "mlp.up_proj"},
    {"mlp.linear_fc2", "mlp.down_proj"},
    {"fc1", "mlp.up_proj"},
    {"fc2", "mlp.down_proj"},
    {"feed_forward.gate_proj", "mlp.gate_proj"},
    {"feed_forward.up_proj", "mlp.up_proj"},
    {"feed_forward.down_proj", "mlp.down_proj"},
});
// Queries, keys and values in one.
constexpr std::array<std::string_view, 4> kJoined = {"attn.qkv", "attention.qkv", "self_attn.qkv",
                                                     "self_attn.qkv_proj"};
constexpr std::array<std::string_view, 3> kApart = {"q_proj", "k_proj", "v_proj"};

struct InLayer {
  std::uint32_t layer = 0;
  std::string module, parameter;  // "attn.qkv", "weight"
};

// Nothing outside of layers.
std::optional<InLayer> Read(const Tensor& tensor) {
  const NamePattern name = PatternOf(tensor.name);
  const std::size_t layer = name.pattern.find("{L}.");
  const std::size_t dot = name.pattern.rfind('.');
  if (!name.layer || name.expert || layer == std::string::npos || dot < layer + 4) {
    return std::nullopt;
  }
  return InLayer{.layer = *name.layer,
                 .module = name.pattern.substr(layer + 4, dot - layer - 4),
                 .parameter = name.pattern.substr(dot + 1)};
}

bool HasOneStack(const Checkpoint& tower) {
  std::set<std::string> beginnings;
  for (const Tensor& tensor : tower.tensors()) {
    const NamePattern name = PatternOf(tensor.name);
    if (name.layer) beginnings.insert(name.pattern.substr(0, name.pattern.find("{L}")));
    if (beginnings.size() > 1) return false;
  }
  return beginnings.size() == 1;
}

// Rows of one of the three. Nothing where they can't be told apart.
std::optional<Tensor> Third(const Tensor& tensor, std::size_t which, std::string name) {
  const bool matrix = tensor.shape.size() == 2 && tensor.shape[0] == 3 * tensor.shape[1];
  const bool vector = tensor.shape.size() == 1 && tensor.shape[0] % 3 == 0;
  if ((!matrix && !vector) || tensor.elements == 0) return std::nullopt;
  Tensor part = tensor;
  part.name = std::move(name);
  part.shape[0] /= 3;
  part.elements /= 3;
  TensorView view{tensor.name, which * part.elements, part.shape, {1}};
  if (matrix) view.strides = {part.shape[1], 1};
  const auto composed = ComposedView(tensor, view);
  if (!composed) return std::nullopt;
  part.view = std::make_shared<TensorView>(*composed);
  return part;
}

std::vector<Tensor> PartsOf(const Tensor& tensor) {
  const auto in_layer = Read(tensor);
  if (!in_layer) return {};
  const auto named = [&](std::string_view module) {
    return fmt::format("model.layers.{}.{}.{}", in_layer->layer, module, in_layer->parameter);
  };
  if (std::ranges::find(kJoined, in_layer->module) != kJoined.end()) {
    std::vector<Tensor> parts;
    for (std::size_t i = 0; i < kApart.size(); ++i) {
      auto part = Third(tensor, i, named(fmt::format("self_attn.{}", kApart[i])));
      if (!part) return {};
      parts.push_back(std::move(*part));
    }
    return parts;
  }
  const auto* const known = std::ranges::find(
      kModules, in_layer->module, &std::pair<std::string_view, std::string_view>::first);
  return {Renamed(tensor, named(known == kModules.end() ? in_layer->module : known->second))};
}

}  // namespace

Checkpoint WithDecoderNames(const Checkpoint& tower) {
  const bool one_stack = HasOneStack(tower);
  std::unordered_set<std::string> names;
  std::vector<Tensor> tensors;
  tensors.reserve(tower.tensors().size());
  for (const Tensor& tensor : tower.tensors()) {
    std::vector<Tensor> parts = one_stack ? PartsOf(tensor) : std::vector<Tensor>();
    const bool taken = std::ranges::any_of(parts, [&](const Tensor& part) {
      return names.contains(part.name) ||
             (part.name != tensor.name && tower.Find(part.name) != nullptr);
    });
    if (parts.empty() || taken) parts.assign(1, tensor);
    for (Tensor& part : parts) {
      names.insert(part.name);
      tensors.push_back(std::move(part));
    }
  }
  return {tower.path(),     tower.files(),      std::move(tensors),
          tower.warnings(), tower.incomplete(), tower.config()};
}

}  // namespace modelkin
