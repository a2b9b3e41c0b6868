// The files of a folder of models, as a repository of a hub lists them.
#ifndef MODELKIN_LOCAL_HUB_SERVED_FILES_H_
#define MODELKIN_LOCAL_HUB_SERVED_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace modelkin {

struct ServedFile {
  std::string path;      // in the repository
  std::string location;  // on this machine, without links
  std::uint64_t size = 0;
  std::string content;  // stands for a digest: of path, size and time
};

// Regular files under `root`/`name`, by path. What links lead to counts where it lies within
// `root`, and else is left out; empty for names that lead elsewhere.
std::vector<ServedFile> ServedFiles(const std::string& root, const std::string& name);

// 40 hexadecimal digits, which change with the files' names, sizes and times.
std::string CommitOfFiles(const std::vector<ServedFile>& files);

}  // namespace modelkin

#endif  // MODELKIN_LOCAL_HUB_SERVED_FILES_H_
