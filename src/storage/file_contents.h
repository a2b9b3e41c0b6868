// What one file of weights holds, whatever its format.
#ifndef MODELKIN_STORAGE_FILE_CONTENTS_H_
#define MODELKIN_STORAGE_FILE_CONTENTS_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/said.h"
#include "source/byte_source.h"
#include "storage/gguf/gguf_file.h"
#include "storage/late_check.h"
#include "storage/tensor.h"

namespace modelkin {

struct FileContents {
  std::uint64_t header_bytes = 0;  // where its data begins: what says names, types and places
  std::vector<Tensor> tensors;     // in the order of their places
  std::vector<Said> warnings;
  // The model's configuration in the words of a config.json, where the file itself has one (GGUF);
  // null where not.
  std::shared_ptr<const nlohmann::json> config;
  // Of several files that make one model, by what the file itself says: its number from 0, and how
  // many there are. 1 for a whole model.
  std::uint32_t split = 0, splits = 1;
  // Of a GGUF file, all that it says before its data.
  std::shared_ptr<const GgufFile> gguf;
  // To be made when the tensors' bytes are read (WithLateChecks).
  std::vector<LateCheck> late_checks;
};

// Reads what a file holds, by its first bytes: safetensors, GGUF, torch. `as_stored`: codes stay
// codes. `index`: the file's number in its catalogue. Throws Error(kBadInput), with the tensor and
// the byte, where it breaks a rule of its format; where it is none of these, says what it is.
FileContents ReadFileContents(const ByteSource& file, bool as_stored = false,
                              std::uint32_t index = 0);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_FILE_CONTENTS_H_
