#include "architecture/components.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "architecture/component_names.h"
#include "architecture/name_pattern.h"
#include "architecture/tensor_matching.h"
#include "architecture/tower_names.h"
#include "base/error.h"

namespace modelkin {
namespace {

using nlohmann::json;

// Beyond which encoders of one kind are one, whatever their names.
constexpr std::size_t kMostOfOneKind = 8;

struct ConfigKeys {
  Component component;
  std::array<const char*, 4> keys;
};

// Of the objects in config.json that describe an encoder, the first that is there.
constexpr std::array<ConfigKeys, 2> kConfigKeys = {{
    {Component::kVision, {"vision_config", "vision_tower_config", "vit_config", "vision"}},
    {Component::kAudio, {"audio_config", "audio_tower_config", "speech_config", "audio_encoder"}},
}};

// What is said once for all components, at the top.
constexpr std::array<const char*, 4> kShared = {"torch_dtype", "dtype", "quantization_config",
                                                "quantization"};

const json* FindObject(const json* in, const char* key) {
  if (in == nullptr) return nullptr;
  const auto found = in->find(key);
  return found == in->end() || !found->is_object() ? nullptr : &*found;
}

const json* NestedConfig(const ModelConfig& config, Component component) {
  const auto* const keys = std::ranges::find(kConfigKeys, component, &ConfigKeys::component);
  if (keys == kConfigKeys.end()) return nullptr;
  const json* const thinker = config.Find("thinker_config");
  for (const char* const key : keys->keys) {
    const json* const here = config.Find(key);
    if (here != nullptr && here->is_object()) return here;
    if (thinker == nullptr || !thinker->is_object()) continue;
    if (const json* const within = FindObject(thinker, key)) return within;
  }
  return nullptr;
}

// What config.json says of an encoder. Null where it says nothing of it.
std::shared_ptr<const ModelConfig> ConfigOf(const ModelConfig* config, Component component) {
  const json* const nested = config == nullptr ? nullptr : NestedConfig(*config, component);
  if (nested == nullptr) return nullptr;
  json values = *nested;
  for (const char* const key : kShared) {
    const json* const shared = config->Find(key);
    if (shared != nullptr && !values.contains(key)) values[key] = *shared;
  }
  // Older files name the model as a whole alone.
  const auto type = config->OuterText("model_type");
  const auto own = values.find("model_type");
  const bool has_own =
      own != values.end() && !(own->is_string() && own->get_ref<const std::string&>().empty());
  if (type && !has_own && FindFamily(*type, component) != nullptr) {
    values["model_type"] = *type;
  }
  return std::make_shared<const ModelConfig>(config->file(), std::move(values));
}

// Owned by someone else.
template <class Thing>
std::shared_ptr<const Thing> Borrowed(const Thing* thing) {
  return {std::shared_ptr<const Thing>(), thing};
}

// Whether the name is that of an image encoder's first layer.
bool EmbedsPatches(const Tensor& tensor) {
  return tensor.name.find("patch_embed") != std::string::npos;
}

// Whether the name is that of what tells a diffusion transformer how much noise there is: it makes
// images, or what is like them.
bool TellsOfNoise(const Tensor& tensor) {
  return tensor.name.find("timestep_embed") != std::string::npos ||
         tensor.name.find("t_embedder.") != std::string::npos;
}

// Whether the name is that of what an encoder of sound makes of it first (wav2vec 2.0, HuBERT).
bool HearsWaves(const Tensor& tensor) {
  return tensor.name.find("feature_extractor.conv_layers.") != std::string::npos;
}

// What an encoder's names begin with, by where its first layer stands: "vison." of
// "vison.embeddings.patch_embedding.weight". "" where it has no name of its own.
std::string_view EncoderAround(const Tensor& first, std::string_view first_module) {
  std::string_view name = first.name;
  name = name.substr(0, name.find(first_module));
  name = name.substr(0, name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1);
  constexpr std::string_view kEmbeddings = "embeddings.";
  if (name.ends_with(kEmbeddings)) name.remove_suffix(kEmbeddings.size());
  return name;
}

// Whether the tensor is what only a model of text begins or ends with.
bool IsOfTokens(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOfTokens = {
      "embed_tokens", "tok_embeddings", "word_embeddings", "token_embed", "wte.", "lm_head"};
  return std::ranges::any_of(
      kOfTokens, [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

// Of a checkpoint whose names tell of no component.
Component KindOfWhole(const Checkpoint* checkpoint, const ModelConfig* config) {
  const std::string type = config == nullptr ? "" : config->model_type();
  if (!type.empty() && FindFamily(type) != nullptr) return Component::kText;
  for (const Component component : {Component::kVision, Component::kAudio}) {
    if (!type.empty() && FindFamily(type, component) != nullptr) return component;
  }
  if (checkpoint == nullptr) return Component::kText;
  const bool of_images = std::ranges::any_of(checkpoint->tensors(), [](const Tensor& tensor) {
    return EmbedsPatches(tensor) || TellsOfNoise(tensor);
  });
  if (of_images) return Component::kVision;
  return std::ranges::any_of(checkpoint->tensors(), HearsWaves) ? Component::kAudio
                                                                : Component::kText;
}

using Tensors = std::vector<const Tensor*>;

std::string_view PrefixOf(const Tensor& tensor) {
  const std::string_view name = tensor.name;
  return name.substr(0, name.size() - InsideTower(name).size());
}

bool HasTwice(const Tensors& tensors) {
  std::set<std::string_view> names;
  return std::ranges::any_of(tensors, [&](const Tensor* tensor) {
    return !names.insert(InsideTower(tensor->name)).second;
  });
}

// One, or where names without what they begin with collide one for each beginning.
std::vector<Tensors> TowersOf(Tensors tensors) {
  if (!HasTwice(tensors)) return {std::move(tensors)};
  std::map<std::string_view, Tensors> by_prefix;
  for (const Tensor* const tensor : tensors) by_prefix[PrefixOf(*tensor)].push_back(tensor);
  if (by_prefix.size() > kMostOfOneKind) return {std::move(tensors)};
  std::vector<Tensors> towers;
  towers.reserve(by_prefix.size());
  for (auto& [prefix, of_one] : by_prefix) towers.push_back(std::move(of_one));
  std::ranges::stable_sort(towers, std::greater<>(), &Tensors::size);
  return towers;
}

std::string CommonPrefix(const Tensors& tensors) {
  std::string_view common = PrefixOf(*tensors.front());
  for (const Tensor* const tensor : tensors) {
    if (PrefixOf(*tensor) != common) return "";
  }
  return std::string(common);
}

std::shared_ptr<const Checkpoint> Part(const Checkpoint& whole, const Tensors& tensors,
                                       bool is_tower, std::vector<Said> warnings = {}) {
  const bool rename = is_tower && !HasTwice(tensors);
  std::vector<Tensor> taken;
  taken.reserve(tensors.size());
  for (const Tensor* const tensor : tensors) {
    taken.push_back(rename ? Renamed(*tensor, std::string(InsideTower(tensor->name))) : *tensor);
  }
  return std::make_shared<const Checkpoint>(whole.path(), whole.files(), std::move(taken),
                                            std::move(warnings), whole.incomplete(),
                                            whole.config());
}

bool IsTower(Component component) { return component != Component::kText; }

void Resolve(ModelComponent& component) {
  if (component.config != nullptr) {
    component.resolved =
        ResolveModel(*component.config, component.checkpoint.get(), component.kind);
  }
  const bool unknown = component.spec() == nullptr;
  component.for_tests = unknown && component.checkpoint != nullptr
                            ? WithDecoderNames(component.checkpoint)
                            : component.checkpoint;
}

// Of a component beside others. An encoder has an object of its own, but one whose names do not
// tell shares the text model's.
std::shared_ptr<const ModelConfig> ConfigOfPart(const ModelConfig* config, Component kind,
                                                const Tensor& first) {
  const bool by_type = kind == Component::kProjector || kind == Component::kPrediction ||
                       ComponentOfName(first.name) != kind;
  if (by_type && config != nullptr && FindFamily(config->model_type(), kind) != nullptr) {
    return Borrowed(config);
  }
  return kind == Component::kText ? Borrowed(config) : ConfigOf(config, kind);
}

// Of a config.json alone: text, and the encoders that it describes.
std::vector<ModelComponent> DescribedComponents(const ModelConfig& config) {
  std::vector<ModelComponent> components;
  const Component whole = KindOfWhole(nullptr, &config);
  components.push_back({.kind = whole, .config = Borrowed(&config)});
  for (const Component kind : {Component::kVision, Component::kAudio}) {
    if (kind == whole) continue;
    if (auto of_part = ConfigOf(&config, kind)) {
      components.push_back({.kind = kind, .config = std::move(of_part)});
    }
  }
  return components;
}

using TensorsByKind = std::map<Component, Tensors>;

// Of a model whose parts' names say nothing: an encoder's are those that its family has and the
// text model's has not, as Whisper's. Nothing where config.json names no such pair of families.
TensorsByKind ByFamilies(const Checkpoint& checkpoint, const ModelConfig* config) {
  const std::string type = config == nullptr ? "" : config->model_type();
  const Family* const text = FindFamily(type);
  for (const Component kind : {Component::kVision, Component::kAudio}) {
    const Family* const encoder = text == nullptr ? nullptr : FindFamily(type, kind);
    if (encoder == nullptr) continue;
    const TensorMatcher of_text(*text), of_encoder(*encoder);
    TensorsByKind by_kind;
    for (const Tensor& tensor : checkpoint.tensors()) {
      const std::string pattern = TensorMatcher::NameOf(tensor).pattern;
      const bool encodes = of_encoder.Knows(pattern) && !of_text.Knows(pattern);
      by_kind[encodes ? kind : Component::kText].push_back(&tensor);
    }
    if (by_kind.size() > 1) return by_kind;
  }
  return {};
}

// Moves encoders out of the text model that are called by no word for such, but have the first
// layer of one.
void TakeEncoders(TensorsByKind& by_kind) {
  const auto text = by_kind.find(Component::kText);
  if (text == by_kind.end()) return;
  std::map<std::string_view, Component> encoders;
  for (const Tensor* const tensor : text->second) {
    const bool patches = EmbedsPatches(*tensor);
    if (!patches && !HearsWaves(*tensor)) continue;
    const std::string_view prefix =
        EncoderAround(*tensor, patches ? "patch_embed" : "feature_extractor.conv_layers.");
    if (!prefix.empty()) encoders.emplace(prefix, patches ? Component::kVision : Component::kAudio);
  }
  std::erase_if(encoders, [&](const auto& encoder) {
    return std::ranges::any_of(text->second, [&](const Tensor* tensor) {
      return tensor->name.starts_with(encoder.first) && IsOfTokens(tensor->name);
    });
  });
  if (encoders.empty()) return;
  Tensors left;
  TensorsByKind taken;
  for (const Tensor* const tensor : text->second) {
    const auto encoder = std::ranges::find_if(
        encoders, [&](const auto& one) { return tensor->name.starts_with(one.first); });
    if (encoder == encoders.end()) {
      left.push_back(tensor);
    } else {
      taken[encoder->second].push_back(tensor);
    }
  }
  // What is left of an encoder by itself is its head.
  const bool is_model = std::ranges::any_of(
      left, [](const Tensor* tensor) { return PatternOf(tensor->name).layer.has_value(); });
  if (!is_model) return;
  text->second = std::move(left);
  for (auto& [kind, tensors] : taken) {
    Tensors& all = by_kind[kind];
    all.insert(all.end(), tensors.begin(), tensors.end());
  }
}

// Of at least one kind.
TensorsByKind ByKind(const Checkpoint& checkpoint, const ModelConfig* config) {
  TensorsByKind by_kind;
  for (const Tensor& tensor : checkpoint.tensors()) {
    const std::string& weight = tensor.stored.weight_name;
    by_kind[ComponentOfName(weight.empty() ? tensor.name : weight)].push_back(&tensor);
  }
  TakeEncoders(by_kind);
  const bool tells_of_none =
      by_kind.empty() || (by_kind.size() == 1 && by_kind.contains(Component::kText));
  if (!tells_of_none) return by_kind;
  if (TensorsByKind by_families = ByFamilies(checkpoint, config); !by_families.empty()) {
    return by_families;
  }
  const Component whole = KindOfWhole(&checkpoint, config);
  return {{whole, by_kind.empty() ? Tensors() : std::move(by_kind.begin()->second)}};
}

std::vector<ModelComponent> StoredComponents(const Checkpoint& checkpoint,
                                             const ModelConfig* config) {
  TensorsByKind by_kind = ByKind(checkpoint, config);
  std::vector<ModelComponent> components;
  if (by_kind.size() == 1) {
    const auto& [kind, tensors] = *by_kind.begin();
    auto nested = ConfigOf(config, kind);
    const bool described = IsTower(kind) && nested != nullptr;
    components.push_back({.kind = kind,
                          .prefix = IsTower(kind) && !tensors.empty() ? CommonPrefix(tensors) : "",
                          .checkpoint = IsTower(kind)
                                            ? Part(checkpoint, tensors, true, checkpoint.warnings())
                                            : Borrowed(&checkpoint),
                          .config = described ? std::move(nested) : Borrowed(config)});
    return components;
  }
  for (auto& [kind, of_kind] : by_kind) {
    for (const Tensors& tower :
         IsTower(kind) ? TowersOf(std::move(of_kind)) : std::vector<Tensors>{std::move(of_kind)}) {
      components.push_back({.kind = kind,
                            .prefix = CommonPrefix(tower),
                            .checkpoint = Part(checkpoint, tower, IsTower(kind)),
                            .config = ConfigOfPart(config, kind, *tower.front())});
    }
  }
  return components;
}

}  // namespace

std::vector<ModelComponent> SplitComponents(const Checkpoint* checkpoint,
                                            const ModelConfig* config) {
  std::vector<ModelComponent> components;
  if (checkpoint != nullptr) {
    components = StoredComponents(*checkpoint, config);
  } else if (config != nullptr) {
    components = DescribedComponents(*config);
  }
  std::ranges::for_each(components, Resolve);
  return components;
}

Checkpoint OnlyComponents(const Checkpoint& checkpoint, const ModelConfig* config,
                          std::span<const Component> wanted) {
  std::string there;
  std::vector<Tensor> taken;
  for (const auto& [kind, tensors] : ByKind(checkpoint, config)) {
    there += fmt::format("{}{}", there.empty() ? "" : ", ", ComponentName(kind));
    if (std::ranges::find(wanted, kind) == wanted.end()) continue;
    for (const Tensor* const tensor : tensors) taken.push_back(*tensor);
  }
  if (taken.empty()) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("has no {} component: it has {}", ComponentName(wanted.front()), there),
                {.file = checkpoint.path(), .tensor = {}, .offset_bytes = {}});
  }
  return {checkpoint.path(),     checkpoint.files(),      std::move(taken),
          checkpoint.warnings(), checkpoint.incomplete(), checkpoint.config()};
}

}  // namespace modelkin
