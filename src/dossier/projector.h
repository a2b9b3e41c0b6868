// Weights to the projected rows of a dossier: what its maker does, and who checks an opening again.
#ifndef MODELKIN_DOSSIER_PROJECTOR_H_
#define MODELKIN_DOSSIER_PROJECTOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "dossier/dossier.h"
#include "dossier/sign_projection.h"

namespace modelkin {

// Of one seed and number of residual coordinates. All sums are in double and in the order of what
// is stored, so that the same weights give the same codes on every machine. Thread-safe. Members
// throw Error(kBadInput) where `checkpoint` lacks a tensor of the block's places, or it does not
// hold the place.
class Projector {
 public:
  Projector(const std::string& seed, std::uint64_t residual, std::size_t dimensions);

  // Fills in all of `side`, which is one of the block's, but its places. Where a matrix of hidden
  // units is like an identity its diagonal is left out, as it ties units to places
  // (docs/lineage.md, "Identities and signs").
  void Project(const Checkpoint& checkpoint, const UnitBlock& block, ProjectedSide& side) const;

  // Returns the row of an expert, by its own weight alone; all 0 if that is not finite.
  RowCodes ProjectExpert(const Checkpoint& checkpoint, const WeightPlace& weight) const;

 private:
  void ProjectHidden(const Checkpoint& checkpoint, const UnitBlock& block,
                     ProjectedSide& side) const;
  void ProjectHeads(const Checkpoint& checkpoint, const UnitBlock& block,
                    ProjectedSide& side) const;
  void ProjectRouter(const Checkpoint& checkpoint, ProjectedSide& side) const;
  void ProjectExperts(const Checkpoint& checkpoint, ProjectedSide& side) const;

  std::string seed_;
  SignProjection signs_, other_signs_;
};

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_PROJECTOR_H_
