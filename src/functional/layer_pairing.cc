#include "functional/layer_pairing.h"

#include <algorithm>

namespace modelkin {

std::vector<std::pair<std::size_t, std::size_t>> PairByDepth(const std::vector<std::size_t>& a,
                                                             const std::vector<std::size_t>& b) {
  const std::size_t count = std::min(a.size(), b.size());
  const auto at = [&](const std::vector<std::size_t>& layers, std::size_t i) {
    if (count < 2) return layers.front();
    return layers[(i * (layers.size() - 1) + (count - 1) / 2) / (count - 1)];
  };
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  pairs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) pairs.emplace_back(at(a, i), at(b, i));
  return pairs;
}

}  // namespace modelkin
