// SentencePiece's tokenizer.model: a Protocol Buffers message, of which only the pieces (field 1 of
// ModelProto: text 1, type 3) and the kind of model (field 2, TrainerSpec: field 3) are read.
#include <fmt/format.h>

#include "tokenizer/byte_reader.h"
#include "tokenizer/token_spelling.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
enum class PieceType : std::uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUser = 4,
  kByte = 6
};

struct Field {
  std::uint64_t number = 0;
  std::uint64_t varint = 0;
  std::string_view bytes;
  std::uint64_t offset_bytes = 0;  // of `bytes`
};

Field NextField(ByteReader& reader) {
  const std::uint64_t tag = reader.Varint();
  Field field{.number = tag >> 3};
  switch (static_cast<WireType>(tag & 7)) {
    case WireType::kVarint: field.varint = reader.Varint(); break;
    case WireType::kFixed64: reader.Take(8); break;
    case WireType::kFixed32: reader.Take(4); break;
    case WireType::kBytes: {
      const std::uint64_t length = reader.Varint();
      field.offset_bytes = reader.offset_bytes();
      field.bytes = reader.Take(length);
      break;
    }
    default: reader.Fail("is no SentencePiece model: unknown kind of field");
  }
  return field;
}

Token ReadPiece(const ByteSource& file, const Field& field, std::uint64_t id) {
  ByteReader reader(file, field.bytes, field.offset_bytes);
  std::string_view text;
  auto type = PieceType::kNormal;
  while (!reader.empty()) {
    const Field member = NextField(reader);
    if (member.number == 1) text = member.bytes;
    if (member.number == 3) type = static_cast<PieceType>(member.varint & 0xFF);
  }
  const bool plain = type == PieceType::kNormal || type == PieceType::kUser;
  return {.bytes = plain && !IsByteToken(text) ? UndoSpelling(Spelling::kMetaspace, text)
                                               : std::string(text),
          .id = id,
          .special = type == PieceType::kUnknown || type == PieceType::kControl};
}

std::string_view ModelKind(const ByteSource& file, const Field& trainer) {
  ByteReader reader(file, trainer.bytes, trainer.offset_bytes);
  std::uint64_t kind = 1;
  while (!reader.empty()) {
    const Field member = NextField(reader);
    if (member.number == 3) kind = member.varint;
  }
  switch (kind) {
    case 1: return "SentencePiece Unigram";
    case 2: return "SentencePiece BPE";
    default: return "SentencePiece";
  }
}

}  // namespace

Tokenizer ReadSentencePiece(const ByteSource& file) {
  std::vector<std::byte> scratch;
  ByteReader reader(file, WholeText(file, scratch));
  Tokenizer tokenizer{.file = file.label(),
                      .version = file.Version(),
                      .kind = "SentencePiece",
                      .tokens = {},
                      .merges = {}};
  while (!reader.empty()) {
    const Field field = NextField(reader);
    if (field.number == 1) {
      tokenizer.tokens.push_back(ReadPiece(file, field, tokenizer.tokens.size()));
    }
    if (field.number == 2) tokenizer.kind = ModelKind(file, field);
  }
  if (tokenizer.tokens.empty()) FailTokenizer(file, "holds no SentencePiece tokens");
  return tokenizer;
}

}  // namespace modelkin
