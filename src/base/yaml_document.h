// YAML of strangers, as JSON: bounded, without tags, anchors' aliases and merge keys.
#ifndef MODELKIN_BASE_YAML_DOCUMENT_H_
#define MODELKIN_BASE_YAML_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace modelkin {

// What plain scalars become.
enum class YamlScalars : std::uint8_t {
  kTyped,  // by YAML 1.2's core schema
  kText,   // what they are written as, but for null
};

struct YamlOptions {
  std::size_t most_bytes = std::size_t{1} << 20;
  std::size_t most_depth = 32;
  std::size_t most_nodes = std::size_t{1} << 16;  // scalars, sequences and mappings, keys too
  std::size_t first_line = 1;                     // what the file calls the text's first line
  std::size_t first_byte = 0;                     // where in the file the text begins
  YamlScalars scalars = YamlScalars::kTyped;
};

// Returns the one document that `text`, which is UTF-8, holds; null where there is none. Plain
// scalars are typed by YAML 1.2's core schema (null, true, 0x1f, 1e-3, .nan), so that "yes" and
// dates are strings; a whole number beyond 64 bits is a double, quoted scalars are strings. Keys of
// mappings are strings, as they are written. Throws Error(kBadInput) with `label`, line and byte:
// for what is no YAML, a second document, a tag, an alias, a merge key ("<<"), a key that is no
// scalar or that comes twice, and what is beyond the limits.
nlohmann::json ParseYaml(const std::string& label, std::string_view text, YamlOptions options = {});

}  // namespace modelkin

#endif  // MODELKIN_BASE_YAML_DOCUMENT_H_
