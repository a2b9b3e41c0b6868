#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace modelkin {
namespace {

mode_t DefaultFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

void WriteAll(int descriptor, std::string_view bytes, const std::string& label) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EPIPE) throw ReaderGone();
      throw Error(ErrorKind::kIo, fmt::format("cannot write: {}", std::strerror(errno)),
                  {.file = label});
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  struct stat status = {};
  if (stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_path_ = path_ + ".partial-XXXXXX";
    descriptor_ = mkostemp(temporary_path_.data(), O_CLOEXEC);
    if (descriptor_ < 0) temporary_path_.clear();
  }
  if (descriptor_ < 0) Fail("cannot create");
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void OutputFile::Write(std::string_view bytes) { WriteAll(descriptor_, bytes, path_); }

void OutputFile::Commit() {
  if (!temporary_path_.empty() &&
      (fchmod(descriptor_, DefaultFileMode()) != 0 || fsync(descriptor_) != 0)) {
    Fail("cannot write");
  }
  const int closing = descriptor_;
  descriptor_ = -1;
  if (close(closing) != 0) Fail("cannot write");
  if (!temporary_path_.empty()) {
    if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) Fail("cannot replace");
    temporary_path_.clear();
  }
}

void OutputFile::Fail(const char* action) const {
  throw Error(ErrorKind::kIo, fmt::format("{}: {}", action, std::strerror(errno)), {.file = path_});
}

}  // namespace modelkin
