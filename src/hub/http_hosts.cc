#include "hub/http_hosts.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "hub/curl_library.h"

namespace modelkin {

std::string HostOf(const std::string& url) {
  CURLU* const parsed = LoadedCurl().url();
  if (parsed == nullptr) throw std::bad_alloc();
  char* part = nullptr;
  std::string host;
  if (LoadedCurl().url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      LoadedCurl().url_get(parsed, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
    host = part;
    LoadedCurl().free(part);
  }
  LoadedCurl().url_cleanup(parsed);
  return host;
}

bool AsksThroughProxy() {
  // As libcurl reads them.
  constexpr std::array kVariables = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                     "ALL_PROXY"};
  return std::ranges::any_of(kVariables, [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

}  // namespace modelkin
