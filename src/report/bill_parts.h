// What both kinds of bills of materials have in common.
#ifndef MODELKIN_REPORT_BILL_PARTS_H_
#define MODELKIN_REPORT_BILL_PARTS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "requests/bill.h"

namespace modelkin {

// Facts of a relation under names that both formats can carry: {"modelkin:lineage:outcome",
// "related"}.
using BillFacts = std::vector<std::pair<std::string, std::string>>;

// Where in a bill a model is beside B.
enum class LineagePlace : std::uint8_t { kAncestor, kDescendant, kVariant, kNowhere };

// Returns A's: an ancestor where the card says so or a fact shows it; a descendant where a fact
// shows the reverse; a variant where the weights are related, and which was first is not shown.
LineagePlace PlaceOfBase(const BillOfMaterials& bill);

// Returns all that is known of A's relation to B: "modelkin:lineage" is "verified" where a fact
// shows that B was made from A, "related" where it is not shown which was first, "partial",
// "reversed", or "declared" where the card alone says so.
BillFacts FactsOfBase(const BillOfMaterials& bill);
// Returns the same of a base that only the card names.
BillFacts FactsOfDeclared(const BillOfMaterials& bill);

// Returns the verdict as a sentence, with what is not shown.
std::string LineageNote(const BillOfMaterials& bill);

// Returns "org/name" as group and name; the group is "" of others.
std::pair<std::string, std::string> GroupAndName(const std::string& name);

// Returns "pkg:huggingface/org/name@revision" of "hf://org/name@revision"; "" of others.
std::string PackageUrl(const std::string& address);

// Returns a UUID of version 8 (RFC 9562) that follows from a text, so that the same bill has the
// same.
std::string UuidOf(std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_BILL_PARTS_H_
