// What a bill of materials says of a model: what it is, and what it goes back to.
#ifndef MODELKIN_REQUESTS_BILL_H_
#define MODELKIN_REQUESTS_BILL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/model_card.h"
#include "requests/attest.h"
#include "requests/check.h"
#include "requests/inspect.h"

namespace modelkin {

// What the bill may say of a relation, and by whose word.
enum class LineageBasis : std::uint8_t {
  kDeclared,            // the model's card alone; nothing was compared
  kWeights,             // the weights, and no card
  kDeclaredAndWeights,  // both
};

// Returns "declared", "weights" or "declared_and_weights".
std::string_view LineageBasisName(LineageBasis basis);

// A model that the card names as a base, and which was not compared.
struct CardBase {
  std::string name;     // "org/name"
  std::string address;  // "hf://org/name", where it is a hub's; else ""
};

struct BillOfMaterials {
  AttestResults attested;
  Inspection inspection_a, inspection_b;
  DeclaredOrigin declared;  // by B's card; nothing where there is none that can be read
  ClaimOutcome outcome = ClaimOutcome::kUntestable;  // of B's being built on A
  // Of A; nullopt where no card names it and the weights show no relation.
  std::optional<LineageBasis> basis;
  std::vector<CardBase> others;  // that the card names besides A
  std::string declared_as;       // what the card calls A; "" where it does not name it
};

// Traces A against B, as AttestModels does, and reads B's card. Throws what that throws.
BillOfMaterials MakeBill(const AttestRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_BILL_H_
