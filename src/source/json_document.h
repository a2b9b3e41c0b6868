// Whole JSON documents from untrusted files, as text and packed. One pass, in linear time.
#ifndef MODELKIN_SOURCE_JSON_DOCUMENT_H_
#define MODELKIN_SOURCE_JSON_DOCUMENT_H_

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/said.h"
#include "source/byte_source.h"

namespace modelkin {

// A file that is no JSON, or holds more than is taken: Error(kBadInput), and what is wrong with the
// file in each language, with the byte where it is known: "is not JSON (byte 19)".
class JsonError : public Error {
 public:
  JsonError(const std::string& file, const Said& fault,
            std::optional<std::uint64_t> offset_bytes = {});

  const Said& fault() const { return fault_; }

 private:
  Said fault_;
};

// Reads an object of at most `largest_bytes`, `most_values` and 64 levels. Throws JsonError
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
