// What a result has to say about the files that it came from.
#ifndef MODELKIN_MODEL_INPUT_RECORD_H_
#define MODELKIN_MODEL_INPUT_RECORD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/said.h"
#include "checkpoint/input_id.h"
#include "model/opened_model.h"
#include "modelkin/options.h"

namespace modelkin {

// DigestPolicy::kAuto digests whole files of an input of this machine up to this size: less than a
// second's work.
inline constexpr std::uint64_t kAutoDigestBytes = std::uint64_t{256} << 20;

struct FileRecord {
  std::string name;
  std::uint64_t bytes = 0;
  std::string header_sha256;          // of the length field and the JSON after it
  std::optional<std::string> sha256;  // of the whole file
};

struct InputRecord {
  InputId id;
  std::string path;      // as the user gave it
  std::string resolved;  // the same with a moving revision as the commit that it stood for
  std::vector<FileRecord> files;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;                              // of tensor data
  std::map<std::string, std::uint64_t> bytes_by_dtype;  // "BF16" -> bytes
  PackedUse packed;
  std::vector<Said> warnings;
};

// Returns the record of a model, with the digests that `policy` asks for.
InputRecord DescribeInput(const OpenedModel& model, InputId id, DigestPolicy policy,
                          unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_MODEL_INPUT_RECORD_H_
