// The vocabulary among a GGUF file's key-value pairs (GGUF specification, versions 2 and 3,
// little-endian). Tensors are not looked at.
#include <fmt/format.h>

#include "base/escaped_text.h"
#include "tokenizer/byte_reader.h"
#include "tokenizer/token_spelling.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

enum class ValueType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};

constexpr std::uint64_t kMostPairs = 100'000;

std::string_view ReadString(ByteReader& reader) {
  return reader.Take(reader.Fixed<std::uint64_t>());
}

std::uint64_t WidthOf(ByteReader& reader, ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kI8:
    case ValueType::kBool: return 1;
    case ValueType::kU16:
    case ValueType::kI16: return 2;
    case ValueType::kU32:
    case ValueType::kI32:
    case ValueType::kF32: return 4;
    case ValueType::kU64:
    case ValueType::kI64:
    case ValueType::kF64: return 8;
    default:
      reader.Fail(fmt::format("unknown type {} of a value", static_cast<std::uint32_t>(type)));
  }
}

struct Vocabulary {
  std::string model;
  std::vector<std::string_view> tokens, merges;
  std::vector<std::int32_t> types;
};

void ReadArray(ByteReader& reader, std::string_view key, Vocabulary& vocabulary) {
  const auto type = reader.Fixed<ValueType>();
  const auto count = reader.Fixed<std::uint64_t>();
  if (type == ValueType::kArray) reader.Fail("an array of arrays, which no vocabulary needs");
  std::vector<std::string_view>* texts = nullptr;
  if (key == "tokenizer.ggml.tokens") texts = &vocabulary.tokens;
  if (key == "tokenizer.ggml.merges") texts = &vocabulary.merges;
  const bool types = key == "tokenizer.ggml.token_type" && type == ValueType::kI32;
  if (texts != nullptr && type != ValueType::kString) {
    reader.Fail(fmt::format("{} holds no strings", key));
  }
  // Each item takes bytes, so a false count ends at the file's end.
  for (std::uint64_t i = 0; i < count; ++i) {
    if (type == ValueType::kString) {
      const std::string_view text = ReadString(reader);
      if (texts != nullptr) texts->push_back(text);
    } else if (types) {
      vocabulary.types.push_back(reader.Fixed<std::int32_t>());
    } else {
      reader.Take(WidthOf(reader, type));
    }
  }
}

Vocabulary ReadPairs(ByteReader& reader) {
  if (reader.Take(4) != "GGUF") reader.Fail("is no GGUF file");
  const auto version = reader.Fixed<std::uint32_t>();
  if (version != 2 && version != 3) {
    reader.Fail(fmt::format("version {} of GGUF is not known here", version));
  }
  reader.Take(8);  // number of tensors
  const auto pairs = reader.Fixed<std::uint64_t>();
  if (pairs > kMostPairs) reader.Fail(fmt::format("claims {} key-value pairs", pairs));
  Vocabulary vocabulary;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    const std::string_view key = ReadString(reader);
    const auto type = reader.Fixed<ValueType>();
    if (type == ValueType::kArray) {
      ReadArray(reader, key, vocabulary);
    } else if (type == ValueType::kString) {
      const std::string_view value = ReadString(reader);
      if (key == "tokenizer.ggml.model") vocabulary.model = value;
    } else {
      reader.Take(WidthOf(reader, type));
    }
  }
  return vocabulary;
}

// Token types of llama.cpp: 2 unknown, 3 control, 6 byte.
bool IsSpecial(std::int32_t type) { return type == 2 || type == 3; }

}  // namespace

Tokenizer ReadGgufVocabulary(const ByteSource& file) {
  std::vector<std::byte> scratch;
  ByteReader reader(file, FirstText(file, scratch));
  if (file.size_bytes() > kLargestTokenizerFile) {
    reader.SetEndMessage("its key-value pairs do not end within 512 MiB");
  }
  const Vocabulary vocabulary = ReadPairs(reader);
  if (vocabulary.tokens.empty()) FailTokenizer(file, "holds no tokenizer.ggml.tokens");
  const bool byte_level = vocabulary.model == "gpt2";
  const Spelling spelling = byte_level ? Spelling::kByteLevel : Spelling::kMetaspace;
  const auto bytes_of = [&](std::string_view text) { return UndoSpelling(spelling, text); };
  Tokenizer tokenizer{.file = file.label(),
                      .version = file.Version(),
                      .kind = byte_level
                                  ? "byte-level BPE (GGUF)"
                                  : fmt::format("{} (GGUF)", Printable(vocabulary.model, 32)),
                      .tokens = {},
                      .merges = {}};
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string_view text = vocabulary.tokens[i];
    const bool special = i < vocabulary.types.size() && IsSpecial(vocabulary.types[i]);
    const bool as_named = special || IsByteToken(text);
    tokenizer.tokens.push_back(
        {.bytes = as_named ? std::string(text) : bytes_of(text), .id = i, .special = special});
  }
  for (const std::string_view merge : vocabulary.merges) {
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos) {
      FailTokenizer(file, fmt::format("merge {} is no pair of texts", tokenizer.merges.size()));
    }
    tokenizer.merges.push_back(
        {bytes_of(merge.substr(0, space)), bytes_of(merge.substr(space + 1))});
  }
  return tokenizer;
}

}  // namespace modelkin
