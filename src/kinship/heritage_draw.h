// Which tensors of B are traced to A's one by one, where not all are: docs/kinship.md, "Tensor by
// tensor".
#ifndef MODELKIN_KINSHIP_HERITAGE_DRAW_H_
#define MODELKIN_KINSHIP_HERITAGE_DRAW_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lineage/copied_tensors.h"
#include "lineage/model_parts.h"

namespace modelkin {

// One tensor of B that is compared with A's.
struct DrawnTensor {
  std::vector<std::uint32_t> rows;  // ascending; empty: all of it
  double weight = 1;                // tensors of its role that it stands for, itself included
};

struct HeritageDraw {
  bool takes_all = true;  // and the rest means nothing
  // By names of B's tensors.
  std::unordered_map<std::string, DrawnTensor> drawn;
  bool bytes_compared = false;  // of tensors of the same name, but for those that are named here
  std::unordered_set<std::string> not_compared;
  // Of B's tensors that have A's bytes: names of A's. These are known without being drawn.
  std::unordered_map<std::string, std::string> same;

  // Returns whether it has other bytes than the tensor of its name in A.
  bool HasOtherBytes(const std::string& name) const {
    return bytes_compared && !not_compared.contains(name) && !same.contains(name);
  }
  bool Takes(const std::string& name) const { return takes_all || drawn.contains(name); }
  // Returns the rows to compare; null: all.
  const std::vector<std::uint32_t>* RowsOf(const std::string& name) const;
  // Returns 0 of what is neither drawn nor known, 1 where all are taken.
  double WeightOf(const std::string& name) const;
};

// Draws up to four tensors of each role, spread over layers and experts in the same way for all
// roles that have as many, of those whose bytes are not A's; of matrices of more than 2^21
// elements, tiles of 128 rows with about as many. At most 2^27 elements in all, so that models of
// many roles get fewer of each, but at least one. Tensors of more than 2^21 elements with other
// than two axes are never drawn. `copies`: of the models with residual coordinates as they are in A
// and B, or null. The draw depends on `seed`, names, shapes and `copies`.
HeritageDraw DrawHeritage(const ModelParts& b, const CopiedTensors* copies, std::uint64_t seed);

// The tensors of `parts` that are drawn by rows, with these rows alone: of type F32, under their
// names. `parts` has to outlive it.
Checkpoint DrawnRowsOf(const ModelParts& parts, const HeritageDraw& draw);

// One tensor of `parts`, of two axes, with these rows alone, in the same way.
Checkpoint OnlyRows(const ModelParts& parts, const Part& part, std::vector<std::uint32_t> rows);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_HERITAGE_DRAW_H_
