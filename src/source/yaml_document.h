// Whole YAML documents from untrusted files, by libyaml's events: nothing is ever constructed.
#ifndef MODELKIN_SOURCE_YAML_DOCUMENT_H_
#define MODELKIN_SOURCE_YAML_DOCUMENT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace modelkin {

struct YamlLimits {
  std::uint64_t bytes = std::uint64_t{4} << 20;
  std::uint64_t values = std::uint64_t{1} << 19;
  std::size_t levels = 64;
};

// Returns the one document of a text as JSON: mappings are objects, sequences arrays, and scalars
// strings as they are written, but for plain ones that stand for nothing ("~", "null", ""), which
// are null. Throws Error(kBadInput), with the line, for what is not YAML or beyond the limits, for
// tags, anchors and aliases, for keys that are no scalars or are there twice, and for a second
// document. `label` names the file; `first_line`: what the file calls the text's first line.
nlohmann::json ParseYaml(const std::string& label, std::string_view text,
                         std::uint64_t first_line = 1, const YamlLimits& limits = {});

}  // namespace modelkin

#endif  // MODELKIN_SOURCE_YAML_DOCUMENT_H_
