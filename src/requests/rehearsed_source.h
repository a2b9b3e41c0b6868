// A file of which only is remembered what is read of it.
#ifndef MODELKIN_REQUESTS_REHEARSED_SOURCE_H_
#define MODELKIN_REQUESTS_REHEARSED_SOURCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "requests/touched_pages.h"
#include "source/byte_source.h"

namespace modelkin {

// Bytes of a file.
struct FileRange {
  std::uint64_t offset, length;
};

// Reads as weights of a stranger, others for each seed, and keeps which pages of 4 KiB were asked
// for. The file itself is not touched but for true ranges.
//
// Bytes at odd places are those of BF16, F16 and F32 of small size, of either sign, and bytes at
// even places at random from 0 to 63: values of these types are finite, wherever they begin.
//
// What lies in `true_ranges` is read from the file: numbers that say where others belong.
class RehearsedSource : public ByteSource {
 public:
  RehearsedSource(std::shared_ptr<const ByteSource> real, std::uint64_t seed,
                  std::vector<FileRange> true_ranges = {});

  const std::string& label() const override { return real_->label(); }
  std::uint64_t size_bytes() const override { return real_->size_bytes(); }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override;

  // Returns whether any byte of the range lies in a page that was asked for.
  bool WasRead(std::uint64_t offset, std::uint64_t length) const {
    return pages_.Any(offset, length);
  }
  // Returns the bytes of those pages.
  std::uint64_t bytes() const { return pages_.bytes(); }
  // Returns how many bytes reading them would move over a network.
  std::uint64_t to_move() const;

 private:
  bool IsTrue(std::uint64_t offset, std::uint64_t length) const;

  std::shared_ptr<const ByteSource> real_;
  std::uint64_t seed_;
  std::vector<FileRange> true_ranges_;
  mutable TouchedPages pages_;
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_REHEARSED_SOURCE_H_
