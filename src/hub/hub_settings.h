// What the environment says about the hub.
#ifndef MODELKIN_HUB_HUB_SETTINGS_H_
#define MODELKIN_HUB_HUB_SETTINGS_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace modelkin {

struct HubSettings {
  std::string endpoint = "https://huggingface.co";  // without a slash at its end
  std::string token;                                // "" for none; sent to the endpoint alone
  std::string hub_cache;                            // of huggingface_hub, read only; "" for none
  std::string block_cache;                          // our own folder; "" for none
  std::uint64_t block_cache_bytes = std::uint64_t{10} << 30;  // at most
  std::string certificates;  // a file, or OpenSSL's folder, of them; "" for libcurl's own choice
  bool offline = false;      // nothing but the caches
  unsigned attempts = 5;     // of a request that failed for a reason that may pass
  std::chrono::milliseconds first_wait{500};  // before the second attempt; then twice that, ...
  std::chrono::seconds connect_timeout{15};
  std::chrono::milliseconds stall_timeout{30'000};  // without a byte
  unsigned connections = 8;                         // at once, for one read
};

// HF_ENDPOINT, HF_TOKEN (or the file at HF_TOKEN_PATH, or HF_HOME/token), HF_HUB_CACHE (or
// HF_HOME/hub, or XDG_CACHE_HOME/huggingface/hub), HF_HUB_OFFLINE, as huggingface_hub takes them;
// MODELKIN_CACHE (a folder, or "" for none) and MODELKIN_CACHE_BYTES; certificates as
// certificates.h says; for tests and slow networks MODELKIN_HUB_ATTEMPTS, MODELKIN_HUB_WAIT_MS and
// MODELKIN_HUB_STALL_MS. Throws Error(kUsage) for values that make no sense.
HubSettings HubSettingsFromEnvironment();

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_SETTINGS_H_
