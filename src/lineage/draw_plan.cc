#include "lineage/draw_plan.h"

#include <algorithm>
#include <array>

#include "statistics/random.h"

namespace modelkin {
namespace {

// FNV-1a (Fowler, Noll & Vo), the same on every machine.
std::uint64_t StreamOf(std::string_view what) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : what) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// Of at most 2^53 places.
std::uint64_t PlaceBelow(Random& random, std::uint64_t bound) {
  return std::min(static_cast<std::uint64_t>(random.Uniform() * static_cast<double>(bound)),
                  bound - 1);
}

}  // namespace

bool DrawPlan::is_all() const {
  const std::array all = {rows, units, mlps, sums, layers, tokens};
  return std::ranges::all_of(all, [](std::uint64_t most) { return most == kAll; });
}

std::vector<PlaceRun> DrawRuns(std::uint64_t seed, std::string_view what, std::uint64_t of,
                               std::uint64_t count, std::uint64_t length) {
  if (of == 0 || count == 0) return {};
  if (count >= of) return {{0, of}};
  length = std::clamp<std::uint64_t>(length, 1, count);
  const std::uint64_t runs = (count + length - 1) / length;
  Random random(seed, StreamOf(what));
  std::vector<PlaceRun> drawn;
  drawn.reserve(runs);
  for (std::uint64_t i = 0; i < runs; ++i) {
    // Parts differ by at most one place.
    const std::uint64_t begin = i * (of / runs) + std::min(i, of % runs);
    const std::uint64_t size = of / runs + (i < of % runs ? 1 : 0);
    const std::uint64_t own = std::min({length, count - i * length, size});
    drawn.push_back({begin + PlaceBelow(random, size - own + 1), own});
  }
  return drawn;
}

std::vector<std::uint32_t> DrawPlaces(std::uint64_t seed, std::string_view what, std::uint32_t of,
                                      std::uint64_t count, std::uint64_t length) {
  std::vector<std::uint32_t> places;
  for (const PlaceRun& run : DrawRuns(seed, what, of, count, length)) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
      places.push_back(static_cast<std::uint32_t>(run.first + i));
    }
  }
  return places;
}

std::vector<std::uint32_t> LayersOfWholeAttention(const DrawPlan& plan, std::uint64_t seed,
                                                  std::size_t layers) {
  return DrawPlaces(seed, "layers whose attention is read", static_cast<std::uint32_t>(layers),
                    plan.layers);
}

}  // namespace modelkin
