#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>  // renameat2
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/partial_files.h"

namespace modelkin {
namespace {

constexpr std::size_t kCompared = std::size_t{1} << 20;  // at once
constexpr mode_t kUsualMode = 0666;                      // less the mask

// Whether the failure says that the file system has no files without a name.
bool NeedsName(int reason) {
  return reason == EOPNOTSUPP || reason == EISDIR || reason == ENOENT || reason == EINVAL;
}

// Of a new entry. Some file systems can't: theirs are as safe as they are.
void SyncFolder(int folder) {
  const OwnedDescriptor readable(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (readable) fsync(readable.get());
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

void RemoveOutput(const OutputTarget& target) {
  const OutputPlace place = FindOutputPlace(target.path());
  target.RequireReplaceable(place);
  if (place.open_descriptor || unlinkat(place.folder.get(), place.name.c_str(), 0) == 0) return;
  if (errno == ENOENT) return;
  throw Error(ErrorKind::kIo, fmt::format("cannot be removed: {}", std::strerror(errno)),
              {.file = target.path()});
}

OutputFile::OutputFile(OutputTarget target)
    : target_(std::move(target)), place_(FindOutputPlace(target_.path())) {
  target_.RequireReplaceable(place_);
  struct stat status = {};
  if (place_.open_descriptor) {
    in_place_ = true;
    descriptor_ = OwnedDescriptor(fcntl(*place_.open_descriptor, F_DUPFD_CLOEXEC, 0));
  } else if (fstatat(place_.folder.get(), place_.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
             !S_ISREG(status.st_mode)) {
    in_place_ = true;
    descriptor_ = OwnedDescriptor(openat(place_.folder.get(), place_.name.c_str(),
                                         O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  } else {
    OpenPartial();
  }
  if (!descriptor_) Fail("cannot create");
}

OutputFile::~OutputFile() {
  if (!partial_name_.empty()) unlinkat(place_.folder.get(), partial_name_.c_str(), 0);
}

void OutputFile::OpenPartial() {
  RemoveLeftPartials(place_.folder.get(), place_.name);
  descriptor_ =
      OwnedDescriptor(openat(place_.folder.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kUsualMode));
  if (!descriptor_ && NeedsName(errno)) {
    while (!OpenNamedPartial()) continue;
    return;
  }
  // While it is locked, nobody takes its later name for one that was left.
  if (descriptor_) flock(descriptor_.get(), LOCK_EX | LOCK_NB);
}

// False if another process took it away before it was locked.
bool OutputFile::OpenNamedPartial() {
  partial_name_ = PartialNameOf(place_.name);
  descriptor_ = OwnedDescriptor(openat(place_.folder.get(), partial_name_.c_str(),
                                       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kUsualMode));
  if (!descriptor_) {
    partial_name_.clear();
    return errno != EEXIST;
  }
  flock(descriptor_.get(), LOCK_EX | LOCK_NB);
  struct stat status = {};
  return fstat(descriptor_.get(), &status) != 0 || status.st_nlink > 0;
}

void OutputFile::Write(std::string_view bytes) {
  WriteAll(descriptor_.get(), bytes, target_.path());
}

void OutputFile::Commit() {
  if (!in_place_) {
    if (fsync(descriptor_.get()) != 0) Fail("cannot write");
    target_.RequireReplaceable(place_);
    if (target_.replace() == Replace::kSameBytes && TargetHasSameBytes()) return;
    if (partial_name_.empty()) NamePartial();
    PutInPlace();
    SyncFolder(place_.folder.get());
  }
  if (close(descriptor_.Release()) != 0) Fail("cannot write");
}

// False where nothing is there. Throws Error(kUsage) if there are others.
bool OutputFile::TargetHasSameBytes() const {
  const OwnedDescriptor there(openat(place_.folder.get(), place_.name.c_str(),
                                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!there && errno == ENOENT) return false;
  std::vector<char> ours(kCompared), theirs(kCompared);
  for (off_t at = 0; there;) {
    const ssize_t length = pread(descriptor_.get(), ours.data(), kCompared, at);
    if (length < 0 || pread(there.get(), theirs.data(), kCompared, at) != length) break;
    if (!std::equal(ours.begin(), ours.begin() + length, theirs.begin())) break;
    if (length == 0) return true;
    at += length;
  }
  target_.RefuseOther();
}

void OutputFile::NamePartial() {
  const std::string open_file = fmt::format("/proc/self/fd/{}", descriptor_.get());
  do {
    partial_name_ = PartialNameOf(place_.name);
    if (linkat(AT_FDCWD, open_file.c_str(), place_.folder.get(), partial_name_.c_str(),
               AT_SYMLINK_FOLLOW) == 0) {
      return;
    }
  } while (errno == EEXIST);
  partial_name_.clear();
  Fail("cannot create");
}

void OutputFile::PutInPlace() {
  const int folder = place_.folder.get();
  if (renameat2(folder, partial_name_.c_str(), folder, place_.name.c_str(), RENAME_NOREPLACE) ==
      0) {
    partial_name_.clear();
    return;
  }
  struct stat old = {};
  if (fstatat(folder, place_.name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
    target_.RequireReplaceable(place_);
    if (target_.replace() == Replace::kSameBytes) target_.RefuseOther();
    if (!S_ISREG(old.st_mode)) {
      throw Error(ErrorKind::kIo, "has become something else than a file meanwhile",
                  {.file = target_.path()});
    }
    fchmod(descriptor_.get(), old.st_mode & 0777U);  // who could read it may do so still
  }
  if (renameat(folder, partial_name_.c_str(), folder, place_.name.c_str()) != 0) {
    Fail("cannot replace");
  }
  partial_name_.clear();
}

void OutputFile::Fail(const char* action) const {
  throw Error(ErrorKind::kIo, fmt::format("{}: {}", action, std::strerror(errno)),
              {.file = target_.path()});
}

}  // namespace modelkin
