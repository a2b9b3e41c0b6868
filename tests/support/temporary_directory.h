// A folder for one test's files.
#ifndef MODELKIN_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_
#define MODELKIN_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

namespace modelkin::testing {

// Made on construction, removed with everything in it on destruction.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Creates or replaces the file and returns its path.
  std::string WriteFile(std::string_view name, std::string_view content) const;

  // Names of all entries, sorted.
  std::vector<std::string> Entries() const;

 private:
  std::string path_;
};

std::string ReadWholeFile(const std::string& path);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SUPPORT_TEMPORARY_DIRECTORY_H_
