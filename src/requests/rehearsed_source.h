// A file of which only is remembered what is read of it.
#ifndef MODELKIN_REQUESTS_REHEARSED_SOURCE_H_
#define MODELKIN_REQUESTS_REHEARSED_SOURCE_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

// Reads as one byte, over and over, and keeps which pages of 4 KiB were asked for. The file itself
// is not touched.
class RehearsedSource : public ByteSource {
 public:
  RehearsedSource(std::shared_ptr<const ByteSource> real, std::byte value);

  const std::string& label() const override { return real_->label(); }
  std::uint64_t size_bytes() const override { return real_->size_bytes(); }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override;

  // Returns whether any byte of the range lies in a page that was asked for.
  bool WasRead(std::uint64_t offset, std::uint64_t length) const;
  // Returns the bytes of those pages.
  std::uint64_t bytes() const;
  // Returns how many bytes reading them would move over a network.
  std::uint64_t to_move() const;

 private:
  bool Has(std::uint64_t page) const {
    return (pages_[page / 64].load(std::memory_order_relaxed) >> page % 64 & 1) != 0;
  }

  std::shared_ptr<const ByteSource> real_;
  std::byte value_;
  mutable std::vector<std::atomic<std::uint64_t>> pages_;  // a bit each
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REHEARSED_SOURCE_H_
