#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "tokenizer.json";

void CheckTokenizer(const Tokenizer& tokenizer) {
  Check(std::ranges::is_sorted(tokenizer.tokens, {}, &Token::id), "tokens in order of id");
  for (const Token& token : tokenizer.tokens) {
    Check(token.id <= std::uint64_t{1} << 32, "a vocabulary's id");
  }
}

void ReadTokenizer(const std::uint8_t* data, std::size_t size) {
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    CheckTokenizer(ReadTokenizerJson(*file));
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
  try {
    CheckTokenizer(ReadVocabJson(*file, file.get()));
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadTokenizer(data, size);
  return 0;
}
