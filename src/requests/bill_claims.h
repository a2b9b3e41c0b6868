// Ancestors that a bill of materials names.
#ifndef MODELKIN_REQUESTS_BILL_CLAIMS_H_
#define MODELKIN_REQUESTS_BILL_CLAIMS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

// What a relationship's comment in SPDX begins with, before a card's base_model_relation.
inline constexpr std::string_view kRelationComment = "base_model_relation:";

// A model of a bill, by all that it is called.
struct BillModel {
  std::string name;     // with its group: "org/name"
  std::string address;  // "hf://org/name@revision", where the bill says so; else ""
};

struct BillClaim {
  BillModel base;
  std::string relation;  // as our own bills say it; "" of others
};

// Returns whether JSON is a bill of CycloneDX or SPDX.
bool IsBill(const nlohmann::json& document);

// Returns the ancestors of `model` in a bill: of the one model that has any, or of the one that has
// the last part of `model` as its name. Throws Error(kBadInput) where that is none, or not one.
std::vector<BillClaim> ReadBillClaims(const std::string& file, const nlohmann::json& document,
                                      const std::string& model);

// Returns "hf://org/name@revision" of a package URL (pkg:huggingface/org/name@revision) or of an
// address at huggingface.co; "" of others.
std::string HubAddressIn(const std::string& text);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_BILL_CLAIMS_H_
