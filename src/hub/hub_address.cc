#include "hub/hub_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kLongestName = 96, kLongestRevision = 255, kLongestPath = 1000;

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

[[noreturn]] void Fail(const std::string& location, std::string_view message) {
  throw Error(ErrorKind::kUsage, message, {.file = location, .tensor = {}, .offset_bytes = {}});
}

// Takes the part before the next slash off `rest`.
std::string_view TakePart(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return part;
}

void RequireName(const std::string& location, std::string_view name) {
  const bool good = !name.empty() && name.size() <= kLongestName &&
                    std::ranges::all_of(name, IsPlain) && name.front() != '.' &&
                    name.front() != '-' && name.find("..") == std::string_view::npos;
  if (!good) Fail(location, "is not hf://org/name[@revision]");
}

bool IsGoodRevision(std::string_view revision) {
  return !revision.empty() && revision.size() <= kLongestRevision &&
         std::ranges::all_of(revision, [](char c) { return IsPlain(c) || c == '/' || c == '+'; }) &&
         revision.find("..") == std::string_view::npos;
}

bool IsGoodPath(std::string_view path) {
  if (path.size() > kLongestPath) return false;
  while (!path.empty()) {
    const std::string_view part = TakePart(path);
    if (part.empty() || part == "." || part == "..") return false;
    if (std::ranges::any_of(part, [](char c) {
          return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
        })) {
      return false;
    }
  }
  return true;
}

// Addresses of a hub's pages have words between a repository and its branch, or before it.
void RequireNoPage(const std::string& location, std::string_view organisation,
                   std::string_view name, std::string_view path) {
  if (organisation == "datasets" || organisation == "spaces") {
    Fail(location, fmt::format("is one of the hub's {}, and no model", organisation));
  }
  for (const std::string_view word : {"tree/", "blob/", "resolve/", "raw/"}) {
    if (!path.starts_with(word)) continue;
    std::string_view rest = path.substr(word.size());
    const std::string_view revision = TakePart(rest);
    Fail(location, fmt::format("is the address of a page: write {}{}/{}{}{}{}{}", kHubScheme,
                               organisation, name, revision == "main" ? "" : "@",
                               revision == "main" ? "" : Printable(revision),
                               rest.empty() ? "" : "/", Printable(rest, 1024)));
  }
}

}  // namespace

std::string HubAddress::ToString() const {
  return fmt::format("{}{}@{}{}{}", kHubScheme, repository, revision, path.empty() ? "" : "/",
                     path);
}

HubAddress ParseHubAddress(const std::string& location) {
  if (!location.starts_with(kHubScheme)) Fail(location, "does not begin with hf://");
  std::string_view rest = std::string_view(location).substr(kHubScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const std::string_view organisation = TakePart(rest);
  std::string_view name = TakePart(rest);
  HubAddress address{.repository = {}, .revision = "main", .path = {}};
  if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
    address.revision = name.substr(at + 1);
    name = name.substr(0, at);
    if (address.revision == "refs") {
      const std::string_view kind = TakePart(rest), reference = TakePart(rest);
      address.revision = fmt::format("refs/{}/{}", kind, reference);
    }
  }
  RequireName(location, organisation);
  RequireName(location, name);
  if (!IsGoodRevision(address.revision)) Fail(location, "is not hf://org/name[@revision]");
  if (!IsGoodPath(rest)) Fail(location, "names no file of a repository");
  RequireNoPage(location, organisation, name, rest);
  address.repository = fmt::format("{}/{}", organisation, name);
  address.path = rest;
  return address;
}

std::string UrlEncoded(std::string_view text, bool keep_slashes) {
  std::string encoded;
  for (const char c : text) {
    if (IsPlain(c) || c == '~' || (keep_slashes && c == '/')) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace modelkin
