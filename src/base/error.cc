#include "base/error.h"

#include <fmt/format.h>

namespace modelkin {
namespace {

// Length of the well-formed UTF-8 sequence that `text` begins with, or 0 (Unicode 15, table 3-7).
std::size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

// C1 controls (U+0080 to U+009F) and the bidirectional controls can rewrite a terminal line.
bool IsUnsafeSequence(std::string_view sequence) {
  if (sequence.size() == 2) {
    return (sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0) ||
           sequence == "\xD8\x9C";  // U+061C, Arabic letter mark
  }
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]);
  const auto third = static_cast<unsigned char>(sequence[2]);
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

std::string Describe(std::string_view message, const ErrorSite& site) {
  std::string line;
  if (!site.file.empty()) line += Printable(site.file, 4096) + ": ";
  if (!site.tensor.empty()) line += fmt::format("tensor \"{}\": ", Printable(site.tensor));
  if (site.offset_bytes) line += fmt::format("byte {}: ", *site.offset_bytes);
  return line.append(message);
}

}  // namespace

Error::Error(ErrorKind kind, std::string_view message, ErrorSite site)
    : std::runtime_error(Describe(message, site)),
      kind_(kind),
      message_(message),
      site_(std::move(site)) {}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= max_bytes) return out + "...";
    const std::size_t length = Utf8SequenceLength(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool escape =
        length == 0 || byte < 0x20 || byte == 0x7F || IsUnsafeSequence(text.substr(i, length));
    if (escape) {
      for (std::size_t k = 0; k < std::max<std::size_t>(length, 1); ++k) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i + k]));
      }
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else {
      out.append(text.substr(i, length));
    }
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

}  // namespace modelkin
