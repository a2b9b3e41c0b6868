#include "architecture/model_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/escaped_text.h"
#include "source/json_document.h"
#include "source/places.h"

namespace modelkin {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Of which a list of 22,422 quantised matrices, the longest seen, has a quarter.
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 19;
constexpr std::size_t kShownBytes = 60;

// The value of the key, or of "*.key" that of the first object inside that has it.
const json* FindInside(const json& object, std::string_view key) {
  constexpr std::string_view kAny = "*.";
  if (!key.starts_with(kAny)) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }
  for (const json& inner : object) {
    if (!inner.is_object()) continue;
    const auto found = inner.find(key.substr(kAny.size()));
    if (found != inner.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

ModelConfig::ModelConfig(std::string file, json values)
    : file_(std::move(file)), values_(std::make_unique<const json>(std::move(values))) {
  for (const char* key : {"text_config", "llm_config", "language_config"}) {
    const auto part = values_->find(key);
    if (part == values_->end() || !part->is_object()) continue;
    nested_ = &*part;
    break;
  }
}

ModelConfig::~ModelConfig() = default;

const json* ModelConfig::Find(std::string_view key) const {
  if (nested_ != nullptr) {
    if (const auto found = nested_->find(key); found != nested_->end()) return &*found;
  }
  if (const auto found = values_->find(key); found != values_->end()) return &*found;
  const std::size_t dot = key.find('.');
  const json* const object = dot == std::string_view::npos ? nullptr : Find(key.substr(0, dot));
  if (object == nullptr || !object->is_object()) return nullptr;
  return FindInside(*object, key.substr(dot + 1));
}

std::optional<std::uint64_t> ModelConfig::Size(std::string_view key) const {
  const json* const value = Find(key);
  return value == nullptr ? std::nullopt : WholeNumber(*value);
}

std::optional<double> ModelConfig::Number(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::optional<bool> ModelConfig::Flag(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number()) return value->get<double>() != 0;
  return std::nullopt;
}

std::optional<std::string> ModelConfig::Text(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::string> ModelConfig::OuterText(std::string_view key) const {
  const auto found = values_->find(key);
  if (found == values_->end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::string ModelConfig::Show(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr) return "absent";
  if (value->is_string()) {
    return fmt::format("\"{}\"", Printable(value->get_ref<const std::string&>(), kShownBytes));
  }
  return Printable(value->dump(-1, ' ', false, json::error_handler_t::replace), kShownBytes);
}

std::vector<std::string> ModelConfig::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : (nested_ != nullptr ? *nested_ : *values_).items()) {
    keys.push_back(key);
  }
  return keys;
}

std::optional<std::uint64_t> WholeNumber(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (!value.is_number_unsigned() && value.get<std::int64_t>() < 0) return std::nullopt;
  return value.get<std::uint64_t>();
}

std::unique_ptr<const ModelConfig> ReadModelConfig(const ByteSource& file) {
  return std::make_unique<const ModelConfig>(
      file.label(), ReadJsonObject(file, kLargestConfigBytes, kMostValues));
}

bool IsConfigFile(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.ends_with(".json") && !name.ends_with(".index.json");
}

std::shared_ptr<const ByteSource> FindConfigFile(const std::string& model_path,
                                                 const Places& places) {
  const fs::path path(model_path);
  const fs::path folder = places.IsFolder(model_path) ? path : path.parent_path();
  const fs::path config = IsConfigFile(model_path) ? path : folder / "config.json";
  if (!places.MayExist(config.string())) return nullptr;
  return places.Open(config.string());
}

std::unique_ptr<const ModelConfig> FindModelConfig(const std::string& model_path,
                                                   const Places& places) {
  const auto file = FindConfigFile(model_path, places);
  return file == nullptr ? nullptr : ReadModelConfig(*file);
}

}  // namespace modelkin
