// The order of query and key rows within a head, by which libraries differ.
#ifndef MODELKIN_ARCHITECTURE_ROTARY_ORDER_H_
#define MODELKIN_ARCHITECTURE_ROTARY_ORDER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/tensor.h"

namespace modelkin {

// Rotary embedding turns pairs of a head's dimensions. transformers stores the first of all pairs,
// then the second of all (halves); Meta's files and llama.cpp store the two of a pair side by side
// (pairs). The other order with the other code is the same function. Of B, where A has the other:
enum class RotaryLayout : std::uint8_t { kSame, kPairsInB, kHalvesInB };

struct RotaryOrder {
  RotaryLayout layout = RotaryLayout::kSame;
  std::uint64_t head_size = 0;  // rows

  bool is_same() const { return layout == RotaryLayout::kSame; }
};

// Returns B's query or key weight, bias or norm with its rows in A's order; nothing where the order
// is the same, or it has no such heads. Values stay where they are: it gets a view.
std::optional<Tensor> InRotaryOrder(const Tensor& tensor, const RotaryOrder& order);

// "same", "pairs_in_b", "halves_in_b"
constexpr std::string_view RotaryLayoutName(RotaryLayout layout) {
  if (layout == RotaryLayout::kSame) return "same";
  return layout == RotaryLayout::kPairsInB ? "pairs_in_b" : "halves_in_b";
}

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_ROTARY_ORDER_H_
