// What every target checks.
#ifndef MODELKIN_FUZZ_FUZZ_CHECK_H_
#define MODELKIN_FUZZ_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace modelkin {

// Ends the process with `what`, in every kind of build, unless `holds`.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "check failed: %s\n", what);
  std::abort();
}

inline std::string_view AsText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A refusal names the file, on one line that a terminal does not obey.
inline void CheckRefusal(const Error& error, std::string_view label) {
  Check(error.kind() == ErrorKind::kBadInput, "kind");
  Check(error.site().file == label, "file");
  const std::string_view line = error.what();
  Check(line.size() < 8192, "length of the message");
  for (const char c : line) {
    Check(static_cast<unsigned char>(c) >= 0x20 && c != '\x7F', "printable message");
  }
}

// And the byte.
inline void CheckRefusal(const Error& error, std::string_view label, std::uint64_t size_bytes) {
  CheckRefusal(error, label);
  Check(error.site().offset_bytes.has_value(), "there is an offset");
  Check(*error.site().offset_bytes <= size_bytes, "offset within the file");
}

}  // namespace modelkin

#endif  // MODELKIN_FUZZ_FUZZ_CHECK_H_
