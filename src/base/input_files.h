// The files that a command reads, whatever they are called.
#ifndef MODELKIN_BASE_INPUT_FILES_H_
#define MODELKIN_BASE_INPUT_FILES_H_

#include <sys/stat.h>

#include <set>
#include <string>
#include <utility>

namespace modelkin {

// Known by device and inode, so that hard and symbolic links to a file are that file.
class InputFiles {
 public:
  // Symbolic links are followed. A path where nothing is adds nothing: opening it says why.
  void Add(const std::string& path);
  bool Holds(const struct stat& status) const;

 private:
  std::set<std::pair<dev_t, ino_t>> files_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_INPUT_FILES_H_
