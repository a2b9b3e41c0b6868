#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "source/byte_source.h"
#include "source/fault_guard.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

[[noreturn]] void Fail(ErrorKind kind, const std::string& path, std::string_view message) {
  throw Error(kind, message, {.file = path});
}

// Owns an open descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

// O_NONBLOCK so that opening a FIFO returns and can be refused.
int OpenForReading(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor >= 0) return descriptor;
  const bool missing = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
  Fail(missing ? ErrorKind::kBadInput : ErrorKind::kIo, path,
       fmt::format("cannot open: {}", std::strerror(errno)));
}

struct stat StatusOf(int descriptor, const std::string& path) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) {
    Fail(ErrorKind::kIo, path, fmt::format("cannot examine: {}", std::strerror(errno)));
  }
  return status;
}

class MappedFile : public ByteSource {
 public:
  explicit MappedFile(const std::string& path)
      : path_(path),
        descriptor_(OpenForReading(path)),
        status_(StatusOf(descriptor_.get(), path)),
        data_(Map()),
        guard_(data_, size()) {}

  ~MappedFile() override {
    if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size());
  }

  const std::string& label() const override { return path_; }
  std::uint64_t size_bytes() const override { return size(); }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>&) const override {
    RequireRange(*this, offset, length);
    return {data_ + offset, length};
  }

  void Prefetch(std::uint64_t offset, std::uint64_t length) const override {
    if (offset >= size() || length == 0) return;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const std::uint64_t begin = offset / page * page;
    const std::uint64_t end = std::min<std::uint64_t>(offset + length, size());
    madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_WILLNEED);
  }

  std::optional<std::uint64_t> LostByte() const override { return guard_.lost_byte(); }

  void RequireUnchanged() const override {
    const struct stat now = StatusOf(descriptor_.get(), path_);
    const bool same = now.st_size == status_.st_size &&
                      now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
                      now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec;
    if (!same || LostByte()) {
      Fail(ErrorKind::kBadInput, path_,
           fmt::format("changed while it was being read ({} bytes then, {} bytes now)",
                       status_.st_size, now.st_size));
    }
  }

 private:
  std::size_t size() const { return static_cast<std::size_t>(status_.st_size); }

  const std::byte* Map() const {
    if (S_ISDIR(status_.st_mode)) Fail(ErrorKind::kBadInput, path_, "is a directory, not a file");
    if (!S_ISREG(status_.st_mode)) Fail(ErrorKind::kBadInput, path_, "is not a regular file");
    if (status_.st_size == 0) return nullptr;
    void* const data = mmap(nullptr, size(), PROT_READ, MAP_SHARED, descriptor_.get(), 0);
    if (data == MAP_FAILED) {
      Fail(ErrorKind::kIo, path_, fmt::format("cannot map: {}", std::strerror(errno)));
    }
    return static_cast<const std::byte*>(data);
  }

  std::string path_;
  Descriptor descriptor_;
  struct stat status_;
  const std::byte* data_;
  FaultGuard guard_;
};

}  // namespace

std::shared_ptr<const ByteSource> OpenFile(const std::string& path) {
  return std::make_shared<MappedFile>(path);
}

}  // namespace modelkin
