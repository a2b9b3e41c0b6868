#include "architecture/published_names.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace modelkin::testing {
namespace {

bool IsRun(const std::string& word) {
  return word.find('-') != std::string::npos && std::ranges::all_of(word, [](unsigned char c) {
           return c == '-' || std::isdigit(c) != 0;
         });
}

std::vector<std::string> Alternatives(const std::string& list) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = list.find(',', begin);
    const std::string word = list.substr(begin, end == std::string::npos ? end : end - begin);
    if (!IsRun(word)) {
      words.push_back(word);
      continue;
    }
    const std::size_t dash = word.find('-');
    const int last = std::stoi(word.substr(dash + 1));
    for (int i = std::stoi(word.substr(0, dash)); i <= last; ++i)
      words.push_back(std::to_string(i));
  }
  return words;
}

}  // namespace

std::vector<std::string> Expanded(const std::string& pattern) {
  const std::size_t open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  const std::size_t close = pattern.find('}', open);
  const std::vector<std::string> rest = Expanded(pattern.substr(close + 1));
  std::vector<std::string> names;
  for (const std::string& word : Alternatives(pattern.substr(open + 1, close - open - 1))) {
    for (const std::string& ending : rest) names.push_back(pattern.substr(0, open) + word + ending);
  }
  return names;
}

std::map<std::string, std::vector<std::string>> PublishedNames() {
  std::map<std::string, std::vector<std::string>> lists;
  std::ifstream file(MODELKIN_TEST_DATA "/published_indexes.txt");
  std::vector<std::string>* names = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("= ")) {
      names = &lists[line.substr(2, line.find(" | ") - 2)];
      continue;
    }
    const std::vector<std::string> more = Expanded(line);
    names->insert(names->end(), more.begin(), more.end());
  }
  return lists;
}

}  // namespace modelkin::testing
