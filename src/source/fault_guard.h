// Survives the loss of mapped pages: a file that shrinks under a mapping raises SIGBUS.
#ifndef MODELKIN_SOURCE_FAULT_GUARD_H_
#define MODELKIN_SOURCE_FAULT_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modelkin {

// Registers a read-only mapping for as long as it lives. A fault inside it puts zero pages from the
// faulting page to the mapping's end, remembers the offset, and lets the reader go on; the reader
// must then ask lost_byte() before it believes what it computed. Faults elsewhere stay fatal.
class FaultGuard {
 public:
  FaultGuard(const std::byte* data, std::size_t length_bytes);
  ~FaultGuard();
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

  // Returns the offset in the mapping of the first fault noticed, if any.
  std::optional<std::uint64_t> lost_byte() const;

  struct Region;  // internal

 private:
  Region* region_ = nullptr;  // of an empty mapping: none
};

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_FAULT_GUARD_H_
