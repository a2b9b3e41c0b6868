// What a model's card (README.md) declares in its metadata.
#ifndef MODELKIN_MODEL_MODEL_CARD_H_
#define MODELKIN_MODEL_MODEL_CARD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

inline constexpr std::uint64_t kLargestModelCard = std::uint64_t{4} << 20;

// How a card says that its model was made from others.
struct DeclaredOrigin {
  std::vector<std::string> bases;  // as the card names them: "org/name"
  std::string relation;            // "finetune", "adapter", "merge", "quantized"; "" if unsaid
  std::string license;             // "apache-2.0"; "" if unsaid
};

// Returns what the YAML between the two "---" lines that begin a card says in "base_model" (a name
// or a list of them), "base_model_relation" and "license". Nothing where there is no such block or
// key. `label` names the file. Throws Error(kBadInput), with the line, where it is not YAML, and
// where these keys have values of another form or over 64 names.
DeclaredOrigin ReadModelCard(const std::string& label, std::string_view card);

// Returns the names alone; none where the card is wrong, and no name that holds more than letters,
// digits and "-_./".
std::vector<std::string> DeclaredBaseModels(std::string_view card);

}  // namespace modelkin

#endif  // MODELKIN_MODEL_MODEL_CARD_H_
