// What a party shows of its model for another to compare: docs/dossier.md.
#ifndef MODELKIN_DOSSIER_DOSSIER_H_
#define MODELKIN_DOSSIER_DOSSIER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dossier/merkle_tree.h"
#include "dossier/placed_weight.h"
#include "dossier/row_codes.h"
#include "numeric/dtype.h"
#include "numeric/shape.h"

namespace modelkin {

// What is in random order in a model that was initialised on its own, and is matched by two
// weights.
enum class UnitKind : std::uint8_t {
  kHidden,   // units of an MLP, by gate and up rows; of one that is not gated by up and down
  kHeads,    // key and value groups of a layer, by queries with keys, and by values with outputs
  kExperts,  // of a layer, by router rows, and by sums over their gate (or up) rows
};
inline constexpr std::size_t kUnitKinds = 3;

// Returns "hidden", "heads" or "experts".
std::string_view UnitKindName(UnitKind kind);

// Rows of the units by one of the two weights, projected.
struct ProjectedSide {
  // Of hidden units one; of heads two, whose products are projected; of experts the router, or one
  // of each expert.
  std::vector<WeightPlace> weights;
  bool finite = true;  // else all codes are 0
  RowCodes rows;       // of the units told of, in the model's order
  // The sum over all units, which no order of them changes: what blocks are paired by.
  RowCodes sum;

  bool operator==(const ProjectedSide&) const = default;
};

struct UnitBlock {
  UnitKind kind = UnitKind::kHidden;
  std::string name;  // "model.layers.3.mlp.experts.5"
  std::optional<std::uint32_t> layer, expert;
  bool gated = true;        // of hidden units
  std::uint64_t units = 0;  // in the model; which are told of follows from the seed (UnitsTold)
  ProjectedSide first, second;

  bool operator==(const UnitBlock&) const = default;
};

// A tensor that was committed to.
struct OutlineTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;

  bool operator==(const OutlineTensor&) const = default;
};

// An MLP that could have been told of.
struct OutlineMlp {
  std::string name;
  std::optional<std::uint32_t> layer, expert;

  bool operator==(const OutlineMlp&) const = default;
};

struct Dossier {
  Digest root = {};
  std::string seed;
  std::size_t dimensions = 0;
  std::uint64_t residual = 0;          // coordinates of a row before it was projected
  std::vector<OutlineTensor> outline;  // all tensors, in the order of the leaves
  std::vector<OutlineMlp> mlps;
  std::vector<std::uint32_t> head_layers, expert_layers;  // that could have been told of
  std::vector<UnitBlock> blocks;                          // hidden units, heads, experts

  bool operator==(const Dossier&) const = default;
};

inline constexpr std::size_t kMostMlpsTold = 64;
inline constexpr std::size_t kMostLayersTold = 16;  // of heads, and of experts
inline constexpr std::uint64_t kFewestUnitsTold = 1024;
// Of more units one of so many, so that of renumbered ones enough are in both dossiers.
inline constexpr std::uint64_t kUnitsForOneTold = 8;

// Returns which of an MLP's units are told of, ascending: all of up to kFewestUnitsTold.
std::vector<std::uint32_t> UnitsTold(const std::string& seed, std::uint64_t units);

// Returns the names of MLPs and the layers that the seed draws, out of what the dossier lists: what
// its blocks have to be, in their order.
struct BlockId {
  UnitKind kind = UnitKind::kHidden;
  std::string name;  // of an MLP; else ""
  std::optional<std::uint32_t> layer;

  bool operator==(const BlockId&) const = default;
};
std::vector<BlockId> BlocksTold(const Dossier& dossier);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_DOSSIER_H_
