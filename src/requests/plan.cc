#include "requests/plan.h"

#include <map>
#include <utility>

#include "requests/compare_pairing.h"

namespace modelkin {
namespace {

PlannedInput PlanOf(const Input& input, std::vector<const Tensor*> tensors) {
  return {.id = input.id,
          .resolved = input.model->places().Resolve(input.model->path()),
          .plan = PlanMoves(input.checkpoint(), std::move(tensors))};
}

}  // namespace

std::vector<PlannedInput> PlanComparison(const CompareRequest& request,
                                         const RequestContext& context) {
  RequireSense(request);
  const Inputs models = Inputs::OpenOneOrMore(request.models, request.opening, context);
  const CompareOptions& options = request.options;
  std::map<InputId, std::vector<const Tensor*>> tensors;
  const auto add = [&](const Input& a, const Input& b, const Pairing& paired) {
    for (const TensorPair& pair : paired.pairs) {
      if (!pair.comparable()) continue;
      tensors[a.id].push_back(pair.a);
      tensors[b.id].push_back(pair.b);
    }
  };
  std::deque<RolePairing> pairings;  // tensors point into them
  const auto add_pair = [&](const Input& a, const Input& b, const PairingOptions& pairing) {
    add(a, b,
        pairings.emplace_back(PairModels(*a.model, *b.model, pairing, options.by_name)).pairing);
  };
  if (models.has_b()) add_pair(models.a(), models.b(), options.pairing);
  const PairingOptions unmapped = WithoutRenames(options.pairing);
  for (const Input* const control : models.Of(InputRole::kControl)) {
    add_pair(models.a(), *control, unmapped);
    add_pair(models.b(), *control, unmapped);
  }
  for (const Input& input : models.all()) {
    const bool within = options.within && input.id.role != InputRole::kControl;
    if (within) add(input, input, PairWithin(input.checkpoint(), unmapped));
  }
  std::vector<PlannedInput> plan;
  for (const Input& input : models.all()) {
    plan.push_back(PlanOf(input, std::move(tensors[input.id])));
  }
  return plan;
}

std::vector<PlannedInput> PlanWhole(const Inputs& models) {
  std::vector<PlannedInput> plan;
  for (const Input& input : models.all()) {
    std::vector<const Tensor*> tensors;
    tensors.reserve(input.checkpoint().tensors().size());
    for (const Tensor& tensor : input.checkpoint().tensors()) tensors.push_back(&tensor);
    plan.push_back(PlanOf(input, std::move(tensors)));
  }
  return plan;
}

}  // namespace modelkin
