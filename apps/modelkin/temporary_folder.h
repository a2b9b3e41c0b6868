// Folders for temporary files.
#ifndef MODELKIN_APPS_TEMPORARY_FOLDER_H_
#define MODELKIN_APPS_TEMPORARY_FOLDER_H_

#include <string>

namespace modelkin {

// Makes a new folder BEGINNING-XXXXXX, of the user's alone, in the folder for temporary files, and
// returns its path. Throws Error(kIo).
std::string MakeTemporaryFolder(const std::string& beginning);

// Goes away with the object.
class TemporaryFolder {
 public:
  // Throws Error(kIo) if it can't be made.
  TemporaryFolder() : path_(MakeTemporaryFolder("modelkin")) {}
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_TEMPORARY_FOLDER_H_
