#include "kernels/key_range.h"

#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/key_range.cc"
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
    // Without a branch, because few selected lanes in unforeseeable places would mislead it.
    const std::size_t count = hn::CountTrue(d, selected);
    const auto compressed = hn::Compress(values, selected);
    // A quarter of the vector nearly always suffices, and crosses a cache line less often.
    constexpr std::size_t kQuarter = 16 / sizeof(T);
    const hn::CappedTag<T, kQuarter> dquarter;
    hn::StoreU(hn::LowerHalf(hn::LowerHalf(compressed)), dquarter, out);
    if (HWY_UNLIKELY(count > kQuarter)) hn::StoreU(compressed, d, out);
    return count;
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
KeysFound CollectKeys(const std::byte* data, std::size_t count, Key lowest, Key highest,
                      Key* keys) {
  const hn::ScalableTag<Signed> d;
  const std::size_t lanes = hn::Lanes(d);
  static_assert(HWY_MAX_BYTES / sizeof(Key) <= kKeysPadding);
  constexpr auto kMagnitude = static_cast<Signed>(static_cast<Key>(~Key{0}) >> 1);
  const auto magnitude = hn::Set(d, kMagnitude);
  const auto below = hn::Set(d, static_cast<Signed>(static_cast<Signed>(lowest) - 1));
  const auto top = hn::Set(d, static_cast<Signed>(highest));
  const auto* elements = reinterpret_cast<const Signed*>(data);
  auto* out = reinterpret_cast<Signed*>(keys);
  KeysFound found;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto key = hn::And(hn::LoadU(d, elements + i), magnitude);
    const auto above = hn::Gt(key, top);
    found.above += hn::CountTrue(d, above);
    const auto inside = hn::AndNot(above, hn::Gt(key, below));
    found.inside += AppendSelected(d, key, inside, out + found.inside);
  }
  for (; i < count; ++i) {
    Key bits;
    std::memcpy(&bits, data + i * sizeof(Key), sizeof(Key));
    const Key key = bits & static_cast<Key>(kMagnitude);
    if (key > highest) {
      ++found.above;
    } else if (key >= lowest) {
      keys[found.inside++] = key;
    }
  }
  return found;
}

KeysFound Collect16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                    std::uint16_t highest, std::uint16_t* keys) {
  return CollectKeys<std::int16_t>(data, count, lowest, highest, keys);
}
KeysFound Collect32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                    std::uint32_t highest, std::uint32_t* keys) {
  return CollectKeys<std::int32_t>(data, count, lowest, highest, keys);
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(Collect16);
HWY_EXPORT(Collect32);

KeysFound CollectKeys16(const std::byte* data, std::size_t count, std::uint16_t lowest,
                        std::uint16_t highest, std::uint16_t* keys) {
  return HWY_DYNAMIC_DISPATCH(Collect16)(data, count, lowest, highest, keys);
}
KeysFound CollectKeys32(const std::byte* data, std::size_t count, std::uint32_t lowest,
                        std::uint32_t highest, std::uint32_t* keys) {
  return HWY_DYNAMIC_DISPATCH(Collect32)(data, count, lowest, highest, keys);
}

}  // namespace modelkin
#endif  // HWY_ONCE
