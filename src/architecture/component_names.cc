#include "architecture/component_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "architecture/name_pattern.h"

namespace modelkin {
namespace {

// The first that occurs counts: a vision_projector is a projector.
constexpr auto kComponentWords = std::to_array<std::pair<std::string_view, Component>>({
    {"projector", Component::kProjector},
    {"connector", Component::kProjector},
    {"resampler", Component::kProjector},
    {"qformer", Component::kProjector},
    {"aligner", Component::kProjector},
    {"visual_projection", Component::kProjector},
    {"text_projection", Component::kProjector},
    {"vision_proj.", Component::kProjector},
    {"audio_proj.", Component::kProjector},
    {"vision_language_adapter", Component::kProjector},
    {"embed_vision", Component::kProjector},
    {"embed_audio", Component::kProjector},
    {"vision", Component::kVision},
    {"visual", Component::kVision},
    {"image", Component::kVision},
    {"vae.", Component::kVision},
    {"audio", Component::kAudio},
    {"speech", Component::kAudio},
});

// What names of the rest of a model of several parts begin with.
constexpr auto kBeginnings = std::to_array<std::pair<std::string_view, Component>>({
    {"mlp1.", Component::kProjector},  // InternVL
    {"projection.", Component::kProjector},
    {"vpm.", Component::kVision},  // MiniCPM-V and -o
    {"apm.", Component::kAudio},
    {"mtp.", Component::kPrediction},
    {"model.mtp.", Component::kPrediction},
});

constexpr auto kTowers = std::to_array<std::string_view>(
    {"model.", "thinker.", "vpm.", "apm.", "visual.", "vision_tower.", "vision_model.",
     "vision_encoder.", "vision_transformer.", "vision.", "image_encoder.", "audio_tower.",
     "audio_model.", "audio_encoder.", "audio.", "speech_encoder.", "speech_model.", "mtp."});

}  // namespace

Component ComponentOfName(std::string_view tensor_name) {
  for (const auto& [beginning, component] : kBeginnings) {
    if (tensor_name.starts_with(beginning)) return component;
  }
  const std::string pattern = PatternOf(tensor_name).pattern;
  const std::string_view before_layer = std::string_view(pattern).substr(0, pattern.find("{L}"));
  for (const auto& [word, component] : kComponentWords) {
    if (before_layer.find(word) != std::string_view::npos) return component;
  }
  return Component::kText;
}

std::string_view InsideTower(std::string_view tensor_name) {
  for (;;) {
    const auto* const found = std::ranges::find_if(
        kTowers, [&](std::string_view tower) { return tensor_name.starts_with(tower); });
    if (found == kTowers.end()) return tensor_name;
    tensor_name.remove_prefix(found->size());
  }
}

}  // namespace modelkin
