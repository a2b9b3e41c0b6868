#include "requests/compare_pairing.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "architecture/named_by_role.h"
#include "architecture/placed_tensor.h"
#include "lineage/rotary_layout.h"

namespace modelkin {
namespace {

bool HasQueries(const Checkpoint& checkpoint) {
  const TensorPlacer placer(nullptr);
  return std::ranges::any_of(checkpoint.tensors(), [&](const Tensor& tensor) {
    return placer.Place(tensor).role == Role::kQuery;
  });
}

// Returns `stored` with its tensors in the order that `ordered` has them in under other names.
Checkpoint UnderStoredNames(const Checkpoint& stored, const Checkpoint& ordered) {
  std::unordered_map<std::string_view, const Tensor*> by_stored_name;
  for (const Tensor& tensor : ordered.tensors()) {
    by_stored_name.emplace(tensor.stored_name(), &tensor);
  }
  std::vector<Tensor> tensors;
  tensors.reserve(stored.tensors().size());
  for (const Tensor& tensor : stored.tensors()) {
    const auto found = by_stored_name.find(tensor.stored_name());
    const bool whole = found != by_stored_name.end() && found->second->shape == tensor.shape;
    Tensor& in_order = tensors.emplace_back(whole ? *found->second : tensor);
    in_order.name = tensor.name;
    in_order.stored = tensor.stored;
  }
  return {stored.path(),     stored.files(),      std::move(tensors),
          stored.warnings(), stored.incomplete(), stored.config()};
}

}  // namespace

bool PairsByNameAlone(const PairingOptions& options, bool by_name) {
  return by_name || !options.renames.empty();
}

RolePairing PairModels(const OpenedModel& a, const OpenedModel& b, const PairingOptions& options,
                       bool by_name) {
  if (PairsByNameAlone(options, by_name)) {
    return {.pairing = PairByName(a.checkpoint(), b.checkpoint(), options), .a = {}, .b = {}};
  }
  return PairByNameOrRole(a.checkpoint(), a.spec(), b.checkpoint(), b.spec(), options);
}

Checkpoint InOrderOf(const OpenedModel& model_a, const OpenedModel& model_b,
                     const RolePairing& paired, const RotaryOrder& order) {
  const Checkpoint& a = paired.a ? *paired.a : model_a.checkpoint();
  const Checkpoint& b = paired.b ? *paired.b : model_b.checkpoint();
  if (paired.by_role || HasQueries(b)) return InRotaryOrder(b, a, order);
  return UnderStoredNames(
      b, InRotaryOrder(NamedByRole(b, model_b.spec()), NamedByRole(a, model_a.spec()), order));
}

void PutInOneOrder(const OpenedModel& model_a, const OpenedModel& model_b,
                   const PairingOptions& options, unsigned threads, RolePairing& paired) {
  const Checkpoint& a = paired.a ? *paired.a : model_a.checkpoint();
  const Checkpoint& b = paired.b ? *paired.b : model_b.checkpoint();
  const RotaryOrder order = paired.by_role || HasQueries(b)
                                ? FindRotaryOrder(a, b, threads)
                                : FindRotaryOrder(NamedByRole(a, model_a.spec()),
                                                  NamedByRole(b, model_b.spec()), threads);
  if (order.is_same()) return;
  Checkpoint ordered = InOrderOf(model_a, model_b, paired, order);
  paired.pairing = PairByName(a, ordered, options);
  paired.b = std::move(ordered);
  paired.rotary_layout = order.layout;
}

PairingOptions WithoutRenames(PairingOptions options) {
  options.renames.clear();
  return options;
}

}  // namespace modelkin
