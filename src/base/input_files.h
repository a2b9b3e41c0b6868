// The files that a command reads, whatever they are called.
#ifndef MODELKIN_BASE_INPUT_FILES_H_
#define MODELKIN_BASE_INPUT_FILES_H_

#include <sys/stat.h>

#include <set>
#include <string>
#include <utility>

namespace modelkin {

// A set of files, known by device and inode, so that hard and symbolic links to a file are that
// file.
class InputFiles {
 public:
  // Adds the file at `path`, through symbolic links. Adds nothing where nothing is there: opening
  // it says why.
  void Add(const std::string& path);
  // Returns whether the file with this status was added.
  bool Holds(const struct stat& status) const;

 private:
  std::set<std::pair<dev_t, ino_t>> files_;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_INPUT_FILES_H_
