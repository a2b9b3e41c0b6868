// Characters of UTF-8.
#ifndef MODELKIN_BASE_UTF8_H_
#define MODELKIN_BASE_UTF8_H_

#include <cstddef>
#include <string_view>

namespace modelkin {

// Returns the length of the well-formed sequence that `text` begins with, or 0 (Unicode 15, table
// 3-7). `text` is not empty.
std::size_t Utf8SequenceLength(std::string_view text);

// Returns the code point of such a sequence.
char32_t CodeOfUtf8(std::string_view sequence);

}  // namespace modelkin

#endif  // MODELKIN_BASE_UTF8_H_
