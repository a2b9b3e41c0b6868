#include "source/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
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

// Owns a read-only mapping of a whole file; data() is null for an empty one.
class Mapping {
 public:
  Mapping(int descriptor, std::size_t size_bytes, const std::string& path)
      : size_bytes_(size_bytes) {
    if (size_bytes == 0) return;
    void* const data = mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) {
      Fail(ErrorKind::kIo, path, fmt::format("cannot map: {}", std::strerror(errno)));
    }
    data_ = static_cast<std::byte*>(data);
  }
  ~Mapping() {
    if (data_ != nullptr) munmap(data_, size_bytes_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const std::byte* data() const { return data_; }

 private:
  std::size_t size_bytes_;
  std::byte* data_ = nullptr;
};

struct stat RegularFileStatus(int descriptor, const std::string& path) {
  const struct stat status = StatusOf(descriptor, path);
  if (S_ISDIR(status.st_mode)) Fail(ErrorKind::kBadInput, path, "is a directory, not a file");
  if (!S_ISREG(status.st_mode)) Fail(ErrorKind::kBadInput, path, "is not a regular file");
  return status;
}

class MappedFile : public ByteSource {
 public:
  explicit MappedFile(const std::string& path)
      : path_(path),
        descriptor_(OpenForReading(path)),
        status_(RegularFileStatus(descriptor_.get(), path)),
        mapping_(descriptor_.get(), size(), path),
        guard_(mapping_.data(), size()) {}

  const std::string& label() const override { return path_; }
  std::uint64_t size_bytes() const override { return size(); }

  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>&) const override {
    RequireRange(*this, offset, length);
    return {mapping_.data() + offset, length};
  }

  std::optional<std::uint64_t> LostByte() const override { return guard_.lost_byte(); }

  void RequireUnchanged() const override {
    const struct stat now = StatusOf(descriptor_.get(), path_);
    if (now.st_size != status_.st_size || LostByte()) {
      Fail(ErrorKind::kBadInput, path_,
           fmt::format("changed while it was being read ({} bytes then, {} bytes now)",
                       status_.st_size, now.st_size));
    }
    if (!HasTime(now.st_mtim, status_.st_mtim) ||
        (!HasTime(now.st_ctim, status_.st_ctim) && !HasOtherLinks(now, status_))) {
      Fail(ErrorKind::kBadInput, path_,
           "changed while it was being read (its content, or its name)");
    }
  }

  std::string Version() const override { return VersionOf(status_); }

 private:
  static bool HasTime(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  }

  // The time of the last change of status can't be put back, unlike that of content. But it changes
  // with more than content: where the file was replaced, linked or given other rights, what is read
  // is as it was.
  static bool HasOtherLinks(const struct stat& a, const struct stat& b) {
    return a.st_nlink != b.st_nlink || a.st_mode != b.st_mode || a.st_uid != b.st_uid ||
           a.st_gid != b.st_gid;
  }

  static std::string VersionOf(const struct stat& status) {
    return fmt::format("{} {} {} {}.{:09} {}.{:09}", status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                       status.st_ctim.tv_nsec);
  }

  std::size_t size() const { return static_cast<std::size_t>(status_.st_size); }

  std::string path_;
  Descriptor descriptor_;
  struct stat status_;
  Mapping mapping_;
  FaultGuard guard_;  // last, so that it lets go of the mapping first
};

}  // namespace

std::shared_ptr<const ByteSource> MapFile(const std::string& path) {
  return std::make_shared<MappedFile>(path);
}

}  // namespace modelkin
