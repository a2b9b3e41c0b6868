// Files that we keep for ourselves and believe only whole: a state, a part in a cache.
#ifndef MODELKIN_SOURCE_SEALED_FILE_H_
#define MODELKIN_SOURCE_SEALED_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace modelkin {

// What a file is and what its content follows from: its name, inputs. Content is believed under the
// seal that it was written with alone, so files that changed places are not.
struct Seal {
  std::string_view kind;  // "trace state"
  std::string_view name;
  std::string_view inputs;
};

// Returns "modelkin KIND 1", the SHA-256 of seal and content in hexadecimal, each on a line; the
// content; "end of modelkin KIND" on a line.
std::string Sealed(const Seal& seal, std::string_view content);
// Returns the content, within `bytes`; nullopt where they are not what Sealed made under this seal.
std::optional<std::string_view> Unsealed(const Seal& seal, std::string_view bytes);

// Returns the number of bytes that sealing adds.
std::uint64_t SealBytes(std::string_view kind);

// Writes a file that appears whole or not at all. Throws Error(kIo).
void WriteSealedFile(const std::string& path, const Seal& seal, std::string_view content);

// Returns whether a file begins or ends as one of this kind, however damaged it is between: what
// does not is somebody else's. Also true of an empty one, which a writer may have left that was
// killed.
bool IsSealedFile(const std::string& path, std::string_view kind);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_SEALED_FILE_H_
