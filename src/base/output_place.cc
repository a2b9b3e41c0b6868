#include "base/output_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <deque>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

constexpr int kMostLinks = 40;  // as the kernel has it
constexpr int kLookOnly = O_PATH | O_NOFOLLOW | O_CLOEXEC;

bool IsProcessInformation(int folder) {
  struct statfs status = {};
  return fstatfs(folder, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

bool IsOurDescriptorFolder(int folder) {
  struct stat status = {}, ours = {};
  return fstat(folder, &status) == 0 && stat("/proc/self/fd", &ours) == 0 &&
         status.st_ino == ours.st_ino && status.st_dev == ours.st_dev;
}

// Goes from folder to folder, each held open.
class PathWalk {
 public:
  PathWalk(const std::string& path, bool make_folders) : path_(path), make_folders_(make_folders) {
    if (path.empty()) Fail(ENOENT);
    if (!make_folders && path.ends_with('/')) Fail(EISDIR);
    Continue(path);
  }

  OutputPlace Walk() {
    while (!parts_.empty()) {
      const std::string part = std::move(parts_.front());
      parts_.pop_front();
      OwnedDescriptor found(openat(folder_.get(), part.c_str(), kLookOnly));
      if (!found) {
        if (errno != ENOENT) Fail(errno);
        if (parts_.empty() && !make_folders_) return Place(part);
        Make(part);
        continue;
      }
      struct stat status = {};
      if (fstat(found.get(), &status) != 0) Fail(errno);
      if (S_ISDIR(status.st_mode)) {
        folder_ = std::move(found);
      } else if (S_ISLNK(status.st_mode)) {
        if (const auto open = OpenDescriptor(part))
          return {.folder = {}, .name = {}, .open_descriptor = open};
        RequireTrusted(part, status);
        Follow(found.get());
      } else if (parts_.empty() && !make_folders_) {
        return Place(part);
      } else {
        Fail(ENOTDIR);
      }
    }
    if (!make_folders_) Fail(EISDIR);
    return {};
  }

 private:
  // The parts of `path` come before those that are left.
  void Continue(std::string_view path) {
    if (path.starts_with('/') || !folder_) {
      folder_ = OwnedDescriptor(
          open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!folder_) Fail(errno);
    }
    std::deque<std::string> parts;
    for (std::size_t begin = 0; begin < path.size();) {
      const std::size_t end = std::min(path.find('/', begin), path.size());
      if (end > begin) parts.emplace_back(path.substr(begin, end - begin));
      begin = end + 1;
    }
    parts_.insert(parts_.begin(), parts.begin(), parts.end());
  }

  OutputPlace Place(const std::string& name) {
    return {.folder = std::move(folder_), .name = name, .open_descriptor = {}};
  }

  void Make(const std::string& part) {
    if (!make_folders_) Fail(ENOENT);
    if (mkdirat(folder_.get(), part.c_str(), 0777) != 0 && errno != EEXIST) Fail(errno);
    parts_.push_front(part);
  }

  // What a link such as /proc/self/fd/1 stands for: its text may be that of no file.
  std::optional<int> OpenDescriptor(const std::string& part) const {
    int number = 0;
    const char* const end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, number);
    if (error != std::errc() || stopped != end || !IsProcessInformation(folder_.get())) return {};
    if (!IsOurDescriptorFolder(folder_.get())) Refuse("leads to what another process has open");
    return number;
  }

  void RequireTrusted(const std::string& part, const struct stat& link) const {
    struct stat folder = {};
    if (fstat(folder_.get(), &folder) != 0) Fail(errno);
    const bool everybodys = (folder.st_mode & S_IWOTH) != 0;
    if (link.st_uid == geteuid() || (link.st_uid == 0 && !everybodys)) return;
    if (IsProcessInformation(folder_.get())) return;
    Refuse(
        fmt::format("leads through the symbolic link \"{}\" of another user ({}): name the file "
                    "that is meant",
                    Printable(part), link.st_uid));
  }

  void Follow(int link) {
    if (++links_ > kMostLinks) Fail(ELOOP);
    std::array<char, PATH_MAX> target = {};
    const ssize_t length = readlinkat(link, "", target.data(), target.size());
    if (length <= 0) Fail(length == 0 ? ENOENT : errno);
    Continue({target.data(), static_cast<std::size_t>(length)});
  }

  [[noreturn]] void Fail(int reason) const {
    Refuse(fmt::format("cannot create: {}", std::strerror(reason)));
  }

  [[noreturn]] void Refuse(std::string_view message) const {
    throw Error(ErrorKind::kIo, message, {.file = path_});
  }

  const std::string& path_;
  bool make_folders_;
  OwnedDescriptor folder_;
  std::deque<std::string> parts_;
  int links_ = 0;
};

}  // namespace

OutputPlace FindOutputPlace(const std::string& path) { return PathWalk(path, false).Walk(); }

void MakeOutputFolder(const std::string& path) { PathWalk(path, true).Walk(); }

}  // namespace modelkin
