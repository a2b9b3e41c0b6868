// What kinds of derivation are looked for in.
#ifndef MODELKIN_KINSHIP_KINDS_FINDINGS_H_
#define MODELKIN_KINSHIP_KINDS_FINDINGS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "basis/hidden_basis.h"
#include "kinship/derivation_kind.h"
#include "kinship/merge_fit.h"
#include "kinship/tensor_heritage.h"

namespace modelkin {

// Tensors that something was found in.
struct FoundTensors {
  std::uint64_t tensors = 0, elements = 0;
  std::set<std::string> roles;

  void Add(const TensorHeritage& tensor);
  // Returns none where there are more than a few.
  std::vector<std::string> few_roles() const;
};

struct Findings {
  const PairAnalysis&
      pair;  // as it was linked: in the fitted basis if that is where the link shows
  const HiddenBasis* basis;  // null if coordinates are as they were
  const Alignment& alignment;
  const std::vector<TensorHeritage>& heritage;
  const MergeFit* merge;            // null if no parents were named
  bool only_started_alike = false;  // so that neither was made from the other
  unsigned threads = 0;
  std::vector<Kind> named = {};  // by rows above in the table of kinds

  bool Has(DerivationKind kind) const;
  // Whether it is enough of what B has from A.
  bool IsMuch(const FoundTensors& found) const;
  bool is_rotated() const;
  // Embeddings that are alike fit a basis; it is B's only if what is behind them is A's in it.
  bool IsLinkedInBasis() const;

  template <class Wanted>
  FoundTensors Find(const Wanted& wanted) const {
    FoundTensors found;
    for (const TensorHeritage& tensor : heritage) {
      if (wanted(tensor)) found.Add(tensor);
    }
    return found;
  }
};

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_KINDS_FINDINGS_H_
