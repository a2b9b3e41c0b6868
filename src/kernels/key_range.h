// Picks out the elements whose magnitude lies in a range, from which quantiles are read off.
#ifndef MODELKIN_KERNELS_KEY_RANGE_H_
#define MODELKIN_KERNELS_KEY_RANGE_H_

#include <cstddef>
#include <cstdint>

namespace modelkin {

// `keys` need room for this many entries beyond the block's length.
inline constexpr std::size_t kKeysPadding = 64;

struct KeysFound {
  std::size_t inside = 0;
  std::size_t above = 0;
};

// The key of a floating-point element is its bits without the sign: keys order as magnitudes do.
// Writes the keys in [lowest, highest] of `count` elements at `data`, in order, to `keys` (which
// has room for count + kKeysPadding) and counts these and those above. For 16-bit types keys are
// below 2^15, for 32-bit ones below 2^31.
KeysFound CollectKeys16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                        std::uint16_t highest, std::uint16_t* keys);
KeysFound CollectKeys32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                        std::uint32_t highest, std::uint32_t* keys);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_KEY_RANGE_H_
