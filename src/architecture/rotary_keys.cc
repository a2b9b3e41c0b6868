#include "architecture/rotary_keys.h"

#include <algorithm>
#include <array>
#include <utility>

namespace modelkin {
namespace {

using nlohmann::json;

constexpr const char* kTogether = "rope_parameters";
constexpr const char* kScaling = "rope_scaling";
// Older files' names for the same.
constexpr std::string_view kOldLongRope = "su", kLongRope = "longrope";

constexpr std::array<std::string_view, 2> kBesideScaling = {"rope_theta", "partial_rotary_factor"};

const json* ObjectAt(const ModelConfig& config, const char* key) {
  const json* const value = config.Find(key);
  return value != nullptr && value->is_object() ? value : nullptr;
}

bool IsByLayerType(const json& parameters) {
  return std::ranges::any_of(parameters, [](const json& value) { return value.is_object(); });
}

std::optional<json> ScalingOf(const ModelConfig& config) {
  const json* const own = config.Find(kScaling);
  // A null that is written out stays one; other values are kept, whatever they mean.
  const bool alone = ObjectAt(config, kTogether) == nullptr;
  if (own != nullptr && !own->is_object() && (alone || !own->is_null())) return *own;
  const json* const stored = ObjectAt(config, kScaling) != nullptr ? ObjectAt(config, kScaling)
                                                                   : ObjectAt(config, kTogether);
  if (stored == nullptr || IsByLayerType(*stored)) return std::nullopt;
  json scaling = *stored;
  for (const std::string_view key : kBesideScaling) scaling.erase(key);
  if (const auto type = scaling.find("type"); type != scaling.end()) {
    json kind = std::move(*type);
    scaling.erase(type);
    if (!scaling.contains("rope_type")) scaling["rope_type"] = std::move(kind);
  }
  if (scaling.empty()) return std::nullopt;
  if (scaling.value("rope_type", json()) == kOldLongRope) scaling["rope_type"] = kLongRope;
  if (scaling == json{{"rope_type", "default"}}) return std::nullopt;
  return scaling;
}

}  // namespace

bool IsRotaryKey(std::string_view key) {
  return key == kScaling || key == kTogether ||
         std::ranges::find(kBesideScaling, key) != kBesideScaling.end();
}

std::optional<json> RotaryValue(const ModelConfig& config, std::string_view key) {
  if (key == kScaling) return ScalingOf(config);
  if (key == kTogether) {
    const json* const together = ObjectAt(config, kTogether);
    return together != nullptr && IsByLayerType(*together) ? std::optional(*together)
                                                           : std::nullopt;
  }
  if (!IsRotaryKey(key)) return std::nullopt;
  const json* value = config.Find(key);
  for (const char* holder : {kTogether, kScaling}) {
    if (value != nullptr && !value->is_null()) break;
    const json* const object = ObjectAt(config, holder);
    if (object != nullptr && object->contains(key)) value = &object->at(key);
  }
  return value != nullptr && !value->is_null() ? std::optional(*value) : std::nullopt;
}

}  // namespace modelkin
