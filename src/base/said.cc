#include "base/said.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace modelkin {

Said ListSaid(const std::vector<std::string>& names, std::size_t most) {
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most));
  const std::string listed = fmt::format("{}", fmt::join(names.begin(), end, ", "));
  if (names.size() <= most) return {listed, listed};
  return Say("{} and {} more", "{} 외 {}개", listed, names.size() - most);
}

std::vector<std::string> InEnglish(const std::vector<Said>& sentences) {
  std::vector<std::string> english;
  english.reserve(sentences.size());
  for (const Said& sentence : sentences) english.push_back(sentence.english);
  return english;
}

}  // namespace modelkin
