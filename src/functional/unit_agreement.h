// Hidden units matched by what they do: docs/lineage.md, "Two matchings", by activations in
// place of weights, so that no change of the residual basis matters (Zhu, Pratt, Liang et al.,
// "Independence tests for language models", arXiv 2502.12292, section 3.2).
#ifndef MODELKIN_FUNCTIONAL_UNIT_AGREEMENT_H_
#define MODELKIN_FUNCTIONAL_UNIT_AGREEMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/skipped.h"
#include "functional/model_record.h"
#include "functional/token_alignment.h"

namespace modelkin {

// Units are matched by the correlation over tokens of what their activation function is applied
// to, and again of what that is multiplied by. In unrelated models the second matching knows
// nothing of the first, but for what both learned of the same language: some units of any two
// models do the same (Gurnee et al., "Universal neurons in GPT2 language models", 2024). So there
// is no p: chance alone is not the null, and the share of units that agree is to be seen beside
// controls.
struct UnitAgreement {
  std::size_t layer_a = 0, layer_b = 0;
  Skipped skipped;  // why there is nothing else
  std::uint64_t positions = 0;
  std::uint64_t units_a = 0, units_b = 0;  // that vary over the positions
  std::uint64_t agreed = 0;                // with the same partner by both matchings
  double expected = 0;  // by chance, of matchings that know nothing of each other

  // Of the side with fewer units.
  double share() const;
};

// MLPs that all tokens pass, of layers recorded in both, paired by depth.
std::vector<UnitAgreement> CompareUnits(const ModelRecord& a, const ModelRecord& b,
                                        const std::vector<RowPair>& pairs, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_UNIT_AGREEMENT_H_
