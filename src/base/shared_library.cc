#include "base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/error.h"

namespace modelkin {
namespace {

[[noreturn]] void Fail(const char* file) {
  const char* const reason = dlerror();
  throw Error(
      ErrorKind::kIo,
      fmt::format("a library of the system can't be used: {}", reason ? reason : "no reason"),
      {.file = file});
}

}  // namespace

SharedLibrary::SharedLibrary(const char* file)
    : file_(file), handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) Fail(file_);
}

void* SharedLibrary::Address(const char* name) const {
  void* const address = dlsym(handle_, name);
  if (address == nullptr) Fail(file_);
  return address;
}

}  // namespace modelkin
