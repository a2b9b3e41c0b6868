// config.json as it stands: values by key, nothing resolved.
#ifndef MODELKIN_ARCHITECTURE_MODEL_CONFIG_H_
#define MODELKIN_ARCHITECTURE_MODEL_CONFIG_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/byte_source.h"
#include "source/places.h"

namespace modelkin {

// The values of a language model's config.json. Where a model of several parts keeps them in a
// nested object, the first there is of "text_config", "llm_config" and "language_config", those
// come first. Getters give nullopt for a missing key, null, or a value of another type.
class ModelConfig {
 public:
  // Takes the values of `file`, whose name is for messages.
  ModelConfig(std::string file, nlohmann::json values);
  ModelConfig(const ModelConfig&) = delete;
  ModelConfig& operator=(const ModelConfig&) = delete;
  ~ModelConfig();

  const std::string& file() const { return file_; }
  std::optional<std::uint64_t> Size(std::string_view key) const;  // a whole number >= 0
  std::optional<double> Number(std::string_view key) const;
  std::optional<bool> Flag(std::string_view key) const;
  std::optional<std::string> Text(std::string_view key) const;
  // Of the outer object, whatever a nested one says.
  std::optional<std::string> OuterText(std::string_view key) const;
  // Returns the value itself; null if missing. "a.b" is the key b of the object a, and "a.*.b" that
  // of the first object in a that has it.
  const nlohmann::json* Find(std::string_view key) const;
  // Returns the value as JSON, cut to a readable length; "absent" if missing.
  std::string Show(std::string_view key) const;

  // Returns the value of "model_type"; "" if there is none.
  std::string model_type() const { return Text("model_type").value_or(""); }
  std::vector<std::string> Keys() const;

 private:
  std::string file_;
  std::unique_ptr<const nlohmann::json> values_;
  const nlohmann::json* nested_ = nullptr;  // into values_
};

// Returns a whole number >= 0; nullopt for values that are none.
std::optional<std::uint64_t> WholeNumber(const nlohmann::json& value);

inline constexpr std::uint64_t kLargestConfigBytes = std::uint64_t{4} << 20;

// Parses a config.json of at most 4 MiB, 524,288 values and 64 levels. Throws Error(kBadInput)
// otherwise, and where it is not a JSON object.
std::unique_ptr<const ModelConfig> ReadModelConfig(const ByteSource& file);

// Returns whether a path names a configuration rather than a checkpoint: it ends in ".json", but
// not in
// ".index.json".
bool IsConfigFile(const std::string& path);

// The configuration that the user named, or the config.json in the directory or beside the file
// that was named. Null if there is none.
std::shared_ptr<const ByteSource> FindConfigFile(const std::string& model_path,
                                                 const Places& places = ThisMachine());
// What it says; null if there is none.
std::unique_ptr<const ModelConfig> FindModelConfig(const std::string& model_path,
                                                   const Places& places = ThisMachine());

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_MODEL_CONFIG_H_
