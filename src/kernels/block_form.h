// Blocks of quantised values, as ggml has them: codes of few bits, and a scale for some of them.
//
// Sources: gguf's quants.py and ggml-common.h of llama.cpp; d, scale and minimum are multiplied in
// their order.
#ifndef MODELKIN_KERNELS_BLOCK_FORM_H_
#define MODELKIN_KERNELS_BLOCK_FORM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace modelkin {

// How blocks of one kind are read: value = scale * code - minimum, in float, rounded twice.
struct BlockForm {
  std::string_view name;           // ggml's: "Q4_K"
  std::size_t values = 0;          // a block: 32 to 256, a multiple of values_a_scale
  std::size_t bytes = 0;           // a block
  std::size_t values_a_scale = 0;  // 16, 32 or 128
  bool has_minima = false;
  // Writes codes, and a scale and a minimum for each values_a_scale of them, of blocks one after
  // the other. Without minima those are left as they are.
  void (*unpack)(const std::byte* blocks, std::size_t count, std::int8_t* codes, float* scales,
                 float* minima) = nullptr;
  // What `unpack` writes are places in this table of 16 codes; null where they are codes.
  const std::int8_t* table = nullptr;
  // All codes that there can be, in order; none where they are all multiples of `unit`.
  std::span<const std::int8_t> levels;
  std::int8_t unit = 1;
};

// Returns the form of this name; null for none.
const BlockForm* FindBlockForm(std::string_view name);

// Writes the values of `count` blocks: the same bits on each instruction set.
void DecodeBlocks(const BlockForm& form, const std::byte* blocks, std::size_t count, float* out);

// Writes for each value the distance to the next that its scale allows; of forms with levels half
// of that between its two neighbours, at an end the whole to the only one.
void StepsOfBlocks(const BlockForm& form, const std::byte* blocks, std::size_t count, float* out);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_BLOCK_FORM_H_
