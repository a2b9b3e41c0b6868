#include "atlas/spanning_forest.h"

#include <algorithm>
#include <tuple>

namespace modelkin {

bool AgreesMore(const AgreeingPair& left, const AgreeingPair& right) {
  return std::tuple(right.agreements, left.a, left.b) <
         std::tuple(left.agreements, right.a, right.b);
}

std::uint32_t JoinedSets::SetOf(std::uint32_t thing) {
  while (parents_[thing] != thing) {
    parents_[thing] = parents_[parents_[thing]];
    thing = parents_[thing];
  }
  return thing;
}

bool JoinedSets::Join(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t set_a = SetOf(a), set_b = SetOf(b);
  if (set_a == set_b) return false;
  parents_[std::max(set_a, set_b)] = std::min(set_a, set_b);
  return true;
}

void KeepForest(std::size_t count, std::vector<AgreeingPair>& pairs) {
  std::ranges::sort(pairs, [](const AgreeingPair& left, const AgreeingPair& right) {
    return AgreesMore(left, right);
  });
  JoinedSets joined(count);
  std::erase_if(pairs, [&](const AgreeingPair& pair) { return !joined.Join(pair.a, pair.b); });
}

}  // namespace modelkin
