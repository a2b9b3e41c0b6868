#include "lineage/drawn_mlps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lineage/draw_plan.h"

namespace modelkin {
namespace {

// How many of each of these sizes, `count` in all: equally many, but for sizes that are smaller,
// and one more of as many as are left over.
std::vector<std::uint64_t> EvenShares(const std::vector<std::size_t>& sizes, std::uint64_t seed,
                                      std::uint64_t count) {
  std::vector<std::uint64_t> shares(sizes.size(), 0);
  std::vector<std::uint32_t> open(sizes.size());
  for (std::uint32_t i = 0; i < open.size(); ++i) open[i] = i;
  while (!open.empty() && count >= open.size()) {
    const std::uint64_t each = count / open.size();
    for (const std::uint32_t i : open) {
      const std::uint64_t more = std::min<std::uint64_t>(each, sizes[i] - shares[i]);
      shares[i] += more;
      count -= more;
    }
    std::erase_if(open, [&](std::uint32_t i) { return shares[i] == sizes[i]; });
  }
  for (const std::uint32_t place : DrawPlaces(seed, "layers with one MLP more",
                                              static_cast<std::uint32_t>(open.size()), count)) {
    ++shares[open[place]];
  }
  return shares;
}

}  // namespace

std::vector<std::size_t> DrawnMlps(const std::vector<Mlp>& mlps,
                                   const std::vector<std::size_t>& among, std::uint64_t seed,
                                   std::uint64_t count) {
  if (count >= among.size()) return among;
  std::map<std::optional<std::uint32_t>, std::vector<std::size_t>> by_layer;
  for (const std::size_t mlp : among) by_layer[mlps[mlp].layer].push_back(mlp);
  std::vector<std::size_t> sizes, chosen;
  for (const auto& [layer, own] : by_layer) sizes.push_back(own.size());
  const std::vector<std::uint64_t> shares = EvenShares(sizes, seed, count);
  std::size_t at = 0;
  for (const auto& [layer, own] : by_layer) {
    const std::string what = fmt::format("MLPs of layer {}", layer ? int64_t{*layer} : -1);
    for (const std::uint32_t place :
         DrawPlaces(seed, what, static_cast<std::uint32_t>(own.size()), shares[at++])) {
      chosen.push_back(own[place]);
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace modelkin
