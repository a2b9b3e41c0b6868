// What was found in a sentence, in each language that people are answered in.
#ifndef MODELKIN_BASE_SAID_H_
#define MODELKIN_BASE_SAID_H_

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace modelkin {

// JSON has the English one.
struct Said {
  std::string english, korean;
};

// What stands in a sentence for a value: of a text that is said itself, that of the language.
template <class Value>
using SaidAs = std::conditional_t<std::is_same_v<Value, Said>, std::string, Value>;

// The texts of one language, of values that outlive the sentence.
enum class SaidIn { kEnglish, kKorean };
template <SaidIn language, class Value>
const SaidAs<Value>* TextIn(const Value* value) {
  if constexpr (!std::is_same_v<Value, Said>) {
    return value;
  } else {
    return language == SaidIn::kEnglish ? &value->english : &value->korean;
  }
}

// Returns both sentences with `values` in them.
template <class... Values>
Said Say(fmt::format_string<const SaidAs<Values>&...> english,
         fmt::format_string<const SaidAs<Values>&...> korean, const Values&... values) {
  return {.english = fmt::format(english, *TextIn<SaidIn::kEnglish>(&values)...),
          .korean = fmt::format(korean, *TextIn<SaidIn::kKorean>(&values)...)};
}

// Returns both sentences, the English one with `one` or `many` as its first value, by the number.
template <class... Values>
Said SayOf(std::uint64_t number, const char* one, const char* many,
           fmt::format_string<const char* const&, const SaidAs<Values>&...> english,
           fmt::format_string<const SaidAs<Values>&...> korean, const Values&... values) {
  const char* const by_number = number == 1 ? one : many;
  return {.english = fmt::format(english, by_number, *TextIn<SaidIn::kEnglish>(&values)...),
          .korean = fmt::format(korean, *TextIn<SaidIn::kKorean>(&values)...)};
}

// Returns "x, y and 3 more" of names that are printable, `most` of them.
Said ListSaid(const std::vector<std::string>& names, std::size_t most);

// Returns the sentences that JSON has.
std::vector<std::string> InEnglish(const std::vector<Said>& sentences);

}  // namespace modelkin

#endif  // MODELKIN_BASE_SAID_H_
