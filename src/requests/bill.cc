#include "requests/bill.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace modelkin {
namespace {

// Nothing where there is no card; one that is wrong is no reason to write no bill.
DeclaredOrigin OriginOf(const OpenedModel& model) {
  const std::string file = fmt::format("{}/README.md", model.path());
  const Places& places = model.places();
  if (!places.IsFolder(model.path()) || !places.MayExist(file)) return {};
  const auto card = places.Open(file);
  if (card->size_bytes() > kLargestModelCard) return {};
  std::vector<std::byte> scratch;
  const auto bytes = card->Read(0, card->size_bytes(), scratch);
  try {
    return ReadModelCard(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    return {};
  }
}

std::string LastPartOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Whether a card that names `declared` means A. Folders are called after repositories, without
// whose they are.
bool IsNamedAfter(const std::string& declared, const AttestedModel& a) {
  return declared == a.name || (a.uri.empty() && LastPartOf(declared) == a.name);
}

std::string AddressOf(const std::string& name) {
  const bool is_hub_name = std::ranges::count(name, '/') == 1 && !name.starts_with('/') &&
                           !name.starts_with('.') && !name.ends_with('/');
  return is_hub_name ? fmt::format("hf://{}", name) : "";
}

bool ShowsRelation(ClaimOutcome outcome) {
  return outcome != ClaimOutcome::kUnsupported && outcome != ClaimOutcome::kUntestable;
}

std::optional<LineageBasis> BasisOf(bool declared, ClaimOutcome outcome) {
  if (ShowsRelation(outcome)) {
    return declared ? LineageBasis::kDeclaredAndWeights : LineageBasis::kWeights;
  }
  return declared ? std::optional(LineageBasis::kDeclared) : std::nullopt;
}

}  // namespace

std::string_view LineageBasisName(LineageBasis basis) {
  constexpr std::array<std::string_view, 3> kNames = {"declared", "weights",
                                                      "declared_and_weights"};
  return kNames[static_cast<std::size_t>(basis)];
}

BillOfMaterials MakeBill(const AttestRequest& request, const RequestContext& context) {
  AttestResults attested = AttestModels(request, context);
  const OpenedModel &a = *attested.trace.models.a().model, &b = *attested.trace.models.b().model;
  Inspection inspection_a = InspectOpened(a), inspection_b = InspectOpened(b);
  const ClaimOutcome outcome = OutcomeOfClaim(attested.trace);
  BillOfMaterials bill{.attested = std::move(attested),
                       .inspection_a = std::move(inspection_a),
                       .inspection_b = std::move(inspection_b),
                       .declared = OriginOf(b),
                       .outcome = outcome,
                       .basis = {},
                       .others = {},
                       .declared_as = {}};
  for (const std::string& name : bill.declared.bases) {
    if (bill.declared_as.empty() && IsNamedAfter(name, bill.attested.a)) {
      bill.declared_as = name;
    } else {
      bill.others.push_back({.name = name, .address = AddressOf(name)});
    }
  }
  bill.basis = BasisOf(!bill.declared_as.empty(), outcome);
  return bill;
}

}  // namespace modelkin
