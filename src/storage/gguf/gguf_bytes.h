// Reads numbers and strings one after the other from the beginning of a GGUF file, whose end is not
// known.
#ifndef MODELKIN_STORAGE_GGUF_GGUF_BYTES_H_
#define MODELKIN_STORAGE_GGUF_GGUF_BYTES_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

class GgufBytes {
 public:
  // `file` has to outlive this.
  explicit GgufBytes(const ByteSource& file) : file_(file) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return file_.size_bytes() - position_; }

  // What is being read, for messages: "key 3", "tensor 17".
  void SetContext(std::string context) { context_ = std::move(context); }
  void SetTensor(std::string tensor) { tensor_ = std::move(tensor); }

  template <class Number>
  Number Fixed() {
    static_assert(std::endian::native == std::endian::little);
    Number number;
    std::memcpy(&number, Take(sizeof number).data(), sizeof number);
    return number;
  }

  // Bytes, valid until the next call.
  std::string_view Take(std::uint64_t length);
  // Goes on without reading what lies between.
  void Skip(std::uint64_t length);

  // Throws Error(kBadInput) at the current position.
  [[noreturn]] void Fail(std::string_view message) const { FailAt(position_, message); }
  [[noreturn]] void FailAt(std::uint64_t offset_bytes, std::string_view message) const;

  // Throws Error(kBadInput) if bytes got lost while they were read.
  void RequireNothingLost() const;

 private:
  // Throws unless so many bytes are there, and belong to what may lie before the data.
  void Require(std::uint64_t length) const;

  const ByteSource& file_;
  std::uint64_t position_ = 0;
  std::span<const std::byte> window_;  // of the file, from window_begin_ on
  std::uint64_t window_begin_ = 0;
  std::uint64_t next_window_ = kMovedBlockBytes;  // its length
  std::vector<std::byte> scratch_;
  std::string context_ = "the beginning";
  std::string tensor_;
};

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_GGUF_GGUF_BYTES_H_
