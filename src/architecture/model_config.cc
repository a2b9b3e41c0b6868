#include "architecture/model_config.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"

namespace modelkin {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kLargestFile = std::uint64_t{4} << 20;
constexpr int kDeepest = 64;
constexpr std::size_t kShownBytes = 60;

[[noreturn]] void Fail(const std::string& file, std::string_view message,
                       std::optional<std::uint64_t> offset_bytes = {}) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file, .tensor = {}, .offset_bytes = offset_bytes});
}

}  // namespace

ModelConfig::ModelConfig(std::string file, json values)
    : file_(std::move(file)), values_(std::move(values)) {
  for (const char* key : {"text_config", "llm_config", "language_config"}) {
    const auto part = values_.find(key);
    if (part != values_.end() && part->is_object()) nested_ = &*part;
  }
}

const json* ModelConfig::Find(std::string_view key) const {
  if (nested_ != nullptr) {
    if (const auto found = nested_->find(key); found != nested_->end()) return &*found;
  }
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> ModelConfig::Size(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (!value->is_number_unsigned() && value->get<std::int64_t>() < 0) return std::nullopt;
  return value->get<std::uint64_t>();
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

std::string ModelConfig::Show(std::string_view key) const {
  const json* const value = Find(key);
  if (value == nullptr) return "absent";
  return Printable(value->dump(-1, ' ', false, json::error_handler_t::replace), kShownBytes);
}

std::vector<std::string> ModelConfig::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : (nested_ != nullptr ? *nested_ : values_).items()) {
    keys.push_back(key);
  }
  return keys;
}

std::unique_ptr<const ModelConfig> ReadModelConfig(const ByteSource& file) {
  if (file.size_bytes() > kLargestFile) {
    Fail(file.label(), fmt::format("is {} bytes long; a config.json has at most {}",
                                   file.size_bytes(), kLargestFile));
  }
  std::vector<std::byte> scratch;
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  const auto* const text = reinterpret_cast<const char*>(bytes.data());
  const auto limit_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth > kDeepest) Fail(file.label(), "is nested too deeply");
    return true;
  };
  json values;
  try {
    values = json::parse(text, text + bytes.size(), limit_depth);
  } catch (const json::parse_error& error) {
    Fail(file.label(), "is not JSON", error.byte == 0 ? 0 : error.byte - 1);
  }
  if (!values.is_object()) Fail(file.label(), "is not a JSON object");
  return std::make_unique<const ModelConfig>(file.label(), std::move(values));
}

std::unique_ptr<const ModelConfig> FindModelConfig(const std::string& model_path) {
  std::error_code failure;
  const fs::path path(model_path);
  const fs::path folder = fs::is_directory(path, failure) ? path : path.parent_path();
  const fs::path config = path.filename() == "config.json" ? path : folder / "config.json";
  if (!fs::exists(config, failure)) return nullptr;
  return ReadModelConfig(*OpenFile(config.string()));
}

}  // namespace modelkin
