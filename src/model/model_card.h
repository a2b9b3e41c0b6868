// What a model's card (README.md) declares in its metadata.
#ifndef MODELKIN_MODEL_MODEL_CARD_H_
#define MODELKIN_MODEL_MODEL_CARD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

inline constexpr std::uint64_t kLargestModelCard = std::uint64_t{4} << 20;

// Returns the values of "base_model" in the YAML between the two "---" lines that begin a card, as
// it is used on hubs: one name, or a list of names in brackets or of lines "- name". None where
// there is no such block or key, and of values of another form.
std::vector<std::string> DeclaredBaseModels(std::string_view card);

}  // namespace modelkin

#endif  // MODELKIN_MODEL_MODEL_CARD_H_
