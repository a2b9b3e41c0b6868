#include "attestation/model_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/utf8.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostFiles = 1'000'000, kDeepestFolder = 64;

[[noreturn]] void FailFile(ErrorKind kind, const std::string& location, std::string_view message) {
  throw Error(kind, message, {.file = location, .tensor = {}, .offset_bytes = {}});
}

struct stat StatusOfLink(const std::string& location) {
  struct stat status = {};
  if (lstat(location.c_str(), &status) != 0) {
    FailFile(errno == ENOENT ? ErrorKind::kBadInput : ErrorKind::kIo, location,
             fmt::format("cannot examine: {}", std::strerror(errno)));
  }
  return status;
}

bool IsUtf8Text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string NameOfModel(const std::string& model) {
  std::error_code ignored;
  const std::filesystem::path path(model);
  const std::filesystem::path whole = std::filesystem::absolute(path, ignored).lexically_normal();
  const std::string name = whole.filename().string();
  return name.empty() ? whole.parent_path().filename().string() : name;
}

// A folder of this machine, all the way down.
class FolderWalk {
 public:
  FolderWalk(const std::string& folder, const std::vector<std::string>& ignored)
      : folder_(folder), ignored_(ignored) {}

  ModelFiles Run() {
    Enter("", folder_, 0);
    return std::move(found_);
  }

 private:
  void Enter(const std::string& prefix, const std::string& folder, std::size_t depth) {
    if (depth > kDeepestFolder) FailFile(ErrorKind::kBadInput, folder, "is nested too deeply");
    for (const std::string& name : ThisMachine().FilesIn(folder)) {
      const std::string path = prefix + name;
      if (!IsIgnored(path, ignored_)) Take(path, fmt::format("{}/{}", folder, name), depth);
    }
  }

  void Take(const std::string& path, const std::string& location, std::size_t depth) {
    struct stat status = StatusOfLink(location);
    const bool is_link = S_ISLNK(status.st_mode);
    if (is_link && stat(location.c_str(), &status) != 0) {
      FailFile(ErrorKind::kBadInput, location, "is a link that leads to no file");
    }
    if (S_ISDIR(status.st_mode)) {
      if (!is_link) Enter(path + "/", location, depth + 1);
      return;
    }
    if (!S_ISREG(status.st_mode)) {
      FailFile(ErrorKind::kBadInput, location, "is neither a file nor a folder");
    }
    if (!IsUtf8Text(path)) {
      FailFile(ErrorKind::kBadInput, location, "has a name that is not UTF-8, as JSON is");
    }
    if (found_.files.size() == kMostFiles) {
      FailFile(ErrorKind::kBadInput, folder_, fmt::format("holds over {} files", kMostFiles));
    }
    found_.has_links = found_.has_links || is_link;
    found_.files.push_back({.path = path, .location = location});
  }

  const std::string& folder_;
  const std::vector<std::string>& ignored_;
  ModelFiles found_;
};

ModelFiles FilesAtHub(const std::string& folder, const std::vector<std::string>& ignored,
                      const Places& places) {
  ModelFiles found;
  for (std::string& path : places.AllFilesIn(folder)) {
    if (IsIgnored(path, ignored)) continue;
    std::string location = fmt::format("{}/{}", folder, path);
    found.files.push_back({.path = std::move(path), .location = std::move(location)});
  }
  return found;
}

}  // namespace

bool IsIgnored(std::string_view path, const std::vector<std::string>& ignored) {
  return std::ranges::any_of(ignored, [&](const std::string& from) {
    return path.starts_with(from) && (path.size() == from.size() || path[from.size()] == '/');
  });
}

bool IsBeforeByParts(std::string_view a, std::string_view b) {
  // A separator comes before all that a name can hold.
  return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
    const int first = x == '/' ? -1 : static_cast<unsigned char>(x);
    const int second = y == '/' ? -1 : static_cast<unsigned char>(y);
    return first < second;
  });
}

ModelFiles ListModelFiles(const std::string& model, const std::vector<std::string>& ignored,
                          const Places& places) {
  std::string place = model;
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  const bool is_remote = places.IsRemote(place);
  ModelFiles found;
  if (!places.IsFolder(place)) {
    found.files.push_back({.path = ".", .location = place});
  } else {
    found = is_remote ? FilesAtHub(place, ignored, places) : FolderWalk(place, ignored).Run();
  }
  if (!is_remote && S_ISLNK(StatusOfLink(place).st_mode)) found.has_links = true;
  found.name = NameOfModel(place);
  std::ranges::sort(found.files, IsBeforeByParts, &ModelFile::path);
  return found;
}

}  // namespace modelkin
