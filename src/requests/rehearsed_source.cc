#include "requests/rehearsed_source.h"

#include <algorithm>

#include "base/error.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kPage = 4096;

}  // namespace

RehearsedSource::RehearsedSource(std::shared_ptr<const ByteSource> real, std::byte value)
    : real_(std::move(real)), value_(value), pages_(real_->size_bytes() / kPage / 64 + 1) {}

std::span<const std::byte> RehearsedSource::Read(std::uint64_t offset, std::uint64_t length,
                                                 std::vector<std::byte>& scratch) const {
  if (offset > size_bytes() || length > size_bytes() - offset) {
    throw Error(ErrorKind::kBadInput, "is read beyond its end",
                {.file = label(), .tensor = {}, .offset_bytes = offset});
  }
  scratch.assign(length, value_);
  if (length == 0) return scratch;
  for (std::uint64_t page = offset / kPage; page <= (offset + length - 1) / kPage; ++page) {
    pages_[page / 64].fetch_or(std::uint64_t{1} << page % 64, std::memory_order_relaxed);
  }
  return scratch;
}

bool RehearsedSource::WasRead(std::uint64_t offset, std::uint64_t length) const {
  if (length == 0) return false;
  for (std::uint64_t page = offset / kPage; page <= (offset + length - 1) / kPage; ++page) {
    if (Has(page)) return true;
  }
  return false;
}

std::uint64_t RehearsedSource::bytes() const {
  std::uint64_t bytes = 0;
  for (std::uint64_t page = 0; page * kPage < size_bytes(); ++page) {
    if (Has(page)) bytes += std::min(kPage, size_bytes() - page * kPage);
  }
  return bytes;
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
