#include "hub/redirect.h"

#include <fmt/format.h>

#include "base/error.h"
#include "hub/http_hosts.h"
#include "hub/private_address.h"

namespace modelkin {
namespace {

[[noreturn]] void RefuseRedirect(const std::string& label, std::string_view where) {
  throw Error(ErrorKind::kIo, fmt::format("the server redirects to {}", where),
              {.file = label, .tensor = {}, .offset_bytes = {}});
}

}  // namespace

std::string_view OriginOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

std::string RedirectTarget(const std::string& url, const std::string& location, bool public_only,
                           const std::string& label) {
  if (location.empty()) RefuseRedirect(label, "nowhere");
  std::string target =
      location.starts_with('/') ? fmt::format("{}{}", OriginOf(url), location) : location;
  const bool encrypted = target.starts_with("https://");
  if (!encrypted && (url.starts_with("https://") || !target.starts_with("http://"))) {
    RefuseRedirect(label, "an address that is not https");
  }
  // Names are looked up where a connection is opened, by a proxy where there is one.
  if (public_only && IsPrivateHost(HostOf(target))) RefuseRedirect(label, "a private address");
  return target;
}

}  // namespace modelkin
