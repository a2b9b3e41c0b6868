// The escape sequences that the program writes to a terminal, and that alone pass to one.
#ifndef MODELKIN_BASE_TERMINAL_CODES_H_
#define MODELKIN_BASE_TERMINAL_CODES_H_

#include <array>
#include <string_view>

namespace modelkin {

inline constexpr std::string_view kPlainCode = "\x1b[0m";
inline constexpr std::string_view kBoldCode = "\x1b[1m";
inline constexpr std::string_view kDimCode = "\x1b[2m";
// Of the palette of 256, whose colours no theme changes: each is read on white and on black.
inline constexpr std::string_view kBlueCode = "\x1b[38;5;33m";
inline constexpr std::string_view kOrangeCode = "\x1b[38;5;166m";
inline constexpr std::string_view kGreyCode = "\x1b[38;5;244m";
inline constexpr std::string_view kRedCode = "\x1b[38;5;160m";
inline constexpr std::string_view kGreenCode = "\x1b[38;5;28m";

inline constexpr std::array kStyleCodes = {kPlainCode,  kBoldCode, kDimCode, kBlueCode,
                                           kOrangeCode, kGreyCode, kRedCode, kGreenCode};

// Returns the code that `text` begins with; "" where it begins with none.
constexpr std::string_view LeadingStyleCode(std::string_view text) {
  for (const std::string_view code : kStyleCodes) {
    if (text.starts_with(code)) return code;
  }
  return "";
}

}  // namespace modelkin

#endif  // MODELKIN_BASE_TERMINAL_CODES_H_
