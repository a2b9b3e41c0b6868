// What an output may replace, decided before anything is computed.
#ifndef MODELKIN_BASE_OUTPUT_TARGET_H_
#define MODELKIN_BASE_OUTPUT_TARGET_H_

#include <string>

#include "base/input_files.h"
#include "base/output_place.h"

namespace modelkin {

enum class Replace {
  kAnything,
  kOwnOutput,  // what modelkin wrote (base/own_output.h), and an empty file
  kSameBytes,  // what is there stays if it is what would be written
};

// A path and its rules. Never replaced: an input, a folder, a block device.
class OutputTarget {
 public:
  // Makes a target that may replace anything, for folders of modelkin's own, where no inputs are.
  OutputTarget(std::string path) : path_(std::move(path)) {}  // NOLINT: a path is one
  OutputTarget(const char* path) : path_(path) {}             // NOLINT
  // Throws Error(kUsage) where what is there may not be replaced, Error(kIo) where nothing can be
  // written.
  OutputTarget(std::string path, InputFiles inputs, Replace replace);

  const std::string& path() const { return path_; }
  Replace replace() const { return replace_; }
  // Checks once more what is there, as something may have come meanwhile. Throws Error(kUsage).
  void RequireReplaceable(const OutputPlace& place) const;
  // Throws Error(kUsage): what is there has other bytes.
  [[noreturn]] void RefuseOther() const;

 private:
  [[noreturn]] void Refuse(const char* message) const;

  std::string path_;
  InputFiles inputs_;
  Replace replace_ = Replace::kAnything;
};

}  // namespace modelkin

#endif  // MODELKIN_BASE_OUTPUT_TARGET_H_
