// Which pages of a file were asked for.
#ifndef MODELKIN_REQUESTS_TOUCHED_PAGES_H_
#define MODELKIN_REQUESTS_TOUCHED_PAGES_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace modelkin {

// A set of pages of 4 KiB: what a disk reads. Thread-safe.
class TouchedPages {
 public:
  static constexpr std::uint64_t kPage = 4096;

  // Of a file of so many bytes.
  explicit TouchedPages(std::uint64_t size) : size_(size), pages_(size / kPage / 64 + 1) {}

  // Adds those that bytes [offset, offset + length) lie in.
  void Add(std::uint64_t offset, std::uint64_t length) {
    if (length == 0) return;
    for (std::uint64_t page = offset / kPage; page <= (offset + length - 1) / kPage; ++page) {
      pages_[page / 64].fetch_or(std::uint64_t{1} << page % 64, std::memory_order_relaxed);
    }
  }

  // Returns whether any byte of the range lies in one of them.
  bool Any(std::uint64_t offset, std::uint64_t length) const {
    if (length == 0) return false;
    for (std::uint64_t page = offset / kPage; page <= (offset + length - 1) / kPage; ++page) {
      if (Has(page)) return true;
    }
    return false;
  }

  // Returns how many bytes of the file they hold.
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (std::uint64_t page = 0; page * kPage < size_; ++page) {
      if (Has(page)) bytes += std::min(kPage, size_ - page * kPage);
    }
    return bytes;
  }

 private:
  bool Has(std::uint64_t page) const {
    return (pages_[page / 64].load(std::memory_order_relaxed) >> page % 64 & 1) != 0;
  }

  std::uint64_t size_;
  std::vector<std::atomic<std::uint64_t>> pages_;  // a bit each
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TOUCHED_PAGES_H_
