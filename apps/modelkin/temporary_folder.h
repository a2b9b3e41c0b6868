// A folder that goes away with the object.
#ifndef MODELKIN_APPS_TEMPORARY_FOLDER_H_
#define MODELKIN_APPS_TEMPORARY_FOLDER_H_

#include <string>

namespace modelkin {

class TemporaryFolder {
 public:
  // Throws Error(kIo) if it can't be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_TEMPORARY_FOLDER_H_
