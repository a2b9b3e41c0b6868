// The GGUF specification, versions 2 and 3, little-endian. Tensors are not looked at.
#include "tokenizer/gguf_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "storage/gguf/gguf_value_type.h"
#include "tokenizer/byte_reader.h"
#include "tokenizer/token_list.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostPairs = 100'000;

std::string_view ReadString(ByteReader& reader) {
  return reader.Take(reader.Fixed<std::uint64_t>());
}

void TakeValue(ByteReader& reader, GgufValueType type) {
  const std::uint64_t width = WidthOf(type);
  if (width == 0) {
    reader.Fail(fmt::format("unknown type {} of a value", static_cast<std::uint32_t>(type)));
  }
  reader.Take(width);
}

// What an array's items go to; none where nothing is asked of it.
struct ArrayPlace {
  std::vector<std::string_view>* texts = nullptr;
  std::vector<std::int32_t>* types = nullptr;
  std::vector<float>* scores = nullptr;
};

ArrayPlace PlaceOfArray(std::string_view key, GgufValueType type, GgufPairs& pairs) {
  ArrayPlace place;
  if (key == "tokenizer.ggml.tokens") place.texts = &pairs.tokens;
  if (key == "tokenizer.ggml.merges") place.texts = &pairs.merges;
  if (key == "tokenizer.ggml.token_type" && type == GgufValueType::kI32) place.types = &pairs.types;
  if (key == "tokenizer.ggml.scores" && type == GgufValueType::kF32) place.scores = &pairs.scores;
  return place;
}

void ReadArray(ByteReader& reader, std::string_view key, GgufPairs& pairs) {
  const auto type = reader.Fixed<GgufValueType>();
  const auto count = reader.Fixed<std::uint64_t>();
  if (type == GgufValueType::kArray) reader.Fail("an array of arrays, which no vocabulary needs");
  const ArrayPlace place = PlaceOfArray(key, type, pairs);
  if (place.texts != nullptr && type != GgufValueType::kString) {
    reader.Fail(fmt::format("{} holds no strings", key));
  }
  // Each item takes bytes, so a false count ends at the file's end.
  for (std::uint64_t i = 0; i < count; ++i) {
    if (type == GgufValueType::kString) {
      const std::string_view text = ReadString(reader);
      if (place.texts != nullptr) place.texts->push_back(text);
    } else if (place.types != nullptr) {
      place.types->push_back(reader.Fixed<std::int32_t>());
    } else if (place.scores != nullptr) {
      place.scores->push_back(reader.Fixed<float>());
    } else {
      TakeValue(reader, type);
    }
  }
}

void TakeNumber(std::string_view key, std::uint32_t value, GgufPairs& pairs) {
  if (key == "tokenizer.ggml.bos_token_id") pairs.bos = value;
  if (key == "tokenizer.ggml.eos_token_id") pairs.eos = value;
  if (key == "tokenizer.ggml.unknown_token_id") pairs.unknown = value;
  // The second is how converters spelled it.
  if (key == "tokenizer.ggml.separator_token_id" || key == "tokenizer.ggml.seperator_token_id") {
    pairs.separator = value;
  }
}

void TakeFlag(std::string_view key, bool value, GgufPairs& pairs) {
  if (key == "tokenizer.ggml.add_bos_token") pairs.add_bos = value;
  if (key == "tokenizer.ggml.add_eos_token") pairs.add_eos = value;
  if (key == "tokenizer.ggml.add_sep_token") pairs.add_separator = value;
  if (key == "tokenizer.ggml.add_space_prefix") pairs.add_space_prefix = value;
  if (key == "tokenizer.ggml.normalizer.lowercase") pairs.lowercase = value;
  if (key == "tokenizer.ggml.normalizer.strip_accents") pairs.strip_accents = value;
}

void ReadPair(ByteReader& reader, GgufPairs& pairs) {
  const std::string_view key = ReadString(reader);
  const auto type = reader.Fixed<GgufValueType>();
  if (type == GgufValueType::kArray) {
    ReadArray(reader, key, pairs);
  } else if (type == GgufValueType::kString) {
    const std::string_view value = ReadString(reader);
    if (key == "tokenizer.ggml.model") pairs.model = value;
    if (key == "tokenizer.ggml.pre") pairs.pre = value;
  } else if (type == GgufValueType::kU32) {
    TakeNumber(key, reader.Fixed<std::uint32_t>(), pairs);
  } else if (type == GgufValueType::kBool) {
    TakeFlag(key, reader.Fixed<std::uint8_t>() != 0, pairs);
  } else {
    TakeValue(reader, type);
  }
}

GgufPairs ReadFrom(ByteReader& reader) {
  if (reader.Take(4) != "GGUF") reader.Fail("is no GGUF file");
  const auto version = reader.Fixed<std::uint32_t>();
  if (version != 2 && version != 3) {
    reader.Fail(fmt::format("version {} of GGUF is not known here", version));
  }
  reader.Take(8);  // number of tensors
  const auto count = reader.Fixed<std::uint64_t>();
  if (count > kMostPairs) reader.Fail(fmt::format("claims {} key-value pairs", count));
  GgufPairs pairs;
  for (std::uint64_t i = 0; i < count; ++i) ReadPair(reader, pairs);
  if (pairs.tokens.empty()) FailTokenizer(reader.file(), "holds no tokenizer.ggml.tokens");
  return pairs;
}

}  // namespace

GgufPairs ReadGgufPairs(const ByteSource& file, std::vector<std::byte>& scratch) {
  // Longer and longer beginnings: of a file on a network little more than the pairs is read.
  constexpr std::uint64_t kFirstLength = std::uint64_t{16} << 20, kGrowth = 4;
  const std::uint64_t most = std::min(file.size_bytes(), kLargestTokenizerFile);
  for (std::uint64_t length = std::min(most, kFirstLength);;
       length = std::min(most, length * kGrowth)) {
    const auto bytes = file.Read(0, length, scratch);
    ByteReader reader(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (length == most) {
      if (file.size_bytes() > most) {
        reader.SetEndMessage("its key-value pairs do not end within 512 MiB");
      }
      return ReadFrom(reader);
    }
    try {
      return ReadFrom(reader);
    } catch (const Error&) {
      continue;  // the pairs may go on behind what was read
    }
  }
}

}  // namespace modelkin
