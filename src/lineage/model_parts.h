// What the tests of lineage read of a model: its tensors under Llama-like names, each with the axis
// that runs over residual coordinates, and its MLPs.
#ifndef MODELKIN_LINEAGE_MODEL_PARTS_H_
#define MODELKIN_LINEAGE_MODEL_PARTS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "architecture/model_spec.h"
#include "architecture/placed_tensor.h"
#include "architecture/role_names.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// A tensor that may say something of who trained the model. Points into ModelParts::checkpoint.
using Part = PlacedTensor;

// Hidden units with their weights: an expert, shared experts, or a dense MLP. Tensors have two
// axes, of residual coordinates and of the units.
struct Mlp {
  std::string name;  // "model.layers.3.mlp.experts.5"
  std::optional<std::uint32_t> layer, expert;
  const Part* gate = nullptr;  // null where MLPs are not gated
  const Part* up = nullptr;
  const Part* down = nullptr;
  std::uint64_t width = 0;
};

// Attention heads of a layer; 0 where that is not known.
struct HeadCounts {
  std::uint64_t query = 0, groups = 0;  // of keys and values
};

struct ModelParts {
  Checkpoint checkpoint;
  std::vector<Part> parts;  // in the checkpoint's order; no buffers, scales, tables, packed codes
  std::vector<Mlp> mlps;
  std::optional<std::uint64_t> residual;  // residual coordinates, if it is a model with such
  std::vector<std::uint32_t> layers;      // numbers that occur, ascending
  HeadCounts heads;                       // of most layers
  std::set<std::uint32_t> other_heads;    // layers that have another number
  PackedUse packed;                       // codes of a quantisation, which are no parts
  bool incomplete = false;                // files or tensors of it are missing

  // Whether there is more to the model than its parts: what they lack may be in the rest.
  bool holds_unread() const { return packed.tensors > 0 || incomplete; }
  // Whether a layer's attention has as many heads as most layers'.
  bool HasHeads(std::uint32_t layer) const { return !other_heads.contains(layer); }
  const Part* Find(std::string_view name) const;
  // The weight of the role, of the language model; null if it is no part.
  const Part* Find(Role role) const;
  const Part* FindInLayer(std::uint32_t layer, Role role) const;
  const Part* FindInMlp(std::uint32_t layer, MlpId mlp, Role role) const;
};

// `spec` may be null: names and shapes then have to do. Reads the first values of embeddings and of
// tensors whose component is not known, to leave out those that a formula gives.
ModelParts PartsOf(const Checkpoint& checkpoint, const ModelSpec* spec);

// The same of a checkpoint whose tensors are under Llama-like names already (NamedByRole), without
// weights and biases of the role `left_out`.
ModelParts PartsOfNamed(Checkpoint named, const ModelSpec* spec, std::optional<Role> left_out = {});

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_MODEL_PARTS_H_
