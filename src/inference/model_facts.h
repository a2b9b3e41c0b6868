// What families read off a model's configuration.
#ifndef MODELKIN_INFERENCE_MODEL_FACTS_H_
#define MODELKIN_INFERENCE_MODEL_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "inference/activation_function.h"
#include "inference/rotary.h"

namespace modelkin {

// Getters throw Error(kBadInput) that names the key, where a value is missing or of no use.
class ModelFacts {
 public:
  // Both must outlive this.
  ModelFacts(const ModelConfig& config, const ModelSpec& spec) : config_(config), spec_(spec) {}

  const ModelConfig& config() const { return config_; }
  const ModelSpec& spec() const { return spec_; }

  // A size of the family's table: "heads".
  std::size_t Size(std::string_view name) const;
  // A flag of the family's table: "qkv_bias".
  bool Has(std::string_view flag) const { return spec_.flags.contains(flag); }
  bool HasExperts(std::size_t layer) const { return spec_.layers[layer] == LayerKind::kExperts; }
  std::optional<std::size_t> Window(std::size_t layer) const;

  // A value of config.json, or what the family takes where there is none.
  double Number(std::string_view key, double fallback) const;
  double Positive(std::string_view key, double fallback) const;
  bool Flag(std::string_view key, bool fallback) const;
  ActivationFunction Function(std::string_view key, std::string_view fallback) const;
  // Of the MLPs, by the key that the family has for it.
  ActivationFunction Activation() const;
  // `layer_type`: of layers of that type, where these differ.
  RotaryParameters Rotary(double default_theta, std::string_view layer_type = {}) const;
  // Of layers with a window, where these differ. `theta_key`: at the top of config.json, in files
  // without parameters for each type of layer; these are not stretched.
  RotaryParameters WindowRotary(std::string_view theta_key, double default_theta) const;

  [[noreturn]] void Fail(std::string_view key, std::string_view problem) const;

 private:
  // Values of another type would be read as missing, and another attention run.
  void RequireWindowKeys() const;

  const ModelConfig& config_;
  const ModelSpec& spec_;
};

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_MODEL_FACTS_H_
