#include "kernels/large_keys.h"

#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/large_keys.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Writes the selected lanes to `out`, in order, with slack for a vector; returns how many.
template <class D, class V, class M, class T>
HWY_INLINE std::size_t AppendSelected(D d, V values, M selected, T* out) {
  // Compressing is one instruction from AVX3 on for 32-bit lanes, from AVX3_DL on for 16-bit ones.
  // Elsewhere the few selected lanes are looked up one at a time.
  constexpr bool kNative = HWY_TARGET == HWY_AVX3_DL || (HWY_TARGET == HWY_AVX3 && sizeof(T) == 4);
  if constexpr (kNative) {
    hn::StoreU(hn::Compress(values, selected), d, out);
    return hn::CountTrue(d, selected);
  } else {
    if (hn::AllFalse(d, selected)) return 0;
    alignas(64) T lanes[HWY_MAX_BYTES / sizeof(T)];
    std::uint8_t bits[sizeof(std::uint64_t)] = {};
    hn::Store(values, d, lanes);
    hn::StoreMaskBits(d, selected, bits);
    std::uint64_t left = 0;
    std::memcpy(&left, bits, sizeof left);
    std::size_t written = 0;
    for (; left != 0; left &= left - 1) out[written++] = lanes[std::countr_zero(left)];
    return written;
  }
}

// Signed lanes: without the sign bit keys are non-negative, and signed comparison is native
// everywhere.
template <class Signed, class Key>
std::size_t CollectLargeKeys(const std::byte* data, std::size_t count, Key lowest, Key* keys) {
  const hn::ScalableTag<Signed> d;
  const std::size_t lanes = hn::Lanes(d);
  static_assert(HWY_MAX_BYTES / sizeof(Key) <= kLargeKeysPadding);
  constexpr auto kMagnitude = static_cast<Signed>(static_cast<Key>(~Key{0}) >> 1);
  const auto magnitude = hn::Set(d, kMagnitude);
  const auto below = hn::Set(d, static_cast<Signed>(static_cast<Signed>(lowest) - 1));
  const auto* elements = reinterpret_cast<const Signed*>(data);
  auto* out = reinterpret_cast<Signed*>(keys);
  std::size_t written = 0;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto key = hn::And(hn::LoadU(d, elements + i), magnitude);
    const auto large = hn::Gt(key, below);
    written += AppendSelected(d, key, large, out + written);
  }
  for (; i < count; ++i) {
    Key bits;
    std::memcpy(&bits, data + i * sizeof(Key), sizeof(Key));
    const Key key = bits & static_cast<Key>(kMagnitude);
    if (key >= lowest) keys[written++] = key;
  }
  return written;
}

std::size_t Collect16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                      std::uint16_t* keys) {
  return CollectLargeKeys<std::int16_t>(data, count, lowest, keys);
}
std::size_t Collect32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                      std::uint32_t* keys) {
  return CollectLargeKeys<std::int32_t>(data, count, lowest, keys);
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(Collect16);
HWY_EXPORT(Collect32);

std::size_t CollectLargeKeys16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                               std::uint16_t* keys) {
  return HWY_DYNAMIC_DISPATCH(Collect16)(data, count, lowest, keys);
}
std::size_t CollectLargeKeys32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                               std::uint32_t* keys) {
  return HWY_DYNAMIC_DISPATCH(Collect32)(data, count, lowest, keys);
}

}  // namespace modelkin
#endif  // HWY_ONCE
