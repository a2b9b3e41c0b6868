#include "functional/token_alignment.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace modelkin {

std::vector<RowPair> AlignTokens(const TextParts& a, const TextParts& b) {
  std::vector<RowPair> pairs;
  std::size_t first_a = 0, first_b = 0;
  for (std::size_t text = 0; text < a.size(); ++text) {
    std::map<std::string_view, std::size_t> ends_b;
    for (std::size_t i = 0; i < b[text].size(); ++i) ends_b[b[text][i]] = i;
    std::map<std::string_view, std::size_t> ends_a;
    for (std::size_t i = 0; i < a[text].size(); ++i) ends_a[a[text][i]] = i;
    std::vector<RowPair> of_text;
    for (const auto& [part, i] : ends_a) {
      const auto found = ends_b.find(part);
      if (found != ends_b.end()) of_text.push_back({first_a + i, first_b + found->second});
    }
    std::ranges::sort(of_text, {}, &RowPair::a);
    pairs.insert(pairs.end(), of_text.begin(), of_text.end());
    first_a += a[text].size();
    first_b += b[text].size();
  }
  return pairs;
}

std::vector<RowPair> SpreadOver(const std::vector<RowPair>& pairs, std::size_t count) {
  if (pairs.size() <= count) return pairs;
  std::vector<RowPair> spread;
  spread.reserve(count);
  for (std::size_t i = 0; i < count; ++i) spread.push_back(pairs[i * pairs.size() / count]);
  return spread;
}

}  // namespace modelkin
