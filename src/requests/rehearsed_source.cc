#include "requests/rehearsed_source.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "statistics/random.h"

namespace modelkin {

RehearsedSource::RehearsedSource(std::shared_ptr<const ByteSource> real, std::uint64_t seed,
                                 std::vector<FileRange> true_ranges)
    : real_(std::move(real)),
      seed_(MixedWord(seed)),
      true_ranges_(std::move(true_ranges)),
      pages_(real_->size_bytes()) {
  std::ranges::sort(true_ranges_, {}, &FileRange::offset);
}

bool RehearsedSource::IsTrue(std::uint64_t offset, std::uint64_t length) const {
  const auto after = std::ranges::upper_bound(true_ranges_, offset, {}, &FileRange::offset);
  if (after == true_ranges_.begin()) return false;
  const FileRange& range = *std::prev(after);
  return offset + length <= range.offset + range.length;
}

std::span<const std::byte> RehearsedSource::Read(std::uint64_t offset, std::uint64_t length,
                                                 std::vector<std::byte>& scratch) const {
  if (offset > size_bytes() || length > size_bytes() - offset) {
    throw Error(ErrorKind::kBadInput, "is read beyond its end",
                {.file = label(), .tensor = {}, .offset_bytes = offset});
  }
  pages_.Add(offset, length);
  if (IsTrue(offset, length)) return real_->Read(offset, length, scratch);
  constexpr std::uint64_t kSize = 0x3c003c003c003c00, kRandom = 0x803f803f803f803f;
  const std::uint64_t begin = offset / 8, end = (offset + length + 7) / 8;
  scratch.resize(8 * (end - begin));
  for (std::uint64_t word = begin; word < end; ++word) {
    const std::uint64_t bytes = kSize | (MixedWord(seed_ ^ word) & kRandom);
    std::memcpy(scratch.data() + 8 * (word - begin), &bytes, 8);
  }
  return std::span<const std::byte>(scratch).subspan(offset % 8, length);
}

std::uint64_t RehearsedSource::to_move() const {
  std::uint64_t bytes = 0;
  for (std::uint64_t begin = 0; begin < size_bytes(); begin += kMovedBlockBytes) {
    const std::uint64_t length = std::min(kMovedBlockBytes, size_bytes() - begin);
    if (WasRead(begin, length)) bytes += real_->BytesToMove(begin, length);
  }
  return bytes;
}

}  // namespace modelkin
