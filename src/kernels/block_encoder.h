// Makes blocks of values, as ggml's quantisers do: the other way of kernels/block_form.h.
#ifndef MODELKIN_KERNELS_BLOCK_ENCODER_H_
#define MODELKIN_KERNELS_BLOCK_ENCODER_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "kernels/scale_search.h"

namespace modelkin {

struct BlockEncoder {
  std::string_view name;   // ggml's: "Q4_K"
  std::size_t values = 0;  // a block
  std::size_t bytes = 0;
  // Scales are searched for: a user's weights of columns (an importance matrix) may lead the search
  // elsewhere, and near ties fall by how sums are rounded.
  bool searches = false;
  // An importance matrix has an effect: also of those that search with one alone.
  bool heeds_importance = false;
  // Writes `count` blocks, of values that are finite: the same bits on each instruction set. Those
  // of ggml's quantiser without an importance matrix.
  void (*encode)(const float* values, std::size_t count, Contraction contraction,
                 std::byte* blocks) = nullptr;
};

// Returns the encoder of blocks of this name; null where there is none: of grids of vectors.
const BlockEncoder* FindBlockEncoder(std::string_view name);

// The encoders, a file for each sort.
std::span<const BlockEncoder> SmallBlockEncoders();  // 32 to 128 values, without a search
std::span<const BlockEncoder> SuperBlockEncoders();  // 256 values, and of a table of 16

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_BLOCK_ENCODER_H_
