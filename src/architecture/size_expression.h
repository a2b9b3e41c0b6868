// Sizes of a model by name, and expressions over them: how family tables write shapes.
#ifndef MODELKIN_ARCHITECTURE_SIZE_EXPRESSION_H_
#define MODELKIN_ARCHITECTURE_SIZE_EXPRESSION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// "residual" -> 4096. The names are those of family tables (docs/families.md).
using SizeLookup = std::function<std::optional<std::uint64_t>(std::string_view)>;

// Sums, differences, products and quotients of names and whole numbers, with parentheses:
// "(heads + 2 * kv_heads) * head_dim". "//" rounds a quotient down. nullopt where a name is
// unknown, a quotient is not whole, a result exceeds 64 bits, or the text is no expression.
std::optional<std::uint64_t> EvaluateSize(std::string_view expression, const SizeLookup& sizes);

// The names in it, in order of appearance, each once.
std::vector<std::string_view> NamesIn(std::string_view expression);

// "a, b * c" -> {"a", "b * c"}; none for "".
std::vector<std::string_view> SplitShape(std::string_view shape);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_SIZE_EXPRESSION_H_
