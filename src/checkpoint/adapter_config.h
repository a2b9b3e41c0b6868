// adapter_config.json: what a PEFT adapter was made for, and how its parts are put together.
#ifndef MODELKIN_CHECKPOINT_ADAPTER_CONFIG_H_
#define MODELKIN_CHECKPOINT_ADAPTER_CONFIG_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/said.h"
#include "source/byte_source.h"

namespace modelkin {

// Values as the file has them. Of keys that are missing, PEFT's defaults (0.21.2).
class AdapterConfig {
 public:
  // Throws Error(kBadInput) where the file is no JSON object, or larger than 4 MiB.
  explicit AdapterConfig(const ByteSource& file);

  const std::string& file() const { return file_; }
  // Returns the base model's name or place; "" where it does not say.
  std::string base() const { return Text("base_model_name_or_path"); }
  // Returns "a LoRA adapter of org/base, rank 8 on q_proj, v_proj", printable.
  Said Sentence() const;

  // Throws Error(kBadInput), with the reason, where the adapter is no LoRA, or one whose merge is
  // more than a sum of products: the base itself changed, layers repeated, tokens trained alone.
  void RequireMergeable() const;

  bool has_inputs_first() const { return Flag("fan_in_fan_out"); }
  // Returns alpha over the rank of a module ("model.layers.0.self_attn.q_proj"), or over its root.
  // Throws Error(kBadInput) where the file says another rank of it, no number, or by an expression
  // that is not read here.
  double ScaleOf(const std::string& module, std::uint64_t rank) const;

 private:
  std::string Text(std::string_view key) const;
  // The modules that it changes, printable.
  std::vector<std::string> Targets() const;
  bool Flag(std::string_view key) const;
  const nlohmann::json* Find(std::string_view key) const;
  // The value of what pattern fits the module; null for none.
  const nlohmann::json* PatternValue(std::string_view key, const std::string& module) const;
  [[noreturn]] void Fail(std::string_view message) const;

  std::string file_;
  std::shared_ptr<const nlohmann::json> values_;
};

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_ADAPTER_CONFIG_H_
