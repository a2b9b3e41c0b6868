#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

constexpr const char* kLabel = "model.gguf";

void ReadVocabulary(const std::uint8_t* data, std::size_t size) {
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    const Tokenizer tokenizer = ReadGgufVocabulary(*file);
    Check(std::ranges::is_sorted(tokenizer.tokens, {}, &Token::id), "tokens in order of id");
    // Each string takes 8 bytes for its length.
    Check(tokenizer.tokens.size() <= size / 8, "no more tokens than the file has room for");
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::ReadVocabulary(data, size);
  return 0;
}
