#include "kernels/pair_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "numeric/decode.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pair_sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using DoubleTag = hn::ScalableTag<double>;
using Floats = hn::Vec<FloatTag>;
using Doubles = hn::Vec<DoubleTag>;

// A format gives the stored lane type, how two vectors of floats come from a step's stored lanes
// (in any order, as long as it is the same for both sides), and how many float vectors may be
// summed before double takes over.
struct BF16Format {
  using Stored = std::uint16_t;
  static constexpr int kStepsPerGroup = 8;
  static float Decode(Stored bits) { return BFloat16ToFloat(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
#if HWY_TARGET == HWY_SCALAR
    Stored bits[2] = {};
    std::memcpy(bits, from, sizeof bits);  // may be unaligned
    first = hn::Set(FloatTag(), Decode(bits[0]));
    second = hn::Set(FloatTag(), Decode(bits[1]));
#else
    const hn::ScalableTag<std::uint32_t> du32;
    const auto pairs = hn::BitCast(du32, hn::LoadU(hn::ScalableTag<Stored>(), from));
    first = hn::BitCast(FloatTag(), hn::ShiftLeft<16>(pairs));
    second = hn::BitCast(FloatTag(), hn::And(pairs, hn::Set(du32, 0xFFFF0000U)));
#endif
  }
};

struct F16Format {
  using Stored = std::uint16_t;
  static constexpr int kStepsPerGroup = 8;
  static float Decode(Stored bits) { return Float16ToFloat(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
    first = Widen(from);
    second = Widen(from + hn::Lanes(FloatTag()));
  }

 private:
  static HWY_INLINE Floats Widen(const Stored* from) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || (HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2)
    // Without an instruction for it, Highway's PromoteTo makes NaN and infinity finite numbers.
    const hn::RebindToUnsigned<FloatTag> du32;
    const auto bits = hn::PromoteTo(du32, hn::LoadU(hn::Rebind<Stored, FloatTag>(), from));
    const auto magnitude = hn::And(bits, hn::Set(du32, 0x7FFF));
    const auto sign = hn::ShiftLeft<16>(hn::Xor(bits, magnitude));
    // Multiplied by a power of two to mend the exponent: exact, also for subnormal numbers.
    const auto scaled = hn::Mul(hn::BitCast(FloatTag(), hn::ShiftLeft<13>(magnitude)),
                                hn::Set(FloatTag(), 0x1p112F));
    const auto not_finite = hn::Gt(magnitude, hn::Set(du32, 0x7BFF));
    const auto exponent = hn::IfThenElseZero(not_finite, hn::Set(du32, 0x7F800000));
    return hn::BitCast(FloatTag(), hn::Or3(hn::BitCast(du32, scaled), exponent, sign));
#else
    const auto* halves = reinterpret_cast<const hwy::float16_t*>(from);
    return hn::PromoteTo(FloatTag(), hn::LoadU(hn::Rebind<hwy::float16_t, FloatTag>(), halves));
#endif
  }
};

struct F32Format {
  using Stored = std::uint32_t;
  static constexpr int kStepsPerGroup = 4;
  static float Decode(Stored bits) { return std::bit_cast<float>(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
    const auto* floats = reinterpret_cast<const float*>(from);
    first = hn::LoadU(FloatTag(), floats);
    second = hn::LoadU(FloatTag(), floats + hn::Lanes(FloatTag()));
  }
};

HWY_INLINE Doubles AddToDouble(Doubles sum, Floats values) {
  const DoubleTag dd;
#if HWY_TARGET == HWY_SCALAR
  return hn::Add(sum, hn::PromoteTo(dd, values));
#else
  const hn::Half<FloatTag> dhalf;
  const auto folded = hn::Add(hn::LowerHalf(dhalf, values), hn::UpperHalf(dhalf, values));
  return hn::Add(sum, hn::PromoteTo(dd, folded));
#endif
}

// Sums that cosine and Pearson are made of: short runs in float, the rest in double.
struct PreciseSums {
  Floats x, y, xx, yy, xy;

  HWY_INLINE void Clear() { x = y = xx = yy = xy = hn::Zero(FloatTag()); }

  HWY_INLINE void FlushTo(Doubles* total) {
    total[0] = AddToDouble(total[0], x);
    total[1] = AddToDouble(total[1], y);
    total[2] = AddToDouble(total[2], xx);
    total[3] = AddToDouble(total[3], yy);
    total[4] = AddToDouble(total[4], xy);
    Clear();
  }
};

// Sums that tolerate longer runs in float.
struct CoarseSums {
  Floats xxx, xxxx, yyy, yyyy, abs_diff, squared_diff;

  HWY_INLINE void Clear() {
    xxx = xxxx = yyy = yyyy = abs_diff = squared_diff = hn::Zero(FloatTag());
  }

  HWY_INLINE void FlushTo(Doubles* total) {
    total[0] = AddToDouble(total[0], xxx);
    total[1] = AddToDouble(total[1], xxxx);
    total[2] = AddToDouble(total[2], yyy);
    total[3] = AddToDouble(total[3], yyyy);
    total[4] = AddToDouble(total[4], abs_diff);
    total[5] = AddToDouble(total[5], squared_diff);
    Clear();
  }
};

// A step's two vectors of each side. Pairs are added before they join a running sum: as many
// instructions, and half as many roundings in a row.
template <bool kShifted>
HWY_INLINE void AddStep(Floats a0, Floats a1, Floats b0, Floats b1, Floats pivot_a, Floats pivot_b,
                        PreciseSums& precise, CoarseSums& coarse, Floats& max_abs_diff) {
  const Floats x0 = kShifted ? hn::Sub(a0, pivot_a) : a0;
  const Floats x1 = kShifted ? hn::Sub(a1, pivot_a) : a1;
  const Floats y0 = kShifted ? hn::Sub(b0, pivot_b) : b0;
  const Floats y1 = kShifted ? hn::Sub(b1, pivot_b) : b1;
  const Floats xx0 = hn::Mul(x0, x0);
  const Floats xx1 = hn::Mul(x1, x1);
  const Floats yy0 = hn::Mul(y0, y0);
  const Floats yy1 = hn::Mul(y1, y1);
  precise.x = hn::Add(precise.x, hn::Add(x0, x1));
  precise.y = hn::Add(precise.y, hn::Add(y0, y1));
  precise.xx = hn::Add(precise.xx, hn::Add(xx0, xx1));
  precise.yy = hn::Add(precise.yy, hn::Add(yy0, yy1));
  precise.xy = hn::Add(precise.xy, hn::MulAdd(x1, y1, hn::Mul(x0, y0)));
  coarse.xxx = hn::MulAdd(xx0, x0, hn::MulAdd(xx1, x1, coarse.xxx));
  coarse.yyy = hn::MulAdd(yy0, y0, hn::MulAdd(yy1, y1, coarse.yyy));
  coarse.xxxx = hn::MulAdd(xx0, xx0, hn::MulAdd(xx1, xx1, coarse.xxxx));
  coarse.yyyy = hn::MulAdd(yy0, yy0, hn::MulAdd(yy1, yy1, coarse.yyyy));
  const Floats diff0 = hn::Sub(a0, b0);
  const Floats diff1 = hn::Sub(a1, b1);
  const Floats abs0 = hn::Abs(diff0);
  const Floats abs1 = hn::Abs(diff1);
  coarse.abs_diff = hn::Add(coarse.abs_diff, hn::Add(abs0, abs1));
  coarse.squared_diff = hn::MulAdd(diff0, diff0, hn::MulAdd(diff1, diff1, coarse.squared_diff));
  max_abs_diff = hn::Max(max_abs_diff, hn::Max(abs0, abs1));
}

// Counts that need only the stored bits of one vector of each side.
template <class Stored>
HWY_INLINE void CountBits(const Stored* a, const Stored* b, PairSums& sums) {
  const hn::ScalableTag<Stored> d;
  const auto magnitude = hn::Set(d, static_cast<Stored>(static_cast<Stored>(~Stored{0}) >> 1));
  const auto bits_a = hn::LoadU(d, a);
  const auto bits_b = hn::LoadU(d, b);
  const auto magnitude_a = hn::And(bits_a, magnitude);
  const auto magnitude_b = hn::And(bits_b, magnitude);
  const auto any_zero = hn::Eq(hn::Min(magnitude_a, magnitude_b), hn::Zero(d));
  const auto opposite = hn::Gt(hn::Xor(bits_a, bits_b), magnitude);
  sums.bit_equal += hn::CountTrue(d, hn::Eq(bits_a, bits_b));
  if (HWY_LIKELY(hn::AllFalse(d, any_zero))) {
    sums.opposite_signs += hn::CountTrue(d, opposite);
    return;
  }
  sums.any_zero += hn::CountTrue(d, any_zero);
  sums.zeros_a += hn::CountTrue(d, hn::Eq(magnitude_a, hn::Zero(d)));
  sums.zeros_b += hn::CountTrue(d, hn::Eq(magnitude_b, hn::Zero(d)));
  sums.opposite_signs += hn::CountTrue(d, hn::AndNot(any_zero, opposite));
}

// One pair, for the elements that fill no vector.
template <class Format>
void AddOne(typename Format::Stored bits_a, typename Format::Stored bits_b, float pivot_a,
            float pivot_b, PairSums& sums) {
  const float a = Format::Decode(bits_a);
  const float b = Format::Decode(bits_b);
  sums.Add(a, b, a - pivot_a, b - pivot_b, a - b);
  sums.bit_equal += bits_a == bits_b ? 1 : 0;
}

template <class Format, bool kShifted>
PairSums SumShifted(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t count,
                    float pivot_a, float pivot_b) {
  using Stored = typename Format::Stored;
  constexpr int kGroupsPerCoarseRun = 64 / Format::kStepsPerGroup;
  const FloatTag df;
  const DoubleTag dd;
  const std::size_t step = 2 * hn::Lanes(df);
  const std::size_t stored_lanes = hn::Lanes(hn::ScalableTag<Stored>());
  const auto* a = reinterpret_cast<const Stored*>(bytes_a);
  const auto* b = reinterpret_cast<const Stored*>(bytes_b);
  const Floats pivots_a = hn::Set(df, pivot_a);
  const Floats pivots_b = hn::Set(df, pivot_b);

  PairSums sums;
  PreciseSums precise;
  CoarseSums coarse;
  precise.Clear();
  coarse.Clear();
  Floats max_abs_diff = hn::Zero(df);
  Doubles precise_total[5] = {hn::Zero(dd), hn::Zero(dd), hn::Zero(dd), hn::Zero(dd), hn::Zero(dd)};
  Doubles coarse_total[6] = {hn::Zero(dd), hn::Zero(dd), hn::Zero(dd),
                             hn::Zero(dd), hn::Zero(dd), hn::Zero(dd)};
  const auto add_step = [&](std::size_t at) HWY_ATTR {
    Floats a0, a1, b0, b1;
    Format::Load(a + at, a0, a1);
    Format::Load(b + at, b0, b1);
    AddStep<kShifted>(a0, a1, b0, b1, pivots_a, pivots_b, precise, coarse, max_abs_diff);
    for (std::size_t lane = 0; lane < step; lane += stored_lanes) {
      CountBits(a + at + lane, b + at + lane, sums);
    }
  };

  std::size_t i = 0;
  const std::size_t group = Format::kStepsPerGroup * step;
  for (int groups = 0; i + group <= count; i += group) {
    for (int k = 0; k < Format::kStepsPerGroup; ++k) add_step(i + k * step);
    precise.FlushTo(precise_total);
    if (++groups == kGroupsPerCoarseRun) {
      coarse.FlushTo(coarse_total);
      groups = 0;
    }
  }
  for (; i + step <= count; i += step) add_step(i);
  precise.FlushTo(precise_total);
  coarse.FlushTo(coarse_total);

  const auto total = [&](Doubles v) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(dd, v)); };
  sums.x = total(precise_total[0]);
  sums.y = total(precise_total[1]);
  sums.xx = total(precise_total[2]);
  sums.yy = total(precise_total[3]);
  sums.xy = total(precise_total[4]);
  sums.xxx = total(coarse_total[0]);
  sums.xxxx = total(coarse_total[1]);
  sums.yyy = total(coarse_total[2]);
  sums.yyyy = total(coarse_total[3]);
  sums.abs_diff = total(coarse_total[4]);
  sums.squared_diff = total(coarse_total[5]);
  sums.max_abs_diff = hn::GetLane(hn::MaxOfLanes(df, max_abs_diff));
  for (; i < count; ++i) {
    Stored bits_a, bits_b;
    std::memcpy(&bits_a, bytes_a + i * sizeof(Stored), sizeof(Stored));
    std::memcpy(&bits_b, bytes_b + i * sizeof(Stored), sizeof(Stored));
    AddOne<Format>(bits_a, bits_b, pivot_a, pivot_b, sums);
  }
  return sums;
}

// Most weight matrices have means so near zero that no shift is needed.
template <class Format>
PairSums SumFormat(const std::byte* a, const std::byte* b, std::size_t count, float pivot_a,
                   float pivot_b) {
  return pivot_a == 0 && pivot_b == 0 ? SumShifted<Format, false>(a, b, count, 0, 0)
                                      : SumShifted<Format, true>(a, b, count, pivot_a, pivot_b);
}

PairSums SumBF16(const std::byte* a, const std::byte* b, std::size_t count, float pa, float pb) {
  return SumFormat<BF16Format>(a, b, count, pa, pb);
}
PairSums SumF16(const std::byte* a, const std::byte* b, std::size_t count, float pa, float pb) {
  return SumFormat<F16Format>(a, b, count, pa, pb);
}
PairSums SumF32(const std::byte* a, const std::byte* b, std::size_t count, float pa, float pb) {
  return SumFormat<F32Format>(a, b, count, pa, pb);
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(SumBF16);
HWY_EXPORT(SumF16);
HWY_EXPORT(SumF32);

PairSums SumPairs(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                  float pivot_a, float pivot_b) {
  switch (format) {
    case KernelFormat::kBF16: return HWY_DYNAMIC_DISPATCH(SumBF16)(a, b, count, pivot_a, pivot_b);
    case KernelFormat::kF16: return HWY_DYNAMIC_DISPATCH(SumF16)(a, b, count, pivot_a, pivot_b);
    default: return HWY_DYNAMIC_DISPATCH(SumF32)(a, b, count, pivot_a, pivot_b);
  }
}

}  // namespace modelkin
#endif  // HWY_ONCE
