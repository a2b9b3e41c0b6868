#include "inference/model_facts.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostRotaryDims = 1 << 16;

}  // namespace

void ModelFacts::Fail(std::string_view key, std::string_view problem) const {
  throw Error(ErrorKind::kBadInput, fmt::format("\"{}\" {}", key, problem),
              {.file = config_.file(), .tensor = "", .offset_bytes = {}});
}

std::size_t ModelFacts::Size(std::string_view name) const {
  const auto size = spec_.Size(name);
  if (!size) Fail(name, "is missing");
  return *size;
}

void ModelFacts::RequireWindowKeys() const {
  const auto require = [&](const char* key, bool (*is_right)(const nlohmann::json&),
                           std::string_view what) {
    const auto* const value = config_.Find(key);
    if (value == nullptr || value->is_null() || is_right(*value)) return;
    Fail(key, fmt::format("is {}, not {}", config_.Show(key), what));
  };
  const auto is_size = [](const nlohmann::json& value) { return value.is_number_unsigned(); };
  require("sliding_window", is_size, "a number of tokens");
  require("max_window_layers", is_size, "a number of layers");
  require(
      "use_sliding_window",
      [](const auto& value) { return value.is_boolean() || value.is_number(); }, "true or false");
  require(
      "layer_types", [](const auto& value) { return value.is_array(); }, "a list");
}

std::optional<std::size_t> ModelFacts::Window(std::size_t layer) const {
  RequireWindowKeys();
  const auto* const types = config_.Find("layer_types");
  if (types != nullptr && types->is_array()) {
    const bool known = layer < types->size() && ((*types)[layer] == "full_attention" ||
                                                 (*types)[layer] == "sliding_attention" ||
                                                 (*types)[layer] == "chunked_attention");
    if (!known) {
      Fail("layer_types", fmt::format("has no attention that is known for layer {}", layer));
    }
  }
  if (!spec_.window || layer >= spec_.windowed.size() || !spec_.windowed[layer]) return {};
  if (*spec_.window == 0) Fail("sliding_window", "is 0");
  return spec_.window;
}

double ModelFacts::Number(std::string_view key, double fallback) const {
  const auto* const value = config_.Find(key);
  if (value == nullptr || value->is_null()) return fallback;
  const auto number = config_.Number(key);
  if (!number || !std::isfinite(*number)) Fail(key, fmt::format("is {}", config_.Show(key)));
  return *number;
}

double ModelFacts::Positive(std::string_view key, double fallback) const {
  const double number = Number(key, fallback);
  if (!(number > 0)) Fail(key, fmt::format("is {}, not above 0", config_.Show(key)));
  return number;
}

bool ModelFacts::Flag(std::string_view key, bool fallback) const {
  const auto* const value = config_.Find(key);
  if (value == nullptr || value->is_null()) return fallback;
  const auto flag = config_.Flag(key);
  if (!flag) Fail(key, fmt::format("is {}, neither true nor false", config_.Show(key)));
  return *flag;
}

ActivationFunction ModelFacts::Activation() const {
  return Function(spec_.family->activation_key, spec_.family->default_activation);
}

ActivationFunction ModelFacts::Function(std::string_view key, std::string_view fallback) const {
  const auto* const value = config_.Find(key);
  if (value != nullptr && !value->is_null() && !value->is_string()) {
    Fail(key, fmt::format("is {}, not a name", config_.Show(key)));
  }
  const std::string name = config_.Text(key).value_or(std::string(fallback));
  const auto function = ParseActivationFunction(name);
  if (!function) Fail(key, fmt::format("is \"{}\", which is not known", Printable(name)));
  return *function;
}

RotaryParameters ModelFacts::Rotary(double default_theta, std::string_view layer_type) const {
  if (spec_.rotary.dims > kMostRotaryDims) Fail("head_dim", "is larger than any model's");
  return ReadRotary(config_, spec_.rotary.dims, default_theta, layer_type);
}

RotaryParameters ModelFacts::WindowRotary(std::string_view theta_key, double default_theta) const {
  if (HasRotaryByLayerType(config_)) return Rotary(default_theta, "sliding_attention");
  return {.dims = spec_.rotary.dims, .theta = Positive(theta_key, default_theta)};
}

}  // namespace modelkin
