// Collects tokens while a file is read.
#ifndef MODELKIN_TOKENIZER_TOKEN_LIST_H_
#define MODELKIN_TOKENIZER_TOKEN_LIST_H_

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

// By id; a later one of the same id replaces the earlier, as added tokens do.
class TokenList {
 public:
  explicit TokenList(const ByteSource& file) : file_(file) {}

  // Throws Error(kBadInput) for an id that no vocabulary has.
  void Add(std::uint64_t id, std::string bytes, bool special) {
    constexpr std::uint64_t kLargestId = std::uint64_t{1} << 32;
    if (id > kLargestId) FailTokenizer(file_, "a token's id is beyond 2^32");
    tokens_[id] = {.bytes = std::move(bytes), .id = id, .special = special};
  }
  std::vector<Token> Take() {
    std::vector<Token> tokens;
    tokens.reserve(tokens_.size());
    for (auto& [id, token] : tokens_) tokens.push_back(std::move(token));
    tokens_.clear();
    return tokens;
  }

 private:
  const ByteSource& file_;
  std::map<std::uint64_t, Token> tokens_;  // not an array: ids are the file's claim
};

inline constexpr std::uint64_t kLargestTokenizerFile = std::uint64_t{512} << 20;

// The whole file. Throws Error(kBadInput) if it is larger than that.
inline std::string_view WholeText(const ByteSource& file, std::vector<std::byte>& scratch) {
  if (file.size_bytes() > kLargestTokenizerFile)
    FailTokenizer(file, "is too large for a tokenizer");
  const auto bytes = file.Read(0, file.size_bytes(), scratch);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_TOKEN_LIST_H_
