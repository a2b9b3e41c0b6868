#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/inspect_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

std::uint64_t SizeOf(const ModelSpec& spec, std::string_view name) {
  return spec.Size(name).value_or(0);
}

std::string Count(const ModelSpec& spec, std::string_view name) {
  return FormatCount(SizeOf(spec, name));
}

std::string HeadsText(const ModelSpec& spec) {
  if (spec.Size("latent")) {
    return fmt::format(
        "{} heads; keys and values from a latent vector of {}, {} of it shared by all "
        "heads for positions",
        SizeOf(spec, "heads"), SizeOf(spec, "latent") + SizeOf(spec, "rotary_dim"),
        SizeOf(spec, "rotary_dim"));
  }
  const std::uint64_t heads = SizeOf(spec, "heads");
  const std::uint64_t kv_heads = SizeOf(spec, "kv_heads");
  if (kv_heads == 0 || heads == kv_heads) {
    return fmt::format("{} heads of {}", heads, SizeOf(spec, "head_dim"));
  }
  if (kv_heads == 1) {
    return fmt::format("{} query heads on 1 key and value head of {} (multi-query)", heads,
                       SizeOf(spec, "head_dim"));
  }
  return fmt::format("{} query heads on {} key and value heads of {} (GQA {}:1)", heads, kv_heads,
                     SizeOf(spec, "head_dim"), heads / kv_heads);
}

std::string RotaryText(const ModelSpec& spec) {
  if (!spec.family->rotary) {
    const bool learned = std::ranges::any_of(spec.family->tensors, [](const TensorRule& rule) {
      return rule.module == ModuleKind::kPositionEmbedding;
    });
    return learned ? "positions are learned" : "no rotary embedding";
  }
  const std::uint64_t head = spec.Size("latent")
                                 ? SizeOf(spec, "plain_dim") + SizeOf(spec, "rotary_dim")
                                 : SizeOf(spec, "head_dim");
  std::string text = fmt::format("rotary on {} of {}", spec.rotary.dims, head);
  if (spec.rotary.theta > 0) text += fmt::format(", theta {:.0f}", spec.rotary.theta);
  if (!spec.rotary.scaling.empty()) text += fmt::format(", {}", spec.rotary.scaling);
  return text;
}

std::string ExtrasText(const ModelSpec& spec) {
  std::string text;
  const auto add = [&](std::string_view part) { text += fmt::format("; {}", part); };
  if (spec.flags.contains("qkv_bias")) {
    add(spec.flags.contains("o_bias") ? "bias on q, k, v, o" : "bias on q, k, v");
  }
  if (spec.flags.contains("qk_norm")) add("norms of q and k");
  const std::uint64_t positions = SizeOf(spec, "positions");
  const bool matters = spec.window && (positions == 0 || *spec.window < positions);
  if (matters && spec.CountWindowedLayers() > 0) {
    add(fmt::format("{} of {} layers see {} tokens back", spec.CountWindowedLayers(),
                    SizeOf(spec, "layers"), FormatCount(*spec.window)));
  }
  return text;
}

std::string ExpertsText(const ModelSpec& spec) {
  return fmt::format("{} of {} experts a token, {} -> {} -> {} each",
                     SizeOf(spec, "experts_per_token"), SizeOf(spec, "experts"),
                     Count(spec, "residual"), Count(spec, "expert_width"), Count(spec, "residual"));
}

// "RMSNorm -> attention -> + residual", norms in their place.
std::string Branch(const Family& family, std::string_view part) {
  switch (family.norm_place) {
    case NormPlace::kBefore: return fmt::format("{} -> {} -> + residual", family.norm, part);
    case NormPlace::kAfter: return fmt::format("{} -> + residual -> {}", part, family.norm);
    case NormPlace::kOutputs: return fmt::format("{} -> {} -> + residual", part, family.norm);
    default: return fmt::format("{} -> {} -> {} -> + residual", family.norm, part, family.norm);
  }
}

// Layers of a kind that have a part; all that there are where `part` is none.
std::uint64_t CountWith(const ModelSpec& spec, LayerKind kind, LayerParts part) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
    if (spec.layers[i] == kind && spec.parts[i].Has(part)) ++count;
  }
  return count;
}

// What mixes tokens in layers of a kind: "attention in 16 of 64".
void AddMixers(const ModelSpec& spec, LayerKind kind, std::string& text) {
  const std::uint64_t count = spec.CountLayers(kind);
  const std::uint64_t attending = CountWith(spec, kind, LayerPart::kAttention);
  const auto add = [&](std::string_view mixer, std::uint64_t layers) {
    const std::string of = layers == count ? "" : fmt::format(", in {} of {}", layers, count);
    text += fmt::format("  |    {}{}\n", Branch(*spec.family, mixer), of);
  };
  if (attending > 0) {
    add(fmt::format("{} attention", spec.family->attention), attending);
    text += fmt::format("  |      {}\n", HeadsText(spec));
    text += fmt::format("  |      {}{}\n", RotaryText(spec), ExtrasText(spec));
  }
  constexpr std::pair<LayerPart, std::string_view> kOthers[] = {
      {LayerPart::kLinearAttention, "linear attention"},
      {LayerPart::kStateSpace, "state space"},
      {LayerPart::kConvolution, "convolution"}};
  for (const auto& [part, name] : kOthers) {
    const std::uint64_t layers = CountWith(spec, kind, part);
    if (layers > 0) add(name, layers);
  }
}

void AddLayers(const ModelSpec& spec, LayerKind kind, std::string& text) {
  std::uint64_t first = spec.layers.size();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
    if (spec.layers[i] != kind) continue;
    first = std::min(first, i);
    last = i;
  }
  const std::uint64_t count = spec.CountLayers(kind);
  if (count == 0) return;
  const std::string range =
      first == last ? fmt::format("layer {}", first) : fmt::format("layers {} to {}", first, last);
  text += fmt::format("  +- {}: {} x {}\n", range, count, LayerKindName(kind));
  AddMixers(spec, kind, text);
  if (kind == LayerKind::kDense) {
    text += fmt::format(
        "  |    {}{}\n",
        Branch(*spec.family, fmt::format("MLP {} -> {} -> {}", Count(spec, "residual"),
                                         Count(spec, "width"), Count(spec, "residual"))),
        spec.flags.contains("parallel") ? ", beside attention, not after it" : "");
  } else if (kind != LayerKind::kNoMlp) {
    text += fmt::format("  |    {}\n", Branch(*spec.family, "router -> experts"));
    text += fmt::format("  |      router: {}\n", spec.family->router);
    text += fmt::format("  |      {}\n", ExpertsText(spec));
    if (SizeOf(spec, "shared_width") > 0) {
      text += fmt::format("  |      beside them, for every token, a shared expert {} wide\n",
                          Count(spec, "shared_width"));
    }
  }
  text += "  +-\n";
}

// What makes vectors of the residual stream.
std::string InputText(const ModelSpec& spec) {
  if (spec.Size("vocab")) {
    return fmt::format("  embedding {} x {}\n", Count(spec, "vocab"), Count(spec, "residual"));
  }
  const std::uint64_t patch = SizeOf(spec, "patch");
  return patch == 0 ? fmt::format("  frames of {} channels -> {}\n", Count(spec, "channels"),
                                  Count(spec, "residual"))
                    : fmt::format("  patches of {} x {} x {} -> {}\n", Count(spec, "channels"),
                                  patch, patch, Count(spec, "residual"));
}

}  // namespace

std::string_view LayerKindName(LayerKind kind) {
  switch (kind) {
    case LayerKind::kDense: return "dense";
    case LayerKind::kExperts: return "mixture of experts";
    case LayerKind::kNoMlp: return "no MLP";
    default: return "multi-token prediction";
  }
}

std::string BlockDiagram(const Inspection& inspection) {
  if (!inspection.spec) return "";
  const ModelSpec& spec = *inspection.spec;
  // What config.json says of the head, unless the files hold one of its own.
  const bool tied = spec.flags.contains("tied") && inspection.parameters.Of(ModuleKind::kHead) == 0;
  std::string text = InputText(spec);
  for (const LayerKind kind : {LayerKind::kNoMlp, LayerKind::kDense, LayerKind::kExperts}) {
    AddLayers(spec, kind, text);
  }
  if (spec.family->causal && spec.Size("vocab")) {
    text += fmt::format("  {} -> head {} x {}{}\n", spec.family->norm, Count(spec, "vocab"),
                        Count(spec, "residual"), tied ? ", the embedding again" : "");
  }
  AddLayers(spec, LayerKind::kPrediction, text);
  return text;
}

std::vector<LayerRun> LayerRuns(const ModelSpec& spec, const ParameterCount& parameters) {
  std::vector<LayerRun> runs;
  for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
    const std::uint64_t count = i < parameters.by_layer.size() ? parameters.by_layer[i] : 0;
    if (!runs.empty() && runs.back().kind == spec.layers[i] && runs.back().parameters == count) {
      runs.back().last = i;
    } else {
      runs.push_back({i, i, spec.layers[i], count});
    }
  }
  return runs;
}

}  // namespace modelkin
