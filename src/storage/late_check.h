// Checks of a file that cost a transfer, put off until the bytes that they are about are read.
#ifndef MODELKIN_STORAGE_LATE_CHECK_H_
#define MODELKIN_STORAGE_LATE_CHECK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

// Before bytes [begin, end) of a file mean what they are taken for. `require` throws
// Error(kBadInput) where they don't; it may be called by several threads at once.
struct LateCheck {
  std::uint64_t begin_bytes = 0, end_bytes = 0;
  std::function<void(const ByteSource&)> require;
};

// Returns the file, whose Read makes those checks that are about what it reads, each until it was
// passed once. Ranges of the checks do not overlap.
std::shared_ptr<const ByteSource> WithLateChecks(std::shared_ptr<const ByteSource> file,
                                                 std::vector<LateCheck> checks);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_LATE_CHECK_H_
