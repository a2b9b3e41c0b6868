#include "explanation/encoder_topic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "architecture/family.h"
#include "architecture/placed_tensor.h"
#include "architecture/role_names.h"
#include "architecture/tensor_matching.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

// What people call a size of the families' tables, in the order in which they are shown.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kSizeLabels = {
    {{"layers", "layers"},
     {"residual", "values of a patch's vector"},
     {"heads", "heads of attention"},
     {"head_dim", "values of a head"},
     {"width", "hidden units of an MLP"},
     {"gated_width", "hidden units of a gated MLP"},
     {"channels", "channels of what comes in"},
     {"image", "pixels along a side of an image"},
     {"patch", "pixels along a side of a patch"},
     {"frames", "frames in a patch"},
     {"grid", "patches along a side"},
     {"positions", "rows of the table of positions"},
     {"rows", "rows of positions"},
     {"columns", "columns of positions"},
     {"registers", "registers"},
     {"merged", "patches along a side that become one"},
     {"joined", "values of what they become"},
     {"out", "values that the text model gets of each"}}};

bool IsEncoder(const ModelComponent& component) {
  return component.kind == Component::kVision || component.kind == Component::kAudio;
}

void AddSize(const ModelSpec& spec, std::string_view size, std::string_view label,
             Explanation& to) {
  const auto found = spec.sizes.find(size);
  if (found == spec.sizes.end() || found->second.value == 0) return;
  const auto& [value, key] = found->second;
  to.facts.push_back({.name = std::string(size),
                      .label = std::string(label),
                      .value = value,
                      .origin = key.empty() ? FactOrigin::kFamily : FactOrigin::kConfig,
                      .from = key});
}

void AddComputed(std::string name, std::string label, std::uint64_t value, std::string how,
                 Explanation& to) {
  to.facts.push_back({.name = std::move(name),
                      .label = std::move(label),
                      .value = value,
                      .origin = FactOrigin::kComputed,
                      .from = std::move(how)});
}

// How many patches an image of the stated size has.
void AddPatches(const ModelSpec& spec, Explanation& to) {
  constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 24;
  const auto image = spec.Size("image"), patch = spec.Size("patch");
  if (!image || !patch || *patch == 0 || *image > kMostPixels) return;
  const std::uint64_t side = *image / *patch;
  AddComputed("patches", "patches of an image", side * side,
              "(pixels of the image / pixels of a patch)^2", to);
}

// As many as there are numbers of layers in names, of a family that is not known.
std::uint64_t CountedLayers(const ModelComponent& encoder) {
  std::uint64_t layers = 0;
  if (encoder.checkpoint == nullptr) return layers;
  const TensorPlacer placer(nullptr);
  for (const Tensor& tensor : encoder.checkpoint->tensors()) {
    const auto layer = placer.Place(tensor).layer;
    if (layer) layers = std::max<std::uint64_t>(layers, std::uint64_t{*layer} + 1);
  }
  return layers;
}

void AddFacts(const ModelComponent& encoder, Explanation& to) {
  const ModelSpec* const spec = encoder.spec();
  if (spec == nullptr) {
    AddComputed("layers", "layers", CountedLayers(encoder), "numbers in names", to);
    return;
  }
  const bool audio = encoder.kind == Component::kAudio;
  for (const auto& [size, label] : kSizeLabels) {
    const bool of_sound = audio && size == "residual";
    AddSize(*spec, size, of_sound ? "values of a step's vector" : label, to);
  }
  AddPatches(*spec, to);
}

// What there is once, and of the first layer, without biases; of a family that is known what it
// knows.
void AddTensors(const ModelComponent& encoder, Explanation& to) {
  constexpr std::size_t kMostTensors = 64;
  const ModelSpec* const spec = encoder.spec();
  if (encoder.checkpoint == nullptr) return;
  std::optional<TensorMatcher> matcher;
  if (spec != nullptr) matcher.emplace(*spec->family);
  const TensorPlacer placer(nullptr);
  for (const Tensor& tensor : encoder.checkpoint->tensors()) {
    if (to.tensors.size() == kMostTensors) break;
    if (tensor.name.ends_with("bias")) continue;
    const auto known = matcher ? matcher->Match(tensor) : MatchedTensor();
    if (matcher && known.rule == nullptr) continue;
    const auto layer = matcher ? known.layer : placer.Place(tensor).layer;
    if (layer.value_or(0) != 0) continue;
    const ModuleKind module = matcher ? known.rule->module : ModuleKindOfName(tensor.name);
    to.tensors.push_back({.part = std::string(ModuleKindName(module)),
                          .stored_name = encoder.prefix + tensor.name,
                          .shape = tensor.shape,
                          .type = TypeText(tensor)});
  }
}

bool HasPositions(const Explanation& to) {
  return std::ranges::any_of(
      to.tensors, [](const TensorFact& tensor) { return tensor.part == "position_embedding"; });
}

void AddFormula(const ModelComponent& encoder, Explanation& to) {
  const bool vision = encoder.kind == Component::kVision;
  Formula& formula = to.formula;
  formula.kind = vision ? "encoder_of_images" : "encoder_of_sound";
  formula.title = vision ? "an encoder of images: one vector for each patch"
                         : "an encoder of sound: one vector for each step of time";
  const char* const in = vision ? "x_p  = W patch_p          pixels of a patch, of all its channels"
                                : "x_t  = f(W frame_t)       a frame of the spectrum";
  formula.lines = {in};
  if (HasPositions(to)) {
    formula.lines.emplace_back(vision ? "x_p  = x_p + Positions[p]   by the place of the patch"
                                      : "x_t  = x_t + Positions[t]   by its time");
  }
  const Family* const family = encoder.spec() == nullptr ? nullptr : encoder.spec()->family;
  if (family == nullptr || family->norm_place != NormPlace::kAfter) {
    formula.lines.emplace_back("x    = x + Attention(Norm(x))   each layer; all see all");
    formula.lines.emplace_back("x    = x + MLP(Norm(x))");
  } else {
    formula.lines.emplace_back("x    = Norm(x + Attention(x))   each layer; all see all");
    formula.lines.emplace_back("x    = Norm(x + MLP(x))");
  }
}

void AddNotes(std::span<const ModelComponent> components, const ModelComponent& encoder,
              Explanation& to) {
  if (!encoder.prefix.empty()) {
    to.notes.push_back(fmt::format("Its tensors are named {}...", Printable(encoder.prefix)));
  }
  if (encoder.spec() == nullptr) {
    to.notes.emplace_back("Of no family that is known: sizes are not told, shapes are.");
  }
  for (const ModelComponent& other : components) {
    if (&other == &encoder || !IsEncoder(other)) continue;
    to.notes.push_back(fmt::format("The model has an encoder of {} as well, which is not shown.",
                                   other.kind == Component::kVision ? "images" : "sound"));
  }
  to.notes.emplace_back(encoder.kind == Component::kVision
                            ? "No image is followed through it here: `modelkin run --image` runs "
                              "encoders of images."
                            : "No sound is followed through it.");
}

void ExplainNoEncoder(const ModelComponent& text, Explanation& to) {
  to.present = false;
  to.formula = {.kind = "no_encoder",
                .title = "this model has no encoder of images or sound",
                .lines = {"x_t  = Embedding[id_t]     tokens alone come in"},
                .sources = {}};
  if (text.spec() != nullptr) AddSize(*text.spec(), "layers", "layers", to);
}

}  // namespace

Explanation ExplainEncoder(std::span<const ModelComponent> components) {
  Explanation to;
  to.topic = Topic::kEncoder;
  const auto found = std::ranges::find_if(components, IsEncoder);
  const ModelComponent& shown = found == components.end() ? components.front() : *found;
  const Family* const family = shown.spec() == nullptr ? nullptr : shown.spec()->family;
  to.family = family == nullptr ? "" : std::string(family->name);
  to.title = family == nullptr ? "an unknown family" : std::string(family->title);
  if (found == components.end()) {
    ExplainNoEncoder(shown, to);
    return to;
  }
  AddFacts(shown, to);
  AddTensors(shown, to);
  AddFormula(shown, to);
  AddNotes(components, shown, to);
  return to;
}

}  // namespace modelkin
