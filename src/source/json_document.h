// A whole JSON document from an untrusted file.
#ifndef MODELKIN_SOURCE_JSON_DOCUMENT_H_
#define MODELKIN_SOURCE_JSON_DOCUMENT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "source/byte_source.h"

namespace modelkin {

// Of at most `largest_bytes` and 64 levels. Throws Error(kBadInput) otherwise, and where the file
// is not JSON or not an object. For documents that are held whole; headers of checkpoints, which
// need a position for each error, go through checkpoint/json_text.h. NaN, Infinity and -Infinity,
// which Python writes though JSON has no such numbers, become strings.
nlohmann::json ReadJsonObject(const ByteSource& file, std::uint64_t largest_bytes);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_JSON_DOCUMENT_H_
