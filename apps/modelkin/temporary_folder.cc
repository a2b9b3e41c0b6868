#include "temporary_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace modelkin {

TemporaryFolder::TemporaryFolder()
    : path_((std::filesystem::temp_directory_path() / "modelkin-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) {
    throw Error(ErrorKind::kIo, fmt::format("cannot create: {}", std::strerror(errno)),
                {.file = path_});
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace modelkin
