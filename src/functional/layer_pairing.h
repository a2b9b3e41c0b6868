// Which layer of one model is set beside which of another, where both have a thing.
#ifndef MODELKIN_FUNCTIONAL_LAYER_PAIRING_H_
#define MODELKIN_FUNCTIONAL_LAYER_PAIRING_H_

#include <cstddef>
#include <utility>
#include <vector>

namespace modelkin {

// By the same share of the way from the first to the last: of as many layers in both, the same
// number. Of the longer list some are left out.
std::vector<std::pair<std::size_t, std::size_t>> PairByDepth(const std::vector<std::size_t>& a,
                                                             const std::vector<std::size_t>& b);

}  // namespace modelkin

#endif  // MODELKIN_FUNCTIONAL_LAYER_PAIRING_H_
