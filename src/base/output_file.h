// The one way to a file of output: it appears whole or not at all.
#ifndef MODELKIN_BASE_OUTPUT_FILE_H_
#define MODELKIN_BASE_OUTPUT_FILE_H_

#include <string>
#include <string_view>

#include "base/output_place.h"
#include "base/output_target.h"
#include "base/owned_descriptor.h"

namespace modelkin {

// Writes to a file without a name in the target's folder, which Commit() syncs and puts in the
// target's place. Destroyed without Commit(), or killed at whatever moment, it leaves what was
// there. Where file systems have no files without a name, and between the two steps of Commit(),
// the file is NAME.partial-XXXXXX; what a killed process left of these, the next output of that
// name takes away. A target that is no regular file (/dev/stdout, a FIFO) is written in place.
// Every failure throws Error with the path and the reason: kUsage where the target's rules forbid
// it, else kIo.
class OutputFile {
 public:
  explicit OutputFile(OutputTarget target);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Appends bytes, which nobody sees before Commit() unless the target is written in place.
  void Write(std::string_view bytes);
  // Syncs the file and puts it in the target's place. Call once.
  void Commit();

 private:
  void OpenPartial();
  bool OpenNamedPartial();
  void NamePartial();
  void PutInPlace();
  bool TargetHasSameBytes() const;
  [[noreturn]] void Fail(const char* action) const;

  OutputTarget target_;
  OutputPlace place_;
  OwnedDescriptor descriptor_;
  bool in_place_ = false;
  std::string partial_name_;  // empty where it has none
};

// Takes the target's file away, if one is there. Throws as OutputFile does.
void RemoveOutput(const OutputTarget& target);

// Writes all of `bytes` to an open descriptor (such as 1, standard output). Throws Error(kIo), or
// ReaderGone for a pipe that nobody reads.
void WriteAll(int descriptor, std::string_view bytes, const std::string& label);

}  // namespace modelkin

#endif  // MODELKIN_BASE_OUTPUT_FILE_H_
