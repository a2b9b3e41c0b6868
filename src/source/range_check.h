// The checks around every read: of its range before, of what became of the bytes after.
#ifndef MODELKIN_SOURCE_RANGE_CHECK_H_
#define MODELKIN_SOURCE_RANGE_CHECK_H_

#include <fmt/format.h>

#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "source/byte_source.h"

namespace modelkin {

// Throws Error(kBadInput) unless [offset, offset + length) lies within the source.
inline void RequireRange(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
  const auto end = CheckedAdd(offset, length);
  if (end && *end <= source.size_bytes()) return;
  throw Error(ErrorKind::kBadInput,
              fmt::format("{} bytes wanted here, but the file has {} bytes in all", length,
                          source.size_bytes()),
              {.file = source.label(), .offset_bytes = offset});
}

// Throws Error(kBadInput) if bytes of the source got lost while they were in use.
inline void RequireNothingLost(const ByteSource& source) {
  if (const std::optional<std::uint64_t> lost = source.LostByte()) {
    throw Error(ErrorKind::kBadInput, "file shrank while it was being read",
                {.file = source.label(), .offset_bytes = lost});
  }
}

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_RANGE_CHECK_H_
