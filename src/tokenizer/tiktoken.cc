// tiktoken's ranks: a line for each token, its bytes in base64 and its id.
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "tokenizer/token_list.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

std::optional<std::string> FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

}  // namespace

Tokenizer ReadTiktoken(const ByteSource& file) {
  std::vector<std::byte> scratch;
  const std::string_view text = WholeText(file, scratch);
  TokenList tokens(file);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) {
      const std::size_t space = std::min(line.find(' '), line.size());
      auto bytes = FromBase64(line.substr(0, space));
      const std::string_view rank = line.substr(std::min(space + 1, line.size()));
      std::uint64_t id = 0;
      const auto [rest, failure] = std::from_chars(rank.data(), rank.data() + rank.size(), id);
      if (!bytes || failure != std::errc() || rest != rank.data() + rank.size()) {
        FailTokenizer(file, "a line is not base64, a space and a number", begin);
      }
      tokens.Add(id, std::move(*bytes));
    }
    begin = end + 1;
  }
  Tokenizer tokenizer{.file = file.label(),
                      .version = file.Version(),
                      .kind = "tiktoken",
                      .tokens = tokens.Take(),
                      .merges = {}};
  if (tokenizer.tokens.empty()) FailTokenizer(file, "holds no tokens");
  return tokenizer;
}

}  // namespace modelkin
