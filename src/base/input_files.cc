#include "base/input_files.h"

namespace modelkin {

void InputFiles::Add(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0) files_.emplace(status.st_dev, status.st_ino);
}

bool InputFiles::Holds(const struct stat& status) const {
  return files_.contains({status.st_dev, status.st_ino});
}

}  // namespace modelkin
