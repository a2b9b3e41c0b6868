// An output file that appears whole or not at all.
#ifndef MODELKIN_BASE_OUTPUT_FILE_H_
#define MODELKIN_BASE_OUTPUT_FILE_H_

#include <string>
#include <string_view>

namespace modelkin {

// Writes to a temporary file beside `path` and renames it over `path` on Commit(). Destroyed
// without Commit(), it leaves `path` as it was. A path that exists and is no regular file
// (/dev/stdout, a FIFO) is written in place. Every failure throws Error(kIo) with the path and the
// system's reason.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Write(std::string_view bytes);
  void Commit();

 private:
  [[noreturn]] void Fail(const char* action) const;

  std::string path_;
  std::string temporary_path_;  // empty when written in place, or once committed
  int descriptor_ = -1;
};

// Writes all of `bytes` to an open descriptor (such as 1, standard output). Throws Error(kIo), or
// ReaderGone for a pipe that nobody reads.
void WriteAll(int descriptor, std::string_view bytes, const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_BASE_OUTPUT_FILE_H_
