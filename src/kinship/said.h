// What was found in a sentence, in each language that people are answered in.
#ifndef MODELKIN_KINSHIP_SAID_H_
#define MODELKIN_KINSHIP_SAID_H_

#include <fmt/format.h>

#include <string>
#include <type_traits>

namespace modelkin {

// JSON has the English one.
struct Said {
  std::string english, korean;
};

// What stands in a sentence for a value: of a text that is said itself, that of the language.
template <class Value>
using SaidAs = std::conditional_t<std::is_same_v<Value, Said>, std::string, Value>;

template <class Value>
const SaidAs<Value>& EnglishOf(const Value& value) {
  if constexpr (std::is_same_v<Value, Said>) {
    return value.english;
  } else {
    return value;
  }
}
template <class Value>
const SaidAs<Value>& KoreanOf(const Value& value) {
  if constexpr (std::is_same_v<Value, Said>) {
    return value.korean;
  } else {
    return value;
  }
}

// Returns both sentences with `values` in them.
template <class... Values>
Said Say(fmt::format_string<const SaidAs<Values>&...> english,
         fmt::format_string<const SaidAs<Values>&...> korean, const Values&... values) {
  return {.english = fmt::format(english, EnglishOf(values)...),
          .korean = fmt::format(korean, KoreanOf(values)...)};
}

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_SAID_H_
