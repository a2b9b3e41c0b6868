// Configurations side by side: which values agree, and how much that says.
#ifndef MODELKIN_ARCHITECTURE_CONFIG_COMPARISON_H_
#define MODELKIN_ARCHITECTURE_CONFIG_COMPARISON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/finding.h"
#include "architecture/model_config.h"
#include "architecture/model_spec.h"
#include "architecture/public_configs.h"

namespace modelkin {

enum class CellSource : std::uint8_t {
  kConfig,   // config.json says so
  kDefault,  // the family's default, as config.json does not say
  kDerived,  // follows from other values
  kAbsent,
};

struct ConfigCell {
  nlohmann::json value;  // null also where absent
  CellSource source = CellSource::kAbsent;
};

// A value for people, whole: strings without quotes, whole numbers without a fraction whatever way
// they were written, other numbers as short as they can be read back from, objects as
// "factor 2, type yarn". Values that differ may read alike ("2" and 2): compare values, not texts.
std::string ConfigValueText(const nlohmann::json& value);

// One property of all models.
struct ConfigRow {
  // As in the first config.json that has it, those of rotary embedding as transformers 4 has them;
  // a name for derived ones.
  std::string key;
  std::vector<ConfigCell> cells;
  bool derived = false;
  // Of the rows that count (not derived, and no model lacks the value): whether all values are
  // equal, numbers as numbers.
  std::optional<bool> same;
  std::optional<Commonness> common;  // of the shared value among public models
};

struct ConfigGroup {
  std::string_view name;
  std::vector<ConfigRow> rows;  // those that any model has
  std::uint64_t same() const;
  std::uint64_t compared() const;  // rows that count
};

struct ConfigComparison {
  std::vector<std::string> models;  // as the user named them
  std::vector<ConfigGroup> groups;
  std::vector<Finding> findings;
  std::uint64_t same() const;
  std::uint64_t compared() const;
};

// At least two models, `names` as many as `configs`.
ConfigComparison CompareConfigs(std::span<const std::string> names,
                                std::span<const ModelConfig* const> configs);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_CONFIG_COMPARISON_H_
