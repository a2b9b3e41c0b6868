// First step of reading a safetensors header: JSON text to entries, types checked, values not yet.
#ifndef MODELKIN_STORAGE_SAFETENSORS_ENTRIES_H_
#define MODELKIN_STORAGE_SAFETENSORS_ENTRIES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "numeric/shape.h"

namespace modelkin {

struct RawTensorEntry {
  std::string name;
  std::string dtype;
  Shape shape;
  std::uint64_t begin = 0;  // as written: from the data's first byte
  std::uint64_t end = 0;
  std::uint64_t position_bytes = 0;  // in the file, just after the name
};

struct RawHeader {
  std::vector<RawTensorEntry> entries;  // in file order
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Parses `text`, what follows the 8-byte length in the file called `label`. Throws Error(kBadInput)
// where it is no JSON object of the header's form. Members of an entry that the format does not
// define are skipped, as the reference reader does.
RawHeader ParseHeaderText(const std::string& label, std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_SAFETENSORS_ENTRIES_H_
