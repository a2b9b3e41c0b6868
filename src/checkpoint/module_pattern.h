// Python's regular expressions on names of modules, as far as PEFT's configurations use them.
#ifndef MODELKIN_CHECKPOINT_MODULE_PATTERN_H_
#define MODELKIN_CHECKPOINT_MODULE_PATTERN_H_

#include <optional>
#include <string_view>

namespace modelkin {

// Returns whether re.match(rf"(.*\.)?({pattern})$", name) finds a match, as PEFT looks up
// rank_pattern and alpha_pattern; nothing for an expression with more than text, ".", "^", "$",
// "|", groups, sets, "\." "\d" "\w", and "*", "+" and "?" that are not within each other. In time
// in proportion to the lengths' product, squared at most.
std::optional<bool> MatchesModule(std::string_view pattern, std::string_view name);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_MODULE_PATTERN_H_
