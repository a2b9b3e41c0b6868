// Whether opened tensors are what was committed to, and what a dossier tells of.
#include <algorithm>
#include <set>

#include "base/parallel.h"
#include "dossier/opening.h"
#include "dossier/projector.h"

namespace modelkin {
namespace {

LeafFinding FindLeaf(const Opening& opening, const OpenedTensor& opened,
                     const Commitment& commitment, const Dossier* dossier, Progress& progress) {
  const Tensor& tensor = *opening.checkpoint.Find(opened.name);
  const Digest leaf = LeafOf(opening.checkpoint, tensor, opened.nonce, progress);
  if (RootByPath(leaf, opened.index, commitment.tensors, opened.path) != commitment.root) {
    return LeafFinding::kNotInTree;
  }
  if (dossier == nullptr) return LeafFinding::kCommitted;
  const OutlineTensor told{.name = tensor.name, .dtype = tensor.dtype, .shape = tensor.shape};
  return opened.index < dossier->outline.size() && dossier->outline[opened.index] == told
             ? LeafFinding::kCommitted
             : LeafFinding::kNotOutline;
}

// Whether what the dossier tells of a side is what its weights give.
bool Matches(const Checkpoint& opened, const Dossier& dossier, const ChallengedSide& challenged,
             const Projector& projector) {
  const UnitBlock& told = dossier.blocks[challenged.block];
  if (challenged.expert) {
    const RowCodes row = projector.ProjectExpert(opened, told.second.weights[*challenged.expert]);
    const auto from = told.second.rows.begin() +
                      static_cast<std::ptrdiff_t>(*challenged.expert * dossier.dimensions);
    return told.second.finite && std::ranges::equal(row, std::span(from, dossier.dimensions));
  }
  UnitBlock block = told;
  ProjectedSide& side = challenged.is_second ? block.second : block.first;
  projector.Project(opened, block, side);
  return side == (challenged.is_second ? told.second : told.first);
}

}  // namespace

bool OpeningChecks::passed() const {
  const bool committed = std::ranges::all_of(
      tensors, [](const TensorCheck& check) { return check.finding == LeafFinding::kCommitted; });
  const bool told = std::ranges::all_of(
      sides, [](const SideCheck& check) { return check.opened && check.matches; });
  return is_of_commitment && !tensors.empty() && committed && told;
}

OpeningChecks CheckOpening(const Opening& opening, const Commitment& commitment,
                           const Dossier* dossier, const OpeningCheckOptions& options,
                           Progress& progress) {
  OpeningChecks checks;
  checks.is_of_commitment = dossier == nullptr || (dossier->root == commitment.root &&
                                                   dossier->outline.size() == commitment.tensors);
  std::set<std::string> committed;
  for (const OpenedTensor& opened : opening.tensors) {
    checks.tensors.push_back(
        {.name = opened.name, .finding = FindLeaf(opening, opened, commitment, dossier, progress)});
    if (checks.tensors.back().finding == LeafFinding::kCommitted) committed.insert(opened.name);
  }
  if (dossier == nullptr) return checks;
  const bool asked = !options.challenged.empty();
  for (const ChallengedSide& side : asked ? options.challenged : AllSides(*dossier)) {
    const bool opened = std::ranges::all_of(
        side.tensors, [&](const std::string& name) { return committed.contains(name); });
    if (opened || asked) checks.sides.push_back({.side = side, .opened = opened});
  }
  const Projector projector(dossier->seed, dossier->residual, dossier->dimensions);
  ParallelFor(options.threads, checks.sides.size(), [&](std::size_t i, unsigned) {
    SideCheck& check = checks.sides[i];
    check.matches = check.opened && Matches(opening.checkpoint, *dossier, check.side, projector);
  });
  return checks;
}

}  // namespace modelkin
