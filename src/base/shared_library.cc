#include "base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"

namespace modelkin {
namespace {

[[noreturn]] void Fail(const std::string& file) {
  const char* const reason = dlerror();
  throw Error(ErrorKind::kIo,
              fmt::format("a library can't be used: {}", reason ? reason : "no reason"),
              {.file = file});
}

std::string& BundledFolder() {
  static std::string folder;
  return folder;
}

// Returns the path of `bundled` where it is there, else `file`.
std::string FileToLoad(std::string file, const std::string& bundled) {
  if (bundled.empty() || BundledFolder().empty()) return file;
  std::string own = BundledFolder() + "/" + bundled;
  return access(own.c_str(), F_OK) == 0 ? own : file;
}

}  // namespace

void SetBundledLibraries(std::string folder) { BundledFolder() = std::move(folder); }

SharedLibrary::SharedLibrary(std::string file, const std::string& bundled)
    : file_(FileToLoad(std::move(file), bundled)),
      handle_(dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) Fail(file_);
}

void* SharedLibrary::Address(const char* name) const {
  void* const address = dlsym(handle_, name);
  if (address == nullptr) Fail(file_);
  return address;
}

}  // namespace modelkin
