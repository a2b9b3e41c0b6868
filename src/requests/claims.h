// What is claimed of a model's origin: by a caller, its card, or a bill of materials.
#ifndef MODELKIN_REQUESTS_CLAIMS_H_
#define MODELKIN_REQUESTS_CLAIMS_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinship/derivation_kind.h"
#include "source/places.h"

namespace modelkin {

// How a card says that a model was made: the values of base_model_relation on hubs.
enum class ClaimedRelation : std::uint8_t { kUnsaid, kFinetune, kAdapter, kMerge, kQuantized };

inline constexpr std::array<std::string_view, 5> kClaimedRelationNames = {
    "unsaid", "finetune", "adapter", "merge", "quantized"};

constexpr std::string_view ClaimedRelationName(ClaimedRelation relation) {
  return kClaimedRelationNames[static_cast<std::size_t>(relation)];
}

// A base that is claimed.
struct Claim {
  std::string name;    // as it is called where it is claimed: "org/name"
  std::string place;   // where it is opened
  std::string called;  // its name in ClaimPlaces, where that says where it is; else ""
  std::string source;  // the file that claims it; "" where the caller does
  ClaimedRelation relation = ClaimedRelation::kUnsaid;
};

// Where models that claims name are: {"org/name": "models/a"}.
using ClaimPlaces = std::map<std::string, std::string>;

// Returns the claim of a caller, who knows where the model is.
Claim ClaimOfPlace(const std::string& place);

// Reads the claims of a file: a card (README.md, front matter "base_model"), a bill of CycloneDX
// (pedigree.ancestors) or of SPDX 2 or 3 (relationships), of which bills of several models need
// `model`, whose name or place tells which one is meant. A name that `places` has is there;
// "org/name", and what a bill places at a hub, is at hf://. Throws Error(kBadInput) for a file that
// is none of these, that claims nothing, or that names a model that is at no known place.
std::vector<Claim> ReadClaims(const std::string& file, const std::string& model,
                              const ClaimPlaces& places, const Places& where);

// The same of the card beside a model. Throws Error(kUsage) where there is none, or it claims
// nothing.
std::vector<Claim> ReadOwnClaims(const std::string& model, const ClaimPlaces& places,
                                 const Places& where);

// Throws Error(kUsage) where `places` has a name that nothing claims.
void RequireClaimed(const ClaimPlaces& places, const std::vector<Claim>& claims);

// Whether what was found of a pair is how the claim says that it was made; nullopt where the claim
// or the finding does not say. `is_adapter`: whether the model is stored as changes to a base.
std::optional<bool> AgreesWith(ClaimedRelation relation, const std::vector<DerivationKind>& kinds,
                               bool is_adapter);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_CLAIMS_H_
