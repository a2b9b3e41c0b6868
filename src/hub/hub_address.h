// hf://org/name[@revision][/path]
#ifndef MODELKIN_HUB_HUB_ADDRESS_H_
#define MODELKIN_HUB_HUB_ADDRESS_H_

#include <string>
#include <string_view>

namespace modelkin {

inline constexpr std::string_view kHubScheme = "hf://";

struct HubAddress {
  std::string repository;  // "org/name"
  std::string revision;    // branch, tag, commit, "refs/pr/1"; "main" where none was given
  std::string path;        // of a file or folder in it, without slashes at its ends; "" for all

  std::string ToString() const;  // "hf://org/name@revision/path"
};

// Names may have letters, digits and "-_.", 96 at most; a revision ends at the next slash, but for
// "refs/KIND/NAME"; a path has no ".." and no empty part. Throws Error(kUsage) otherwise.
HubAddress ParseHubAddress(const std::string& location);

// `text` as part of a URL: all but letters, digits and "-_.~" as %XX, and "/" where `keep_slashes`.
std::string UrlEncoded(std::string_view text, bool keep_slashes);

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_ADDRESS_H_
