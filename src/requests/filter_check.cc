#include "requests/filter_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/tensor_role.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/nearest_name.h"

namespace modelkin {
namespace {

constexpr std::size_t kShownRoles = 3;
constexpr std::size_t kFewestLetters = 3;  // of a word that others can be like

// "0-3, 7"
std::string RangesText(const std::set<std::uint32_t>& numbers) {
  std::string text;
  for (auto first = numbers.begin(); first != numbers.end();) {
    auto last = first;
    while (std::next(last) != numbers.end() && *std::next(last) == *last + 1) ++last;
    text += text.empty() ? "" : ", ";
    text += first == last ? fmt::format("{}", *first) : fmt::format("{}-{}", *first, *last);
    first = std::next(last);
  }
  return text;
}

// Pieces of `text` between characters that are no letters or digits.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool within = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (within) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  std::erase_if(words, [](const std::string& word) { return word.size() < kFewestLetters; });
  return words;
}

struct Names {
  std::set<std::string> roles;
  std::set<std::uint32_t> layers;
};

Names NamesOf(const Checkpoint& a, const Checkpoint& b) {
  Names names;
  for (const Checkpoint* const model : {&a, &b}) {
    for (const Tensor& tensor : model->tensors()) {
      const TensorRole role = InferRole(tensor.name);
      names.roles.insert(role.role);
      if (role.layer) names.layers.insert(*role.layer);
    }
  }
  return names;
}

// Roles that a word of the globs nearly is a word of, else the first there are.
std::vector<std::string> RolesLike(const std::vector<std::string>& globs,
                                   const std::set<std::string>& roles) {
  std::set<std::string> known;
  for (const std::string& role : roles) {
    for (std::string& word : WordsOf(role)) known.insert(std::move(word));
  }
  const std::vector<std::string> words(known.begin(), known.end());
  std::vector<std::string> like;
  for (const std::string& glob : globs) {
    for (const std::string& word : WordsOf(glob)) {
      const auto near = known.contains(word) ? word : NearestName(word, words).value_or("");
      for (const std::string& role : roles) {
        const bool fits = !near.empty() && role.find(near) != std::string::npos;
        if (fits && std::ranges::find(like, role) == like.end()) like.push_back(role);
      }
    }
  }
  if (like.empty()) like.assign(roles.begin(), roles.end());
  if (like.size() > kShownRoles) like.resize(kShownRoles);
  return like;
}

std::string WhatThereIs(const PairingOptions& options, const Names& names) {
  std::string text;
  if (!options.layers.empty()) {
    text = names.layers.empty() ? "; no tensor there is in a layer"
                                : fmt::format("; there are layers {}", RangesText(names.layers));
  }
  if (options.include.empty() && options.exclude.empty()) return text;
  std::vector<std::string> roles;
  for (const std::string& role : RolesLike(options.include, names.roles)) {
    roles.push_back(Printable(role));
  }
  return text + fmt::format("; names there are like {} (a glob is held against whole names: '*{}')",
                            fmt::join(roles, ", "), roles.empty() ? "" : roles.front());
}

}  // namespace

void RequireFilterLeaves(const Pairing& pairing, const PairingOptions& options, const Checkpoint& a,
                         const Checkpoint& b) {
  if (!pairing.pairs.empty() || pairing.left_out == 0) return;
  throw Error(ErrorKind::kBadInput,
              fmt::format("nothing was compared: the filter leaves no tensor{}",
                          WhatThereIs(options, NamesOf(a, b))));
}

}  // namespace modelkin
