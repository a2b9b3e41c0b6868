// Where bytes come from: positional, thread-safe reads with no cursor.
#ifndef MODELKIN_SOURCE_BYTE_SOURCE_H_
#define MODELKIN_SOURCE_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace modelkin {

// Sources across a network move blocks of this size, and whole ones.
inline constexpr std::uint64_t kMovedBlockBytes = std::uint64_t{256} << 10;

// A finite run of bytes that does not change while it is read; a source that finds it did says so
// instead of handing out wrong bytes. All members may be called from any number of threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Returns what to call it in messages: a path.
  virtual const std::string& label() const = 0;
  virtual std::uint64_t size_bytes() const = 0;

  // Returns the bytes [offset, offset + length), either in place (valid as long as this source) or
  // copied into `scratch` (valid until it is used again). Throws Error(kBadInput) where the range
  // ends beyond the source and Error(kIo) where it can't be read.
  virtual std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                          std::vector<std::byte>& scratch) const = 0;

  // Returns the same bytes where they will not be read again: over a network these alone are moved,
  // and nothing is kept.
  virtual std::span<const std::byte> ReadOnce(std::uint64_t offset, std::uint64_t length,
                                              std::vector<std::byte>& scratch) const {
    return Read(offset, length, scratch);
  }

  // Returns the number of bytes that reading [offset, offset + length) would move over a network.
  virtual std::uint64_t BytesToMove(std::uint64_t, std::uint64_t) const { return 0; }

  // Returns the offset of a byte that turned out to be missing while a span from Read() was in use:
  // whatever was computed from that span is void. Ask after using one.
  virtual std::optional<std::uint64_t> LostByte() const { return std::nullopt; }

  // Throws Error(kBadInput) if the source has changed since it was opened.
  virtual void RequireUnchanged() const {}

  // Returns another text for other content under the same label; "" where the label says all.
  virtual std::string Version() const { return {}; }
};

// Returns a source of bytes held in memory, for tests and fuzzing.
std::shared_ptr<const ByteSource> MakeMemorySource(std::string label, std::vector<std::byte> bytes);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_BYTE_SOURCE_H_
