#include "tokenizer/token_spelling.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <optional>

namespace modelkin {
namespace {

constexpr std::string_view kMetaspaceMark = "\xE2\x96\x81";
constexpr std::size_t kTableSize = 0x144;

// Code point to byte: printable Latin-1 stands for itself, the other 68 bytes for 0x100 onwards.
std::array<int, kTableSize> MakeByteTable() {
  std::array<int, kTableSize> table;
  table.fill(-1);
  std::size_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
                           (byte >= 0xAE && byte <= 0xFF);
    table[printable ? static_cast<std::size_t>(byte) : next++] = byte;
  }
  return table;
}

// One or two bytes of UTF-8 are all that the table needs.
std::optional<std::string> FromByteLevel(std::string_view text) {
  static const std::array<int, kTableSize> kTable = MakeByteTable();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::size_t code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80) {
      if (code < 0xC2 || code > 0xDF || i + 1 == text.size()) return std::nullopt;
      const auto next = static_cast<unsigned char>(text[++i]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      code = (code & 0x1F) << 6 | (next & 0x3F);
    }
    if (code >= kTableSize || kTable[code] < 0) return std::nullopt;
    bytes += static_cast<char>(kTable[code]);
  }
  return bytes;
}

}  // namespace

std::string UndoSpelling(Spelling spelling, std::string_view text) {
  if (spelling == Spelling::kByteLevel) return FromByteLevel(text).value_or(std::string(text));
  std::string plain;
  for (;;) {
    const std::size_t mark = text.find(kMetaspaceMark);
    plain += text.substr(0, mark);
    if (mark == std::string_view::npos) return plain;
    plain += ' ';
    text.remove_prefix(mark + kMetaspaceMark.size());
  }
}

bool IsByteToken(std::string_view text) {
  return text.size() == 6 && text.starts_with("<0x") && text.ends_with('>') &&
         std::isxdigit(static_cast<unsigned char>(text[3])) != 0 &&
         std::isxdigit(static_cast<unsigned char>(text[4])) != 0;
}

}  // namespace modelkin
