// Which matrices of a model a sketch is made of, and which of their rows.
#ifndef MODELKIN_SKETCH_SKETCHED_MATRICES_H_
#define MODELKIN_SKETCH_SKETCHED_MATRICES_H_

#include <cstdint>
#include <vector>

#include "lineage/model_parts.h"
#include "sketch/sketch.h"

namespace modelkin {

// As many rows of each matrix as hold about this many values, within these bounds.
inline constexpr std::uint64_t kSketchValues = std::uint64_t{1} << 16;
inline constexpr std::uint64_t kFewestSketchRows = 8, kMostSketchRows = 1024;

struct SketchedMatrix {
  std::uint32_t layer = 0;
  const Part* part = nullptr;
};

// Matrices of one role and one shape, one a layer. Points into the model's parts.
struct SketchedMatrices {
  Component kind = Component::kText;
  SketchPlace place;
  std::vector<SketchedMatrix> matrices;  // ascending by layer, at most kMostSketchLayers
  // No name has the number of a layer: matrices of one shape are numbered in their order.
  bool nameless = false;

  // Rows [first_row(), first_row() + row_count()) are taken: those in the middle. They depend on
  // the place alone.
  std::uint64_t row_count() const;
  std::uint64_t first_row() const { return (place.rows - row_count()) / 2; }
  std::uint64_t value_count() const { return row_count() * place.columns; }
};

// Returns those of each component that has any: of a language model the outputs of attention; else,
// and where it has none, the matrices of the name that most layers have, and of several such the
// largest. Of several shapes the one that most layers have is taken; of more layers than fit, those
// of the smallest LayerRank. Matrices of columns beyond 2^17 are left out. Where no name tells a
// layer, the language model's are all matrices of the shape that most of them have.
std::vector<SketchedMatrices> ChooseMatrices(const ModelParts& model);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCHED_MATRICES_H_
