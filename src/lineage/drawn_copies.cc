#include "lineage/drawn_copies.h"

#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lineage/drawn_mlps.h"

namespace modelkin {
namespace {

using ExpertPlaces = std::unordered_map<std::string_view, CopyDraw::Place>;

// By names of experts.
ExpertPlaces PlacesOfExperts(const std::vector<Mlp>& mlps, std::uint64_t seed) {
  std::vector<std::size_t> experts;
  std::set<std::uint32_t> layers;
  for (std::size_t i = 0; i < mlps.size(); ++i) {
    if (!mlps[i].expert || !mlps[i].layer) continue;
    experts.push_back(i);
    layers.insert(*mlps[i].layer);
  }
  ExpertPlaces places;
  for (const std::size_t i : experts) {
    places[mlps[i].name] = {.is_drawn = false, .group = mlps[i].layer};
  }
  for (const std::size_t i : DrawnMlps(mlps, experts, seed, layers.size())) {
    places[mlps[i].name].is_drawn = true;
  }
  return places;
}

// Of a tensor, by what its name begins with; always drawn if it belongs to no expert.
CopyDraw::Place PlaceOf(std::string_view name, const ExpertPlaces& experts) {
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (const auto found = experts.find(name.substr(0, dot)); found != experts.end()) {
      return found->second;
    }
  }
  return {};
}

}  // namespace

CopyDraw DrawCopies(const ModelParts& b, const DrawPlan& plan, std::uint64_t seed) {
  CopyDraw draw;
  if (plan.run_bytes == 1) return draw;
  const ExpertPlaces experts = PlacesOfExperts(b.mlps, seed);
  if (experts.empty()) return draw;
  draw.places.reserve(b.checkpoint.tensors().size());
  for (const Tensor& tensor : b.checkpoint.tensors()) {
    draw.places.push_back(PlaceOf(tensor.name, experts));
  }
  return draw;
}

}  // namespace modelkin
