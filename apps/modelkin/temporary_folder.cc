#include "temporary_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace modelkin {

std::string MakeTemporaryFolder(const std::string& beginning) {
  std::error_code failure;
  const std::filesystem::path place = std::filesystem::temp_directory_path(failure);
  std::string path = (place / (beginning + "-XXXXXX")).string();
  if (failure || mkdtemp(path.data()) == nullptr) {
    throw Error(
        ErrorKind::kIo,
        fmt::format("cannot create: {}", failure ? failure.message() : std::strerror(errno)),
        {.file = path});
  }
  return path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace modelkin
