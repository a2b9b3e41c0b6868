#include "kinship/heritage_draw.h"

#include <algorithm>
#include <map>
#include <utility>

#include "basis/arranged_checkpoint.h"
#include "lineage/draw_plan.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kDrawnOfARole = 4;
constexpr std::uint64_t kDrawnElements = std::uint64_t{1} << 27;
constexpr std::uint64_t kDrawnElementsOfATensor = std::uint64_t{1} << 21;
// Grids of blocks begin at such rows.
constexpr std::uint64_t kDrawnTileRows = 128;

using PartsOfRole = std::vector<const Part*>;

// Elements of a part that are compared if it is drawn; 0: it can't be.
std::uint64_t DrawnElementsOf(const Part& part) {
  const Tensor& tensor = *part.tensor;
  if (tensor.elements <= kDrawnElementsOfATensor) return tensor.elements;
  if (tensor.shape.size() != 2) return 0;
  return std::min(tensor.elements,
                  std::max(kDrawnElementsOfATensor, kDrawnTileRows * tensor.shape[1]));
}

std::vector<std::uint32_t> RowsToDraw(const Tensor& tensor, std::uint64_t seed) {
  std::vector<std::uint32_t> rows;
  if (tensor.elements <= kDrawnElementsOfATensor) return rows;
  const std::uint64_t tiles = (tensor.shape[0] + kDrawnTileRows - 1) / kDrawnTileRows;
  const std::uint64_t count =
      std::max<std::uint64_t>(1, kDrawnElementsOfATensor / (kDrawnTileRows * tensor.shape[1]));
  if (count >= tiles) return rows;
  for (const PlaceRun& run : DrawRuns(seed, "heritage of " + tensor.name, tiles, count)) {
    const std::uint64_t begin = run.first * kDrawnTileRows;
    const std::uint64_t end = std::min((run.first + run.count) * kDrawnTileRows, tensor.shape[0]);
    for (std::uint64_t row = begin; row < end; ++row) {
      rows.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return rows;
}

// The largest number of tensors of each role, at most kDrawnOfARole, that together have few enough
// elements.
std::uint64_t DrawnOfEachRole(const std::map<std::string, PartsOfRole>& roles) {
  for (std::uint64_t count = kDrawnOfARole; count > 1; --count) {
    std::uint64_t elements = 0;
    for (const auto& [role, parts] : roles) {
      std::uint64_t largest = 0;
      for (const Part* const part : parts) largest = std::max(largest, DrawnElementsOf(*part));
      elements += std::min<std::uint64_t>(count, parts.size()) * largest;
    }
    if (elements <= kDrawnElements) return count;
  }
  return 1;
}

}  // namespace

const std::vector<std::uint32_t>* HeritageDraw::RowsOf(const std::string& name) const {
  const auto found = drawn.find(name);
  return found == drawn.end() || found->second.rows.empty() ? nullptr : &found->second.rows;
}

double HeritageDraw::WeightOf(const std::string& name) const {
  if (takes_all || same.contains(name)) return 1;
  const auto found = drawn.find(name);
  return found == drawn.end() ? 0 : found->second.weight;
}

HeritageDraw DrawHeritage(const ModelParts& b, const CopiedTensors* copies, std::uint64_t seed) {
  HeritageDraw draw{.takes_all = false, .bytes_compared = copies != nullptr};
  if (copies != nullptr) {
    for (const Tensor* const tensor : copies->not_compared) draw.not_compared.insert(tensor->name);
    for (const CopiedTensor& copy : copies->identical) draw.same[copy.b->name] = copy.a->name;
  }
  std::map<std::string, PartsOfRole> roles;
  for (const Part& part : b.parts) {
    if (draw.same.contains(part.tensor->name) || DrawnElementsOf(part) == 0) continue;
    roles[part.pattern].push_back(&part);
  }
  const std::uint64_t count = DrawnOfEachRole(roles);
  for (const auto& [role, parts] : roles) {
    const auto places =
        DrawPlaces(seed, "heritage", static_cast<std::uint32_t>(parts.size()), count);
    const double weight = static_cast<double>(parts.size()) / static_cast<double>(places.size());
    for (const std::uint32_t place : places) {
      const Tensor& tensor = *parts[place]->tensor;
      draw.drawn[tensor.name] = {.rows = RowsToDraw(tensor, seed), .weight = weight};
    }
  }
  return draw;
}

Checkpoint DrawnRowsOf(const ModelParts& parts, const HeritageDraw& draw) {
  std::vector<Arrangement> drawn;
  for (const Part& part : parts.parts) {
    const auto* const rows = draw.RowsOf(part.tensor->name);
    if (rows == nullptr) continue;
    drawn.push_back({.from = &part, .name = part.tensor->name, .rows = *rows});
  }
  return Arranged(parts, std::move(drawn));
}

Checkpoint OnlyRows(const ModelParts& parts, const Part& part, std::vector<std::uint32_t> rows) {
  return Arranged(parts, {{.from = &part, .name = part.tensor->name, .rows = std::move(rows)}});
}

}  // namespace modelkin
