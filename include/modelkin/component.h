// The models that a checkpoint may hold.
#ifndef MODELKIN_COMPONENT_H_
#define MODELKIN_COMPONENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modelkin {

// In the order in which they are listed. Numbers are those of sketches: docs/atlas.md.
enum class Component : std::uint8_t {
  kText,
  kVision,
  kAudio,
  kProjector,   // from an encoder's outputs to the text model's residual stream
  kPrediction,  // of further tokens, under a prefix of its own
};
inline constexpr std::array<std::string_view, 5> kComponentNames = {"text", "vision", "audio",
                                                                    "projector", "prediction"};
inline constexpr std::size_t kComponentCount = kComponentNames.size();

// "text", "vision"
constexpr std::string_view ComponentName(Component component) {
  return kComponentNames[static_cast<std::size_t>(component)];
}

// Nothing where no component is called that.
constexpr std::optional<Component> ComponentNamed(std::string_view name) {
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    if (kComponentNames[i] == name) return static_cast<Component>(i);
  }
  return std::nullopt;
}

}  // namespace modelkin

#endif  // MODELKIN_COMPONENT_H_
