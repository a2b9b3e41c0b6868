// The forest of nearest relatives, out of more pairs than memory holds.
#ifndef MODELKIN_ATLAS_SPANNING_FOREST_H_
#define MODELKIN_ATLAS_SPANNING_FOREST_H_

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace modelkin {

// a < b.
struct AgreeingPair {
  std::uint32_t a = 0, b = 0;
  std::uint32_t agreements = 0;

  bool operator==(const AgreeingPair&) const = default;
};

// Most agreements first, then by a and b: no two pairs are equal, so that there is one forest.
bool AgreesMore(const AgreeingPair& left, const AgreeingPair& right);

// Which of `count` things are joined.
class JoinedSets {
 public:
  explicit JoinedSets(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), std::uint32_t{0});
  }
  std::uint32_t SetOf(std::uint32_t thing);
  // Returns whether they were apart.
  bool Join(std::uint32_t a, std::uint32_t b);

 private:
  std::vector<std::uint32_t> parents_;
};

// Leaves of pairs of `count` things those of the maximum spanning forest, best first. Of parts of
// the pairs, taken in any order, the forest of their forests is the forest of all.
void KeepForest(std::size_t count, std::vector<AgreeingPair>& pairs);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_SPANNING_FOREST_H_
