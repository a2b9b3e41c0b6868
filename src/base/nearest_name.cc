#include "base/nearest_name.h"

#include <algorithm>
#include <array>

namespace modelkin {
namespace {

constexpr std::size_t kLongestWord = 255;
constexpr std::size_t kMostDifferent = 3;
constexpr std::size_t kFewestToBegin = 2;

std::string InSmallLetters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return small;
}

std::optional<std::string> OnlyOneBegunBy(std::string_view word,
                                          const std::vector<std::string>& names) {
  if (word.size() < kFewestToBegin) return std::nullopt;
  const auto begins = [&](const std::string& name) {
    return name.size() > word.size() && name.starts_with(word);
  };
  if (std::ranges::count_if(names, begins) != 1) return std::nullopt;
  return *std::ranges::find_if(names, begins);
}

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  if (std::max(a.size(), b.size()) > kLongestWord) {
    return a == b ? 0 : std::max(a.size(), b.size());
  }
  // Distances of the beginning of `a` with those of `b`: of this length, of one less, of two less.
  std::array<std::array<std::size_t, kLongestWord + 1>, 3> rows{};
  for (std::size_t k = 0; k <= b.size(); ++k) rows[0][k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& before = rows[(i + 2) % 3];
    const auto& two_before = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replaced = before[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
      row[k] = std::min({before[k] + 1, row[k - 1] + 1, replaced});
      const bool swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
      if (swapped) row[k] = std::min(row[k], two_before[k - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::optional<std::string> NearestName(std::string_view word,
                                       const std::vector<std::string>& names) {
  const std::string small = InSmallLetters(word);
  const std::string* nearest = nullptr;
  std::size_t least = 0;
  for (const std::string& name : names) {
    if (name == word) continue;
    const std::size_t distance = EditDistance(small, InSmallLetters(name));
    const std::size_t most = std::min(kMostDifferent, std::max(word.size(), name.size()) / 3);
    if (distance > most || (nearest != nullptr && distance >= least)) continue;
    nearest = &name;
    least = distance;
  }
  if (nearest != nullptr) return *nearest;
  return OnlyOneBegunBy(word, names);
}

}  // namespace modelkin
