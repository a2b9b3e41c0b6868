// Arrays in NumPy's format, version 1.0 (numpy.lib.format), whose header is longer than NumPy's
// own: so they are known as modelkin's (base/own_output.h).
#ifndef MODELKIN_REPORT_NPY_FILE_H_
#define MODELKIN_REPORT_NPY_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/output_file.h"

namespace modelkin {

// A file that is written in order and appears whole or not at all.
class NpyFile {
 public:
  enum class Type : std::uint8_t { kFloat32, kInt32, kInt64 };

  // Throws Error(kIo), as all members do.
  NpyFile(OutputTarget target, Type type, const std::vector<std::uint64_t>& shape);

  void Write(std::span<const float> values) { WriteBytes(std::as_bytes(values)); }
  void Write(std::span<const std::int32_t> values) { WriteBytes(std::as_bytes(values)); }
  void Write(std::span<const std::int64_t> values) { WriteBytes(std::as_bytes(values)); }
  // Once as many elements are written as the shape has.
  void Commit() { file_.Commit(); }

 private:
  void WriteBytes(std::span<const std::byte> bytes);

  OutputFile file_;
};

}  // namespace modelkin

#endif  // MODELKIN_REPORT_NPY_FILE_H_
