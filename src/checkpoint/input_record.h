// What a result has to say about the files that it came from.
#ifndef MODELKIN_CHECKPOINT_INPUT_RECORD_H_
#define MODELKIN_CHECKPOINT_INPUT_RECORD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Whether to read whole files for their digests. A header's digest is always there: it is cheap,
// and fixes every name, type, shape and place.
enum class DigestPolicy : std::uint8_t { kAuto, kAlways, kNever };

// kAuto digests whole files of an input of this machine up to this size: less than a second's work.
inline constexpr std::uint64_t kAutoDigestBytes = std::uint64_t{256} << 20;

struct FileRecord {
  std::string name;
  std::uint64_t bytes = 0;
  std::string header_sha256;          // of the length field and the JSON after it
  std::optional<std::string> sha256;  // of the whole file
};

struct InputRecord {
  std::string id;        // "a", "b", "control_1", ...
  std::string path;      // as the user gave it
  std::string resolved;  // the same with a moving revision as the commit that it stood for
  std::vector<FileRecord> files;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;                              // of tensor data
  std::map<std::string, std::uint64_t> bytes_by_dtype;  // "BF16" -> bytes
  PackedUse packed;
  std::vector<std::string> warnings;
};

InputRecord DescribeInput(const Checkpoint& checkpoint, std::string id, DigestPolicy policy,
                          unsigned threads, Progress& progress);

// Whole-file SHA-256 of each file, files in parallel.
std::vector<std::string> DigestFiles(const Checkpoint& checkpoint, unsigned threads,
                                     Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_INPUT_RECORD_H_
