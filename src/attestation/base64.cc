#include "attestation/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace modelkin {
namespace {

constexpr std::size_t kGroupBytes = 3, kGroupDigits = 4;
// OpenSSL counts in int.
constexpr std::size_t kMostDigits = std::size_t{1} << 30;
static_assert(kMostDigits < static_cast<std::size_t>(std::numeric_limits<int>::max()));

bool IsDigitOfBase64(char c) {
  return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '+' ||
         c == '/';
}

unsigned char* BytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  const std::size_t digits = (bytes.size() + kGroupBytes - 1) / kGroupBytes * kGroupDigits;
  if (digits > kMostDigits) throw Error(ErrorKind::kIo, "too much to be written as base64");
  std::string text(digits + 1, '\0');  // OpenSSL writes a NUL after it
  EVP_EncodeBlock(BytesOf(text), BytesOf(bytes), static_cast<int>(bytes.size()));
  text.resize(digits);
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % kGroupDigits != 0 || text.size() > kMostDigits) return std::nullopt;
  std::string digits(text);
  std::ranges::replace(digits, '-', '+');
  std::ranges::replace(digits, '_', '/');
  const std::size_t padding = digits.ends_with("==") ? 2 : digits.ends_with('=') ? 1 : 0;
  const auto end = digits.end() - static_cast<std::ptrdiff_t>(padding);
  if (!std::all_of(digits.begin(), end, IsDigitOfBase64)) return std::nullopt;
  std::string bytes(digits.size() / kGroupDigits * kGroupBytes, '\0');
  if (EVP_DecodeBlock(BytesOf(bytes), BytesOf(std::string_view(digits)),
                      static_cast<int>(digits.size())) < 0) {
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace modelkin
