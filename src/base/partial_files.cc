#include "base/partial_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <random>
#include <vector>

#include "base/owned_descriptor.h"

namespace modelkin {
namespace {

constexpr std::string_view kMark = ".partial-";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kRandomLetters = 6;

std::string BeginningFor(std::string_view name) {
  return std::string(name.substr(0, NAME_MAX - kMark.size() - kRandomLetters)).append(kMark);
}

std::vector<std::string> NamesIn(int folder, std::string_view beginning) {
  std::vector<std::string> names;
  OwnedDescriptor readable(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return names;
  const auto close_listing = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(close_listing)> listing(fdopendir(readable.get()));
  if (listing == nullptr) return names;
  readable.Release();
  while (const dirent* const entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name.size() == beginning.size() + kRandomLetters && name.starts_with(beginning) &&
        name.find_first_not_of(kLetters, beginning.size()) == std::string_view::npos) {
      names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace

std::string PartialNameOf(std::string_view name) {
  std::random_device random;
  std::string partial = BeginningFor(name);
  for (std::size_t i = 0; i < kRandomLetters; ++i) partial += kLetters[random() % kLetters.size()];
  return partial;
}

void RemoveLeftPartials(int folder, std::string_view name) {
  for (const std::string& partial : NamesIn(folder, BeginningFor(name))) {
    const OwnedDescriptor file(
        openat(folder, partial.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status = {};
    if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid() || flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      continue;
    }
    unlinkat(folder, partial.c_str(), 0);
  }
}

}  // namespace modelkin
