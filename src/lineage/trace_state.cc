#include "lineage/trace_state.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/output_file.h"

namespace modelkin {
namespace {

constexpr std::string_view kEnding = ".modelkin-state";
constexpr const char* kFingerprint = "fingerprint";

std::vector<std::filesystem::path> ItemsIn(const std::string& folder) {
  std::vector<std::filesystem::path> items;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find(kEnding) == std::string::npos) {
      throw Error(ErrorKind::kUsage, "holds other files than a trace leaves",
                  {.file = fmt::format("{}/{}", folder, name)});
    }
    items.push_back(entry.path());
  }
  return items;
}

}  // namespace

TraceState::TraceState(std::string folder, const std::string& fingerprint,
                       std::chrono::seconds interval)
    : folder_(std::move(folder)), interval_(interval) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw Error(ErrorKind::kIo, fmt::format("cannot create: {}", error.message()),
                {.file = folder_});
  }
  const auto items = ItemsIn(folder_);
  if (Load(kFingerprint) == nlohmann::json(fingerprint)) return;
  for (const auto& item : items) std::filesystem::remove(item);
  Save(kFingerprint, fingerprint);
}

std::string TraceState::Path(const std::string& item) const {
  return fmt::format("{}/{}{}", folder_, item, kEnding);
}

std::optional<nlohmann::json> TraceState::Load(const std::string& item) const {
  if (!keeps()) return std::nullopt;
  std::ifstream file(Path(item), std::ios::binary);
  if (!file) return std::nullopt;
  const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  nlohmann::json value = nlohmann::json::from_cbor(bytes, true, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

void TraceState::Save(const std::string& item, const nlohmann::json& value) {
  if (!keeps()) return;
  std::string bytes;
  nlohmann::json::to_cbor(value, bytes);
  OutputFile file(Path(item));
  file.Write(bytes);
  file.Commit();
  saved_ = std::chrono::steady_clock::now();
}

bool TraceState::IsDue() const {
  return keeps() && std::chrono::steady_clock::now() - saved_ >= interval_;
}

void TraceState::Remove() const {
  if (!keeps()) return;
  for (const auto& item : ItemsIn(folder_)) std::filesystem::remove(item);
  std::error_code ignored;
  std::filesystem::remove(folder_, ignored);
}

std::optional<nlohmann::json> StateItem::Load() const {
  return state == nullptr ? std::nullopt : state->Load(name);
}

void StateItem::Save(const nlohmann::json& value) const {
  if (state != nullptr) state->Save(name, value);
}

}  // namespace modelkin
