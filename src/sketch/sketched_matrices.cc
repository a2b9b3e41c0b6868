#include "sketch/sketched_matrices.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "sketch/sketch_record.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kWidestColumns = 16 * kSketchValues / kFewestSketchRows;

struct MatrixShape {
  std::uint64_t rows = 0, columns = 0;
  auto operator<=>(const MatrixShape&) const = default;
};

MatrixShape ShapeOf(const Part& part) {
  const std::uint64_t rows = part.tensor->shape.front();
  return {.rows = rows, .columns = part.tensor->elements / rows};
}

bool MayBeSketched(const Part& part, Component kind) {
  if (part.component != kind || part.is_bias || part.tensor->shape.size() < 2) return false;
  const MatrixShape shape = ShapeOf(part);
  return shape.rows >= 2 && shape.columns >= 2 && shape.columns <= kWidestColumns;
}

// Matrices of one name in several layers: one a layer and shape, the first of them.
using ByShape = std::map<MatrixShape, std::map<std::uint32_t, const Part*>>;
// By the pattern of their names.
using ByPattern = std::map<std::string, ByShape>;

// Of the shapes the one that most layers have, then the largest.
ByShape::const_iterator MostLayers(const ByShape& shapes) {
  return std::ranges::max_element(shapes, {}, [](const auto& entry) {
    return std::tuple(entry.second.size(), entry.first.rows * entry.first.columns);
  });
}

ByPattern InLayers(const ModelParts& model, Component kind, bool outputs) {
  ByPattern candidates;
  for (const Part& part : model.parts) {
    if (!MayBeSketched(part, kind) || !part.layer || *part.layer > kMostSketchLayerNumber) continue;
    if (outputs && part.role != Role::kAttentionOutput) continue;
    candidates[outputs ? "" : part.pattern][ShapeOf(part)].try_emplace(*part.layer, &part);
  }
  return candidates;
}

ByPattern WithoutLayers(const ModelParts& model, Component kind) {
  ByPattern candidates;
  for (const Part& part : model.parts) {
    if (!MayBeSketched(part, kind)) continue;
    auto& matrices = candidates[""][ShapeOf(part)];
    const auto number = static_cast<std::uint32_t>(matrices.size());
    if (number <= kMostSketchLayerNumber) matrices.emplace(number, &part);
  }
  return candidates;
}

void KeepFirstRanked(std::vector<SketchedMatrix>& matrices) {
  if (matrices.size() <= kMostSketchLayers) return;
  std::ranges::sort(matrices, {}, [](const SketchedMatrix& m) { return LayerRank(m.layer); });
  matrices.resize(kMostSketchLayers);
  std::ranges::sort(matrices, {}, &SketchedMatrix::layer);
}

std::optional<SketchedMatrices> ChooseOf(const ModelParts& model, Component kind) {
  const bool language = kind == Component::kText;
  ByPattern candidates = InLayers(model, kind, language);
  const bool outputs = language && !candidates.empty();
  if (candidates.empty()) candidates = InLayers(model, kind, false);
  const bool nameless = language && candidates.empty();
  if (nameless) candidates = WithoutLayers(model, kind);
  if (candidates.empty()) return std::nullopt;
  const auto best = std::ranges::max_element(candidates, {}, [](const auto& entry) {
    const auto& [shape, layers] = *MostLayers(entry.second);
    return std::tuple(layers.size(), shape.rows * shape.columns);
  });
  const auto& [shape, layers] = *MostLayers(best->second);
  SketchedMatrices chosen{.kind = kind,
                          .place = {.role = outputs ? Role::kAttentionOutput : Role::kUnknown,
                                    .rows = shape.rows,
                                    .columns = shape.columns},
                          .nameless = nameless};
  for (const auto& [layer, part] : layers) chosen.matrices.push_back({layer, part});
  KeepFirstRanked(chosen.matrices);
  return chosen;
}

}  // namespace

std::uint64_t SketchedMatrices::row_count() const {
  return std::min(place.rows,
                  std::clamp(kSketchValues / place.columns, kFewestSketchRows, kMostSketchRows));
}

std::vector<SketchedMatrices> ChooseMatrices(const ModelParts& model) {
  std::vector<SketchedMatrices> all;
  for (const Component kind :
       {Component::kText, Component::kVision, Component::kAudio, Component::kProjector}) {
    if (auto chosen = ChooseOf(model, kind)) all.push_back(std::move(*chosen));
  }
  return all;
}

}  // namespace modelkin
