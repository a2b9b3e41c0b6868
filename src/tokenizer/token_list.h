// Collects tokens while a file is read.
#ifndef MODELKIN_TOKENIZER_TOKEN_LIST_H_
#define MODELKIN_TOKENIZER_TOKEN_LIST_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "source/byte_source.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {

[[noreturn]] inline void FailTokenizer(const ByteSource& file, std::string_view message,
                                       std::optional<std::uint64_t> offset_bytes = {}) {
  throw Error(ErrorKind::kBadInput, message,
              {.file = file.label(), .tensor = {}, .offset_bytes = offset_bytes});
}

// In order of id, whatever order they come in.
class TokenList {
 public:
  explicit TokenList(const ByteSource& file) : file_(file) {}

  // Both throw Error(kBadInput) for an id that no vocabulary has.
  void Add(std::uint64_t id, std::string bytes) {
    tokens_.push_back({.bytes = std::move(bytes), .id = Checked(id)});
  }
  // In the place of the vocabulary's tokens of that id.
  void AddAdded(std::uint64_t id, std::string bytes, bool special) {
    added_[Checked(id)] = {.bytes = std::move(bytes), .id = id, .special = special};
  }

  std::vector<Token> Take() {
    std::erase_if(tokens_, [&](const Token& token) { return added_.contains(token.id); });
    for (auto& [id, token] : added_) tokens_.push_back(std::move(token));
    std::ranges::stable_sort(tokens_, {}, &Token::id);
    return std::move(tokens_);
  }

 private:
  std::uint64_t Checked(std::uint64_t id) const {
    constexpr std::uint64_t kLargestId = std::uint64_t{1} << 32;
    if (id > kLargestId) FailTokenizer(file_, "a token's id is beyond 2^32");
    return id;
  }

  const ByteSource& file_;
  std::vector<Token> tokens_;
  std::map<std::uint64_t, Token> added_;
};

inline constexpr std::uint64_t kLargestTokenizerFile = std::uint64_t{512} << 20;

// The file's first bytes, at most that many.
inline std::string_view FirstText(const ByteSource& file, std::vector<std::byte>& scratch) {
  const auto bytes = file.Read(0, std::min(file.size_bytes(), kLargestTokenizerFile), scratch);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The whole file. Throws Error(kBadInput) if it is larger than that.
inline std::string_view WholeText(const ByteSource& file, std::vector<std::byte>& scratch) {
  if (file.size_bytes() > kLargestTokenizerFile) {
    FailTokenizer(file, "is too large for a tokenizer");
  }
  return FirstText(file, scratch);
}

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_TOKEN_LIST_H_
