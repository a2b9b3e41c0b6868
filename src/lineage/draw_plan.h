// What a look at a pair of models takes of it: docs/lineage.md, "Effort".
#ifndef MODELKIN_LINEAGE_DRAW_PLAN_H_
#define MODELKIN_LINEAGE_DRAW_PLAN_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/named_fields.h"

namespace modelkin {

// How many of what a look takes, at most. Which ones is drawn by the seed, by names and by shapes
// alone, never by a value: all tests over the order of units are then as exact for what was drawn
// as they are for all of it.
struct DrawPlan {
  static constexpr std::uint64_t kAll = UINT64_MAX;

  std::uint64_t rows = kAll;   // of weights in residual_trace, and of tables in residual_tables
  std::uint64_t units = kAll;  // hidden units of each MLP of B that is matched
  std::uint64_t mlps = kAll;   // MLPs of B that are matched
  std::uint64_t mlp_values = kAll;  // of A, that they are matched with, but of two MLPs at least
  std::uint64_t sums = kAll;  // residual coordinates that MLPs are found by; 0: by routers, layers
  std::uint64_t layers = kAll;  // of which attention is read as a whole
  std::uint64_t tokens = kAll;  // rows of an embedding
  std::uint64_t run_bytes = 1;  // that lie side by side, where rows do, at least

  // Returns whether it takes everything.
  bool is_all() const;
  bool operator==(const DrawPlan&) const = default;
};

template <>
inline constexpr std::tuple kNamedFields<DrawPlan> = {
    NamedField("rows", &DrawPlan::rows),     NamedField("units", &DrawPlan::units),
    NamedField("mlps", &DrawPlan::mlps),     NamedField("sums", &DrawPlan::sums),
    NamedField("layers", &DrawPlan::layers), NamedField("tokens", &DrawPlan::tokens)};

// Places side by side, [first, first + count).
struct PlaceRun {
  std::uint64_t first = 0, count = 0;

  bool operator==(const PlaceRun&) const = default;
};

// Draws at most `count` of the places [0, of), in runs of at most `length`, ascending and apart
// from each other: one at a random place of each of as many equal parts as there are runs. All of
// them as one run where `count` >= `of`. `what` names what is drawn from: other names give other
// draws.
std::vector<PlaceRun> DrawRuns(std::uint64_t seed, std::string_view what, std::uint64_t of,
                               std::uint64_t count, std::uint64_t length = 1);

// Returns the same places one by one.
std::vector<std::uint32_t> DrawPlaces(std::uint64_t seed, std::string_view what, std::uint32_t of,
                                      std::uint64_t count, std::uint64_t length = 1);

// Returns which of `layers` layers, by their places, attention is read of as a whole.
std::vector<std::uint32_t> LayersOfWholeAttention(const DrawPlan& plan, std::uint64_t seed,
                                                  std::size_t layers);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_DRAW_PLAN_H_
