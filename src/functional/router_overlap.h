// Whether two models' routers send the same tokens to the same experts, whatever their numbers.
#ifndef MODELKIN_FUNCTIONAL_ROUTER_OVERLAP_H_
#define MODELKIN_FUNCTIONAL_ROUTER_OVERLAP_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/named_fields.h"
#include "functional/model_record.h"
#include "functional/token_alignment.h"

namespace modelkin {

// Experts are matched by the tokens that they share among every second of the pairs of positions;
// all else is counted on the others, so that the matching earns nothing by itself.
struct RouterOverlap {
  std::size_t layer_a = 0, layer_b = 0;
  std::uint64_t experts_a = 0, experts_b = 0;
  std::uint64_t chosen_a = 0, chosen_b = 0;           // a token
  std::uint64_t positions = 0;                        // counted
  std::vector<std::optional<std::uint32_t>> partner;  // of each expert of A
  // Of the choices of whichever side chooses fewer, the share that the other side's partner is
  // among. By chance: were choices of A and B independent, with the same loads.
  double overlap = 0, overlap_by_chance = 0;
  std::optional<double> overlap_in_place;  // experts taken by their numbers; as many on both sides
  std::vector<std::uint64_t> load_a, load_b;  // tokens, by number
  // Pearson's correlations over matched experts: of loads, and of how often two are chosen
  // together. Nothing where a side does not vary, or there are fewer than three.
  std::optional<double> load_correlation, coactivation_correlation;
};

template <>
inline constexpr std::tuple kNamedFields<RouterOverlap> = {
    NamedField("layer_a", &RouterOverlap::layer_a),
    NamedField("layer_b", &RouterOverlap::layer_b),
    NamedField("experts_a", &RouterOverlap::experts_a),
    NamedField("experts_b", &RouterOverlap::experts_b),
    NamedField("chosen_a", &RouterOverlap::chosen_a),
    NamedField("chosen_b", &RouterOverlap::chosen_b),
    NamedField("positions", &RouterOverlap::positions),
    NamedField("partner", &RouterOverlap::partner),
    NamedField("overlap", &RouterOverlap::overlap),
    NamedField("overlap_by_chance", &RouterOverlap::overlap_by_chance),
    NamedField("overlap_in_place", &RouterOverlap::overlap_in_place),
    NamedField("load_a", &RouterOverlap::load_a),
    NamedField("load_b", &RouterOverlap::load_b),
    NamedField("load_correlation", &RouterOverlap::load_correlation),
    NamedField("coactivation_correlation", &RouterOverlap::coactivation_correlation)};

// Layers with routers in both, paired by depth; none where there are fewer than two positions.
std::vector<RouterOverlap> CompareRouters(const ModelRecord& a, const ModelRecord& b,
                                          const std::vector<RowPair>& pairs, unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_ROUTER_OVERLAP_H_
