// Reads numbers and strings from untrusted bytes, one after the other.
#ifndef MODELKIN_TOKENIZER_BYTE_READER_H_
#define MODELKIN_TOKENIZER_BYTE_READER_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "source/byte_source.h"
#include "tokenizer/token_list.h"

namespace modelkin {

class ByteReader {
 public:
  // `text` lies at `offset_bytes` of the file.
  ByteReader(const ByteSource& file, std::string_view text, std::uint64_t offset_bytes = 0)
      : file_(file), left_(text), offset_bytes_(offset_bytes) {}

  // What to say where `text` ends too early.
  void SetEndMessage(std::string_view message) { end_message_ = message; }

  bool empty() const { return left_.empty(); }
  std::uint64_t offset_bytes() const { return offset_bytes_; }

  std::string_view Take(std::uint64_t length) {
    if (length > left_.size()) Fail(end_message_);
    const std::string_view taken = left_.substr(0, length);
    left_.remove_prefix(length);
    offset_bytes_ += length;
    return taken;
  }

  // Little-endian.
  template <class Number>
  Number Fixed() {
    static_assert(std::endian::native == std::endian::little);
    Number number;
    std::memcpy(&number, Take(sizeof number).data(), sizeof number);
    return number;
  }

  // Protocol Buffers' base-128 number.
  std::uint64_t Varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(Take(1).front());
      number |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return number;
    }
    Fail("a number has more than 64 bits");
  }

  [[noreturn]] void Fail(std::string_view message) const {
    FailTokenizer(file_, message, offset_bytes_);
  }

  const ByteSource& file() const { return file_; }

 private:
  const ByteSource& file_;
  std::string_view left_;
  std::uint64_t offset_bytes_;
  std::string_view end_message_ = "ends within a value";
};

}  // namespace modelkin

#endif  // MODELKIN_TOKENIZER_BYTE_READER_H_
