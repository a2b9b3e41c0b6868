// Picks out the elements of large magnitude, from which quantiles near the top are read off.
#ifndef MODELKIN_KERNELS_LARGE_KEYS_H_
#define MODELKIN_KERNELS_LARGE_KEYS_H_

#include <cstddef>
#include <cstdint>

namespace modelkin {

// `keys` need room for this many entries beyond the block's length.
inline constexpr std::size_t kLargeKeysPadding = 64;

// The key of a floating-point element is its bits without the sign: keys order as magnitudes do.
// Writes the keys >= `lowest` of `count` elements at `data`, in order, to `keys` (which has room
// for count + kLargeKeysPadding) and returns how many there are. For 16-bit types `lowest` < 2^15,
// for 32-bit ones < 2^31.
std::size_t CollectLargeKeys16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                               std::uint16_t* keys);
std::size_t CollectLargeKeys32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                               std::uint32_t* keys);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_LARGE_KEYS_H_
