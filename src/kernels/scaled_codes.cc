#include "kernels/scaled_codes.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/scaled_codes.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;
using Words = hn::RebindToUnsigned<Floats>;
using WordVector = hn::Vec<Words>;

// Each converts codes, one in the low byte of each word.
struct OfU8 {
  HWY_INLINE FloatVector operator()(Floats d, WordVector code) const {
    return hn::ConvertTo(d, hn::BitCast(hn::RebindToSigned<Floats>(), code));
  }
};

struct OfI8 {
  HWY_INLINE FloatVector operator()(Floats d, WordVector code) const {
    const hn::RebindToSigned<Floats> signed_words;
    return hn::ConvertTo(d, hn::ShiftRight<24>(hn::BitCast(signed_words, hn::ShiftLeft<24>(code))));
  }
};

// A float of 8 bits is one of 32 whose exponent has another bias: a multiplication by a power of
// two mends it, of subnormal ones as well. From kFirstSpecial on, without its sign, it is none:
// NaN, or infinite.
template <int kMantissaBits, std::uint32_t kFirstSpecial>
struct OfFloat8 {
  HWY_INLINE FloatVector operator()(Floats d, WordVector code) const {
    const Words words;
    constexpr int kBias = (1 << (6 - kMantissaBits)) - 1;
    const auto magnitude = hn::And(code, hn::Set(words, 0x7FU));
    const auto sign = hn::ShiftLeft<24>(hn::AndNot(hn::Set(words, 0x7FU), code));
    const auto shifted = hn::ShiftLeft<23 - kMantissaBits>(magnitude);
    const auto factor =
        hn::BitCast(d, hn::Set(words, static_cast<std::uint32_t>(254 - kBias) << 23));
    const auto value = hn::Mul(hn::BitCast(d, shifted), factor);
    const auto special = hn::BitCast(d, hn::Or(shifted, hn::Set(words, 0x7F800000U)));
    const hn::RebindToSigned<Floats> comparable;
    const auto is_special =
        hn::Gt(hn::BitCast(comparable, magnitude),
               hn::Set(comparable, static_cast<std::int32_t>(kFirstSpecial) - 1));
    const auto absolute = hn::IfThenElse(hn::RebindMask(d, is_special), special, value);
    return hn::Or(absolute, hn::BitCast(d, sign));
  }
};

// Writes combine(value, scale, offset) of `count` codes, of which what is less than a vector goes
// through a whole one as well. `scales` and `offsets` give those of the codes from one on.
template <class Convert, class Combine, class Scales, class Offsets>
HWY_INLINE void ForCodes(const std::uint8_t* codes, std::size_t count, float* out,
                         const Convert& convert, const Combine& combine, const Scales& scales,
                         const Offsets& offsets) {
  const Floats d;
  const hn::Rebind<std::uint8_t, Floats> bytes;
  const Words words;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto code = hn::PromoteTo(words, hn::LoadU(bytes, codes + i));
    hn::StoreU(combine(convert(d, code), scales(i), offsets(i)), d, out + i);
  }
  if (i == count) return;
  HWY_ALIGN std::uint8_t rest[HWY_MAX_BYTES / sizeof(float)] = {};
  HWY_ALIGN float values[HWY_MAX_BYTES / sizeof(float)];
  std::copy(codes + i, codes + count, rest);
  const auto code = hn::PromoteTo(words, hn::Load(bytes, rest));
  hn::Store(combine(convert(d, code), scales(i), offsets(i)), d, values);
  std::copy_n(values, count - i, out + i);
}

// Returns floats from `values` on, of which there are `count`; 0 behind these.
HWY_INLINE FloatVector LoadSome(const float* values, std::size_t count) {
  const Floats d;
  if (count >= hn::Lanes(d)) return hn::LoadU(d, values);
  HWY_ALIGN float some[HWY_MAX_BYTES / sizeof(float)] = {};
  std::copy_n(values, count, some);
  return hn::Load(d, some);
}

template <class Convert, class Combine>
HWY_INLINE void ForGroups(const std::byte* codes, std::size_t count, const CodeGroups& groups,
                          float* out, const Convert& convert, const Combine& combine) {
  const Floats d;
  const auto* const from = reinterpret_cast<const std::uint8_t*>(codes);
  const float* const offsets = groups.offsets;
  if (groups.length == 1) {
    ForCodes(
        from, count, out, convert, combine,
        [&](std::size_t i) { return LoadSome(groups.scales + i, count - i); },
        [&](std::size_t i) {
          return offsets == nullptr ? hn::Zero(d) : LoadSome(offsets + i, count - i);
        });
    return;
  }
  std::size_t room = groups.length - groups.first;
  for (std::size_t i = 0, group = 0; i < count; ++group, room = groups.length) {
    const std::size_t taken = std::min(room, count - i);
    const auto scale = hn::Set(d, groups.scales[group]);
    const auto offset = hn::Set(d, offsets == nullptr ? 0.0F : offsets[group]);
    ForCodes(
        from + i, taken, out + i, convert, combine, [&](std::size_t) { return scale; },
        [&](std::size_t) { return offset; });
    i += taken;
  }
}

template <class Convert>
HWY_INLINE void ScaleAs(const std::byte* codes, std::size_t count, const CodeGroups& groups,
                        float* out, const Convert& convert) {
  if (groups.offsets == nullptr) {
    ForGroups(codes, count, groups, out, convert,
              [](FloatVector x, FloatVector scale, FloatVector) { return hn::Mul(x, scale); });
  } else {
    ForGroups(codes, count, groups, out, convert,
              [](FloatVector x, FloatVector scale, FloatVector offset) {
                return hn::Mul(hn::Sub(x, offset), scale);
              });
  }
}

void ScaleCodesHere(DType type, const std::byte* codes, std::size_t count, const CodeGroups& groups,
                    float* out) {
  switch (type) {
    case DType::kI8: ScaleAs(codes, count, groups, out, OfI8()); return;
    case DType::kF8E4M3: ScaleAs(codes, count, groups, out, OfFloat8<3, 0x7F>()); return;
    case DType::kF8E5M2: ScaleAs(codes, count, groups, out, OfFloat8<2, 0x7C>()); return;
    default: ScaleAs(codes, count, groups, out, OfU8()); return;
  }
}

void StretchCodesHere(const std::byte* codes, std::size_t count, const CodeGroups& groups,
                      float* out) {
  ForGroups(codes, count, groups, out, OfU8(),
            [](FloatVector x, FloatVector scale, FloatVector offset) {
              return hn::Add(hn::Mul(scale, x), offset);
            });
}

void NibbleFloatsToE5M2Here(const std::byte* packed, std::size_t count, bool doubled,
                            std::byte* out) {
  // Of 0, 0.5, 1, 1.5, 2, 3, 4, 6, and their negatives.
  HWY_ALIGN static constexpr std::uint8_t kPlain[16] = {0x00, 0x38, 0x3C, 0x3E, 0x40, 0x42,
                                                        0x44, 0x46, 0x80, 0xB8, 0xBC, 0xBE,
                                                        0xC0, 0xC2, 0xC4, 0xC6};
  HWY_ALIGN static constexpr std::uint8_t kDoubled[16] = {0x00, 0x3C, 0x40, 0x42, 0x44, 0x46,
                                                          0x48, 0x4A, 0x80, 0xBC, 0xC0, 0xC2,
                                                          0xC4, 0xC6, 0xC8, 0xCA};
  const std::uint8_t* const codes = doubled ? kDoubled : kPlain;
  const auto* const from = reinterpret_cast<const std::uint8_t*>(packed);
  auto* const to = reinterpret_cast<std::uint8_t*>(out);
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<std::uint8_t, 16> d;
  const auto table = hn::Load(d, codes);
  const auto low = hn::Set(d, std::uint8_t{15});
  for (; i + 16 <= count; i += 16) {
    const auto pair = hn::LoadU(d, from + i);
    const auto first = hn::TableLookupBytes(table, hn::And(pair, low));
    const auto second = hn::TableLookupBytes(table, hn::ShiftRight<4>(pair));
    hn::StoreInterleaved2(first, second, d, to + 2 * i);
  }
#endif
  for (; i < count; ++i) {
    to[2 * i] = codes[from[i] & 15];
    to[2 * i + 1] = codes[from[i] >> 4];
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(ScaleCodesHere);
HWY_EXPORT(StretchCodesHere);
HWY_EXPORT(NibbleFloatsToE5M2Here);

void ScaleCodes(DType type, const std::byte* codes, std::size_t count, const CodeGroups& groups,
                float* out) {
  HWY_DYNAMIC_DISPATCH(ScaleCodesHere)(type, codes, count, groups, out);
}

void StretchCodes(const std::byte* codes, std::size_t count, const CodeGroups& groups, float* out) {
  HWY_DYNAMIC_DISPATCH(StretchCodesHere)(codes, count, groups, out);
}

void NibbleFloatsToE5M2(const std::byte* packed, std::size_t count, bool doubled, std::byte* out) {
  HWY_DYNAMIC_DISPATCH(NibbleFloatsToE5M2Here)(packed, count, doubled, out);
}

void UnpackCodes(const std::byte* stream, std::size_t first_bit, std::size_t bits,
                 std::size_t count, std::byte* out) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(stream);
  const unsigned mask = (1U << bits) - 1;
  for (std::size_t i = 0, at = first_bit; i < count; ++i, at += bits) {
    const std::size_t byte = at / 8, shift = at % 8;
    unsigned word = from[byte];
    if (shift + bits > 8) word |= static_cast<unsigned>(from[byte + 1]) << 8;
    out[i] = static_cast<std::byte>(word >> shift & mask);
  }
}

}  // namespace modelkin
#endif  // HWY_ONCE
