#include "architecture/tower_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
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
    {"mlp.dense_h_to_4h", "mlp.up_proj"},
    {"mlp.dense_4h_to_h", "mlp.down_proj"},
    {"mlp.fc_in", "mlp.up_proj"},
    {"mlp.fc_out", "mlp.down_proj"},
    {"ffn.gate.0", "mlp.gate_proj"},
    {"ffn.up_proj", "mlp.up_proj"},
    {"ffn.down_proj", "mlp.down_proj"},
    {"mlp.lin1", "mlp.up_proj"},
    {"mlp.lin2", "mlp.down_proj"},
    {"mlp.0", "mlp.up_proj"},
    {"mlp.2", "mlp.down_proj"},
    {"mlp.mlp.layers.0", "mlp.up_proj"},
    {"mlp.mlp.layers.2", "mlp.down_proj"},
    {"linear1", "mlp.up_proj"},
    {"linear2", "mlp.down_proj"},
    {"ffn.0", "mlp.up_proj"},
    {"ffn.2", "mlp.down_proj"},
    {"ffn.fc1", "mlp.up_proj"},
    {"ffn.fc2", "mlp.down_proj"},
    {"ff.net.0.proj", "mlp.up_proj"},
    {"ff.net.2", "mlp.down_proj"},
    {"attn.to_q", "self_attn.q_proj"},
    {"attn.to_k", "self_attn.k_proj"},
    {"attn.to_v", "self_attn.v_proj"},
    {"attn.to_out.0", "self_attn.o_proj"},
    {"self_attn.to_out", "self_attn.o_proj"},
    {"self_attn.q", "self_attn.q_proj"},
    {"self_attn.k", "self_attn.k_proj"},
    {"self_attn.v", "self_attn.v_proj"},
    {"self_attn.o", "self_attn.o_proj"},
    {"attn.q", "self_attn.q_proj"},
    {"attn.k", "self_attn.k_proj"},
    {"attn.v", "self_attn.v_proj"},
    {"attn.o", "self_attn.o_proj"},
    {"wo", "self_attn.o_proj"},
    {"attn_out", "self_attn.o_proj"},
    {"ff_out", "mlp.down_proj"},
    {"attention.wq", "self_attn.q_proj"},
    {"attention.wk", "self_attn.k_proj"},
    {"attention.wv", "self_attn.v_proj"},
    {"attention.wo", "self_attn.o_proj"},
    {"feed_forward.gate_proj", "mlp.gate_proj"},
    {"feed_forward.up_proj", "mlp.up_proj"},
    {"feed_forward.down_proj", "mlp.down_proj"},
});
// The same where the first of several is called 0.
constexpr auto kFromZero = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"norm0", "input_layernorm"},
    {"norm1", "post_attention_layernorm"},
    {"mlp.fc0", "mlp.up_proj"},
    {"mlp.fc1", "mlp.down_proj"},
});
// The same where no third matrix makes the first a gate.
constexpr auto kWithoutThird = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"feed_forward.w1", "mlp.up_proj"},
    {"feed_forward.w2", "mlp.down_proj"},
});
constexpr std::string_view kThirdMatrix = "feed_forward.w3";

// Gate and up in one, gates first unless the second is false.
constexpr auto kFusedGates = std::to_array<std::pair<std::string_view, bool>>({
    {"gate_up_proj", true},
    {"up_gate_proj", true},
    {"ff_proj", false},
});
// Queries, keys and values in one.
constexpr std::array<std::string_view, 9> kJoined = {
    "att_proj",          "attn.qkv", "attention.qkv",    "self_attn.qkv", "self_attn.qkv_proj",
    "self_attn.in_proj", "wqkv",     "self_attn.to_qkv", "attn.to_qkv"};
constexpr std::array<std::string_view, 3> kApart = {"q_proj", "k_proj", "v_proj"};

// Layers that are numbered under one name.
struct Stack {
  std::string prefix;  // before the layers' numbers
  std::set<std::uint32_t> layers;
  std::uint64_t tensors = 0;
  bool from_zero = false;  // numbers modules from 0
  bool has_third = false;  // kThirdMatrix

  std::pair<std::size_t, std::uint64_t> size() const { return {layers.size(), tensors}; }
};

constexpr std::string_view kOfDecoder = "model.layers.";

// What tensors of all layers and experts are called below these.
struct Module {
  Stack* stack;
  std::string name, parameter;  // "attn.qkv", "weight"

  // The pattern of names that its tensors would have if they were of the other module.
  std::string Pattern(std::string_view other) const {
    return fmt::format("{}{{L}}.{}.{}", kOfDecoder, other, parameter);
  }
};

// Where one tensor is; outside of layers it has no module.
struct PlaceInLayers {
  const Module* module = nullptr;
  std::uint32_t layer = 0;
  std::optional<std::uint32_t> expert;

  std::string Named(std::string_view other) const {
    return NameOf(module->Pattern(other), layer, expert.value_or(0));
  }
};

// All names of a model, read once. Of many layers and experts there are few modules.
class NamesInLayers {
 public:
  explicit NamesInLayers(const std::vector<Tensor>& tensors) {
    places_.reserve(tensors.size());
    for (const Tensor& tensor : tensors) places_.push_back(Read(PatternOf(tensor.name)));
  }

  const std::vector<PlaceInLayers>& places() const { return places_; }
  // By the patterns of names that they have; nothing for what is outside of layers.
  const std::unordered_map<std::string, std::optional<Module>>& modules() const { return modules_; }

  // The stack that is called as a decoder's; else the one of most layers, and of these of most
  // tensors. Null where two are as large.
  const Stack* Main() const {
    if (const auto own = stacks_.find(kOfDecoder); own != stacks_.end()) return &own->second;
    const auto by_size = [](const auto& entry) { return entry.second.size(); };
    const auto most = std::ranges::max_element(stacks_, {}, by_size);
    if (most == stacks_.end()) return nullptr;
    return std::ranges::count(stacks_, most->second.size(), by_size) == 1 ? &most->second : nullptr;
  }

 private:
  PlaceInLayers Read(const NamePattern& name) {
    if (!name.layer) return {};
    const auto [known, is_new] = modules_.try_emplace(name.pattern);
    if (is_new) known->second = ModuleOf(name);
    if (!known->second) return {};
    Stack& stack = *known->second->stack;
    stack.layers.insert(*name.layer);
    ++stack.tensors;
    return {&*known->second, *name.layer, name.expert};
  }

  std::optional<Module> ModuleOf(const NamePattern& name) {
    const std::size_t layer = name.pattern.find("{L}.");
    const std::size_t dot = name.pattern.rfind('.');
    if (layer == std::string::npos || dot < layer + 4) return std::nullopt;
    const std::string prefix = name.pattern.substr(0, layer);
    Stack& stack = stacks_[prefix];
    stack.prefix = prefix;
    Module module{.stack = &stack,
                  .name = name.pattern.substr(layer + 4, dot - layer - 4),
                  .parameter = name.pattern.substr(dot + 1)};
    // torch's own attention: "self_attn.in_proj_weight".
    constexpr std::string_view kInProj = "in_proj_";
    if (module.parameter.starts_with(kInProj)) {
      module.name += ".in_proj";
      module.parameter.erase(0, kInProj.size());
    }
    stack.from_zero |= module.name == kFromZero.front().first;
    stack.has_third |= module.name == kThirdMatrix;
    return module;
  }

  std::map<std::string, Stack, std::less<>> stacks_;
  std::unordered_map<std::string, std::optional<Module>> modules_;
  std::vector<PlaceInLayers> places_;
};

// What a Llama-like decoder calls a module of a layer.
std::string_view DecoderModule(std::string_view module, const Stack& stack) {
  const auto look_up = [&](const auto& table) -> std::string_view {
    const auto* const known =
        std::ranges::find(table, module, &std::pair<std::string_view, std::string_view>::first);
    return known == table.end() ? std::string_view() : known->second;
  };
  std::string_view first = stack.from_zero ? look_up(kFromZero) : std::string_view();
  if (first.empty() && !stack.has_third) first = look_up(kWithoutThird);
  if (!first.empty()) return first;
  const std::string_view usual = look_up(kModules);
  return usual.empty() ? module : usual;
}

// Rows of one of `count` parts. Nothing where there are no as many.
std::optional<Tensor> PartOf(const Tensor& tensor, std::size_t which, std::size_t count,
                             std::string name) {
  const bool matrix = tensor.shape.size() == 2;
  const bool divides = (matrix || tensor.shape.size() == 1) && tensor.shape[0] % count == 0;
  if (!divides || tensor.elements == 0) return std::nullopt;
  Tensor part = tensor;
  part.name = std::move(name);
  part.shape[0] /= count;
  part.elements /= count;
  TensorView view{tensor.name, which * part.elements, part.shape, {1}};
  if (matrix) view.strides = {part.shape[1], 1};
  const auto composed = ComposedView(tensor, view);
  if (!composed) return std::nullopt;
  part.view = std::make_shared<TensorView>(*composed);
  return part;
}

// Rows of each of the modules that are in one. Nothing where they can't be told apart.
std::vector<Tensor> Apart(const Tensor& tensor, const PlaceInLayers& place,
                          const std::vector<std::string>& modules) {
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    auto part = PartOf(tensor, i, modules.size(), place.Named(modules[i]));
    if (!part) return {};
    parts.push_back(std::move(*part));
  }
  return parts;
}

bool IsJoined(std::string_view module) {
  return std::ranges::find(kJoined, module) != kJoined.end();
}

// The modules of which the named one is made, if it is.
std::vector<std::string> ModulesIn(std::string_view module) {
  if (IsJoined(module)) {
    std::vector<std::string> modules;
    modules.reserve(kApart.size());
    for (const std::string_view one : kApart) modules.push_back(fmt::format("self_attn.{}", one));
    return modules;
  }
  const std::size_t last = module.rfind('.') == std::string_view::npos ? 0 : module.rfind('.') + 1;
  const auto* const fused = std::ranges::find(kFusedGates, module.substr(last),
                                              &std::pair<std::string_view, bool>::first);
  if (fused == kFusedGates.end()) return {};
  const std::string mlp = last == 0 ? "mlp." : std::string(module.substr(0, last));
  const std::string gate = mlp + "gate_proj", up = mlp + "up_proj";
  return fused->second ? std::vector{gate, up} : std::vector{up, gate};
}

// Of what is in a stack.
std::vector<Tensor> PartsOf(const Tensor& tensor, const PlaceInLayers& place) {
  const Module& module = *place.module;
  // Of groups of queries there are fewer keys and values.
  const bool grouped =
      IsJoined(module.name) && tensor.shape.size() == 2 && tensor.shape[0] != 3 * tensor.shape[1];
  if (grouped) return {};
  const std::vector<std::string> modules = ModulesIn(module.name);
  if (!modules.empty() && HasShape(tensor)) return Apart(tensor, place, modules);
  if (modules.size() == 2) {
    const std::string& gate = modules.front();
    return {Renamed(tensor, place.Named(gate.substr(0, gate.rfind('.') + 1) + "gate_up_proj"))};
  }
  return {Renamed(tensor, place.Named(DecoderModule(module.name, *module.stack)))};
}

// The modules of a stack whose tensors have no decoder's names, or are several in one.
std::unordered_set<const Module*> ModulesToRename(const NamesInLayers& names, const Stack& stack) {
  std::unordered_set<const Module*> modules;
  for (const auto& [pattern, module] : names.modules()) {
    if (!module || module->stack != &stack) continue;
    const bool stays = ModulesIn(module->name).empty() &&
                       module->Pattern(DecoderModule(module->name, stack)) == pattern;
    if (!stays) modules.insert(&*module);
  }
  return modules;
}

}  // namespace

std::shared_ptr<const Checkpoint> WithDecoderNames(std::shared_ptr<const Checkpoint> model) {
  const NamesInLayers in_layers(model->tensors());
  const Stack* const stack = in_layers.Main();
  if (stack == nullptr) return model;
  const std::unordered_set<const Module*> modules = ModulesToRename(in_layers, *stack);
  if (modules.empty()) return model;
  std::unordered_set<std::string> names;
  std::vector<Tensor> tensors;
  tensors.reserve(model->tensors().size());
  for (std::size_t i = 0; i < model->tensors().size(); ++i) {
    const Tensor& tensor = model->tensors()[i];
    const PlaceInLayers& place = in_layers.places()[i];
    std::vector<Tensor> parts =
        modules.contains(place.module) ? PartsOf(tensor, place) : std::vector<Tensor>();
    const bool taken = std::ranges::any_of(parts, [&](const Tensor& part) {
      return names.contains(part.name) || model->Find(part.name) != nullptr;
    });
    if (parts.empty() || taken) {
      tensors.push_back(tensor);
      continue;
    }
    for (Tensor& part : parts) {
      names.insert(part.name);
      tensors.push_back(std::move(part));
    }
  }
  return std::make_shared<const Checkpoint>(model->path(), model->files(), std::move(tensors),
                                            model->warnings(), model->incomplete(),
                                            model->config());
}

}  // namespace modelkin
