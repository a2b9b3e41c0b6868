// Whole JSON documents from untrusted files, as text and packed. One pass, in linear time.
#ifndef MODELKIN_SOURCE_JSON_DOCUMENT_H_
#define MODELKIN_SOURCE_JSON_DOCUMENT_H_

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "source/byte_source.h"

namespace modelkin {

// Reads an object of at most `largest_bytes`, `most_values` and 64 levels. Throws Error(kBadInput)
// for a larger one, and where the file is not JSON or not an object. For documents that are held
// whole; headers of checkpoints, which need a position for each error, go through
// source/json_text.h. NaN, Infinity and -Infinity, which Python writes though JSON has no such
// numbers, become strings.
nlohmann::json ReadJsonObject(
    const ByteSource& file, std::uint64_t largest_bytes,
    std::uint64_t most_values = std::numeric_limits<std::uint64_t>::max());

// Returns a value of at most 64 levels as MessagePack (msgpack.org), which keeps numbers to the
// bit.
std::string PackJson(const nlohmann::json& value);
// Reads it back. Throws Error(kBadInput), where `label` names the file.
nlohmann::json ParsePackedJson(const std::string& label, std::string_view bytes);

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_JSON_DOCUMENT_H_
