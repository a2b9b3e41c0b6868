// The languages that people are answered in, and what the models are called.
#ifndef MODELKIN_WORDING_LANGUAGE_H_
#define MODELKIN_WORDING_LANGUAGE_H_

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/said.h"

namespace modelkin {

enum class Language : std::uint8_t { kEnglish, kKorean };
inline constexpr std::array kLanguages = {Language::kEnglish, Language::kKorean};

// BCP 47.
inline constexpr std::array<std::string_view, kLanguages.size()> kLanguageCodes = {"en", "ko"};
constexpr std::string_view LanguageCode(Language language) {
  return kLanguageCodes[static_cast<std::size_t>(language)];
}

// The same words in each language.
struct Words {
  std::string_view english, korean;

  constexpr std::string_view In(Language language) const {
    return language == Language::kKorean ? korean : english;
  }
};

// Returns the sentence of this language.
inline const std::string& InLanguage(const Said& said, Language language) {
  return language == Language::kKorean ? said.korean : said.english;
}

// Whom sentences are for. Names are printable, as they stand in every sentence.
struct Speech {
  Language language = Language::kEnglish;
  std::string a = "A", b = "B";
  // Whether tests are called what people call them, not by their identifiers.
  bool plain = false;

  // Returns the sentence of this language with `values` in it.
  template <class... Values>
  std::string Say(fmt::format_string<Values...> english, fmt::format_string<Values...> korean,
                  Values&&... values) const {
    return language == Language::kKorean ? fmt::format(korean, std::forward<Values>(values)...)
                                         : fmt::format(english, std::forward<Values>(values)...);
  }
  std::string In(const Words& words) const { return std::string(words.In(language)); }
};

}  // namespace modelkin

#endif  // MODELKIN_WORDING_LANGUAGE_H_
