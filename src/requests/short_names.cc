#include "requests/short_names.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/escaped_text.h"
#include "checkpoint/weight_file_name.h"

namespace modelkin {
namespace {

constexpr std::string_view kHub = "hf://";

std::vector<std::string> PartsOf(std::string_view path) {
  if (path.starts_with(kHub)) path.remove_prefix(kHub.size());
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

// The last `count` parts, or all there are; without the ending of a file of weights where that is
// asked for.
std::string LastParts(const std::string& path, std::size_t count, bool without_ending) {
  std::vector<std::string> parts = PartsOf(path);
  if (without_ending && !parts.empty()) {
    const std::string stem(WithoutWeightEnding(parts.back()));
    if (!stem.empty()) parts.back() = stem;
  }
  std::string name;
  for (std::size_t i = parts.size() - std::min(count, parts.size()); i < parts.size(); ++i) {
    name += (name.empty() ? "" : "/") + parts[i];
  }
  return name.empty() ? path : name;
}

bool AreDistinct(const std::vector<std::string>& paths, const std::vector<std::string>& names) {
  const std::set<std::string> of_paths(paths.begin(), paths.end());
  return std::set<std::string>(names.begin(), names.end()).size() == of_paths.size();
}

std::size_t LeastParts(const std::string& path) { return path.starts_with(kHub) ? 2 : 1; }

}  // namespace

std::vector<std::string> ShortNames(const std::vector<std::string>& paths) {
  std::size_t longest = 1;
  for (const std::string& path : paths) longest = std::max(longest, PartsOf(path).size());
  std::vector<std::string> names;
  for (std::size_t count = 1; count <= longest; ++count) {
    for (const bool without_ending : {true, false}) {
      names.clear();
      for (const std::string& path : paths) {
        names.push_back(LastParts(path, std::max(count, LeastParts(path)), without_ending));
      }
      if (AreDistinct(paths, names)) return names;
    }
  }
  return names;
}

std::vector<std::string> PrintableNames(const std::vector<std::string>& paths) {
  std::vector<std::string> names = ShortNames(paths);
  for (std::string& name : names) name = Printable(name);
  return names;
}

}  // namespace modelkin
