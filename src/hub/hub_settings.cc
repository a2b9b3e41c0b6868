#include "hub/hub_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "hub/certificates.h"

namespace modelkin {
namespace {

std::optional<std::string> Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> NonEmpty(const char* name) {
  auto value = Variable(name);
  return value && value->empty() ? std::nullopt : value;
}

[[noreturn]] void Fail(const char* name, std::string_view message) {
  throw Error(ErrorKind::kUsage, fmt::format("{} {}", name, message));
}

template <class Unsigned>
void SetNumber(const char* name, Unsigned& number) {
  const auto value = NonEmpty(name);
  if (!value) return;
  const char* const end = value->data() + value->size();
  const auto [stopped, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc() || stopped != end) Fail(name, "is not a number");
}

bool Flag(const char* name) {
  const auto value = NonEmpty(name);
  if (!value) return false;
  std::string lower = *value;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "1" || lower == "true" || lower == "yes" || lower == "on";
}

std::string CacheFolder() {
  if (const auto folder = NonEmpty("XDG_CACHE_HOME")) return *folder;
  const auto home = NonEmpty("HOME");
  return home ? *home + "/.cache" : "";
}

// Ends with `name`, in the folder of huggingface_hub.
std::string InHubHome(const char* name) {
  if (const auto home = NonEmpty("HF_HOME")) return fmt::format("{}/{}", *home, name);
  const std::string cache = CacheFolder();
  return cache.empty() ? "" : fmt::format("{}/huggingface/{}", cache, name);
}

std::string TokenFromFile() {
  std::ifstream file(NonEmpty("HF_TOKEN_PATH").value_or(InHubHome("token")));
  std::string token;
  std::getline(file, token);
  return token;
}

std::string Token() {
  std::string token = NonEmpty("HF_TOKEN").value_or("");
  if (token.empty()) token = TokenFromFile();
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!token.empty() && is_space(token.back())) token.pop_back();
  token.erase(0,
              static_cast<std::size_t>(std::ranges::find_if_not(token, is_space) - token.begin()));
  // A line break would end the header that it is sent in.
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F; })) {
    Fail("HF_TOKEN", "is not printable ASCII");
  }
  return token;
}

std::string Endpoint() {
  std::string endpoint = NonEmpty("HF_ENDPOINT").value_or(HubSettings().endpoint);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
    Fail("HF_ENDPOINT", "is no http or https address");
  }
  return endpoint;
}

}  // namespace

HubSettings HubSettingsFromEnvironment() {
  HubSettings settings;
  settings.endpoint = Endpoint();
  settings.token = Token();
  settings.hub_cache = NonEmpty("HF_HUB_CACHE").value_or(InHubHome("hub"));
  const std::string cache = CacheFolder();
  settings.block_cache =
      Variable("MODELKIN_CACHE").value_or(cache.empty() ? "" : cache + "/modelkin");
  SetNumber("MODELKIN_CACHE_BYTES", settings.block_cache_bytes);
  if (settings.block_cache_bytes == 0) settings.block_cache.clear();
  settings.certificates = CertificatesAmong(CertificatePlaces());
  settings.offline = Flag("HF_HUB_OFFLINE");
  SetNumber("MODELKIN_HUB_ATTEMPTS", settings.attempts);
  settings.attempts = std::clamp(settings.attempts, 1U, 100U);
  std::uint32_t wait = 0, stall = 0;
  SetNumber("MODELKIN_HUB_WAIT_MS", wait);
  SetNumber("MODELKIN_HUB_STALL_MS", stall);
  if (wait > 0) settings.first_wait = std::chrono::milliseconds(wait);
  if (stall > 0) settings.stall_timeout = std::chrono::milliseconds(stall);
  return settings;
}

}  // namespace modelkin
