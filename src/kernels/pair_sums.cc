#include "kernels/pair_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pair_sums.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "kernels/pair_step-inl.h"
#include "kernels/run_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kStepsPerGroup = 6;
constexpr std::size_t kGroupsPerRun = 6;

// Whether zeros are rare, so that a branch on them is foreseen. Decoded values have some in any
// vector.
enum class Zeros : std::uint8_t { kRare, kUsual };

// Counts that need only the bits of one vector of each side.
template <Zeros kZeros, class D, class V>
HWY_INLINE void CountBits(D d, V bits_a, V bits_b, PairSums& sums) {
  using Stored = hn::TFromD<D>;
  const auto magnitude = hn::Set(d, static_cast<Stored>(static_cast<Stored>(~Stored{0}) >> 1));
  const auto zero_a = hn::Eq(hn::And(bits_a, magnitude), hn::Zero(d));
  const auto zero_b = hn::Eq(hn::And(bits_b, magnitude), hn::Zero(d));
  const auto any_zero = hn::Or(zero_a, zero_b);
  const auto opposite = hn::Gt(hn::Xor(bits_a, bits_b), magnitude);
  sums.bit_equal += hn::CountTrue(d, hn::Eq(bits_a, bits_b));
  if constexpr (kZeros == Zeros::kRare) {
    if (HWY_LIKELY(hn::AllFalse(d, any_zero))) {
      sums.opposite_signs += hn::CountTrue(d, opposite);
      return;
    }
  }
  sums.any_zero += hn::CountTrue(d, any_zero);
  sums.zeros_a += hn::CountTrue(d, zero_a);
  sums.zeros_b += hn::CountTrue(d, zero_b);
  sums.opposite_signs += hn::CountTrue(d, hn::AndNot(any_zero, opposite));
}

// Those of one step: of stored bits where both sides are of one type, else of floats.
template <class FormatA, class FormatB>
HWY_INLINE void CountBitsOfStep(const typename FormatA::Stored* a,
                                const typename FormatB::Stored* b, const Step& s, PairSums& sums) {
  if constexpr (std::is_same_v<FormatA, FormatB>) {
    const hn::ScalableTag<typename FormatA::Stored> d;
    for (std::size_t lane = 0; lane < StepElements(); lane += hn::Lanes(d)) {
      CountBits<Zeros::kRare>(d, hn::LoadU(d, a + lane), hn::LoadU(d, b + lane), sums);
    }
  } else {
    const hn::RebindToUnsigned<FloatTag> d;
    CountBits<Zeros::kUsual>(d, hn::BitCast(d, s.a0), hn::BitCast(d, s.b0), sums);
    CountBits<Zeros::kUsual>(d, hn::BitCast(d, s.a1), hn::BitCast(d, s.b1), sums);
  }
}

// One pair, for the elements that fill no vector.
void AddOne(float a, float b, float pivot_a, float pivot_b, PairSums& sums) {
  sums.Add(a, b, double{a} - pivot_a, double{b} - pivot_b, a - b);
  sums.bit_equal += std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ? 1 : 0;
}

template <class Format>
float DecodeOne(const std::byte* bytes, std::size_t i) {
  typename Format::Stored bits;
  std::memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
  return Format::Decode(bits);
}

// The hardware's own prefetching stops at the end of each page.
template <class Stored>
HWY_INLINE void PrefetchAhead(const Stored* step) {
  constexpr std::size_t kAhead = 4096 / sizeof(Stored);
  constexpr std::size_t kLine = 64 / sizeof(Stored);
  const std::size_t length = StepElements();
  for (std::size_t i = 0; i < length; i += kLine) hwy::Prefetch(step + kAhead + i);
}

template <class FormatA, class FormatB = FormatA>
PairSums SumBlock(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t count,
                  float pivot_a, float pivot_b) {
  const std::size_t step = StepElements();
  const auto* a = reinterpret_cast<const FormatA::Stored*>(bytes_a);
  const auto* b = reinterpret_cast<const FormatB::Stored*>(bytes_b);

  PairSums sums;
  RunFrame frame(pivot_a, pivot_b);
  DeviationSums deviations;
  CoarseSums coarse;
  // All but the deviation sums. Inline, or every sum would go through memory.
  const auto begin_step = [&](std::size_t at) HWY_ATTR __attribute__((always_inline)) {
    PrefetchAhead(a + at);
    PrefetchAhead(b + at);
    const Step s = LoadStep<FormatA, FormatB>(a + at, b + at, frame);
    coarse.Add(s);
    CountBitsOfStep<FormatA, FormatB>(a + at, b + at, s, sums);
    return s;
  };
  const auto end_run = [&]() HWY_ATTR {
    const LaneFactors inverse = InverseScales(frame.first_scale());
    deviations.EndRun(inverse);
    coarse.EndRun(inverse);
  };

  std::size_t i = 0;
  std::size_t groups = 0;
  for (; i + kStepsPerGroup * step <= count; i += kStepsPerGroup * step) {
    deviations.BeginGroup(begin_step(i));
    for (int k = 1; k < kStepsPerGroup; ++k) deviations.AddToGroup(begin_step(i + k * step));
    deviations.EndGroup();
    if (++groups % kGroupsPerRun != 0) continue;
    end_run();
    frame.BeginRun(groups / kGroupsPerRun);
  }
  for (; i + step <= count; i += step) {
    deviations.BeginGroup(begin_step(i));
    deviations.EndGroup();
  }
  end_run();
  deviations.WriteTo(sums);
  coarse.WriteTo(sums);
  for (; i < count; ++i) {
    AddOne(DecodeOne<FormatA>(bytes_a, i), DecodeOne<FormatB>(bytes_b, i), pivot_a, pivot_b, sums);
  }
  return sums;
}

PairSums SumAnyFormat(KernelFormat format, const std::byte* a, const std::byte* b,
                      std::size_t count, float pivot_a, float pivot_b) {
  switch (format) {
    case KernelFormat::kBF16: return SumBlock<BF16Format>(a, b, count, pivot_a, pivot_b);
    case KernelFormat::kF16: return SumBlock<F16Format>(a, b, count, pivot_a, pivot_b);
    default: return SumBlock<F32Format>(a, b, count, pivot_a, pivot_b);
  }
}

PairSums SumNarrowAndFloats(KernelFormat format_a, const std::byte* a, const std::byte* b,
                            std::size_t count, float pivot_a, float pivot_b) {
  return format_a == KernelFormat::kBF16
             ? SumBlock<BF16InOrderFormat, F32Format>(a, b, count, pivot_a, pivot_b)
             : SumBlock<F16Format, F32Format>(a, b, count, pivot_a, pivot_b);
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(SumAnyFormat);
HWY_EXPORT(SumNarrowAndFloats);

namespace {

void SwapSides(PairSums& sums) {
  std::swap(sums.x, sums.y);
  std::swap(sums.xx, sums.yy);
  std::swap(sums.xxx, sums.yyy);
  std::swap(sums.xxxx, sums.yyyy);
  std::swap(sums.zeros_a, sums.zeros_b);
}

}  // namespace

PairSums SumPairs(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                  float pivot_a, float pivot_b) {
  return HWY_DYNAMIC_DISPATCH(SumAnyFormat)(format, a, b, count, pivot_a, pivot_b);
}

PairSums SumPairs(KernelFormat format_a, const std::byte* a, KernelFormat format_b,
                  const std::byte* b, std::size_t count, float pivot_a, float pivot_b) {
  if (format_a == format_b) return SumPairs(format_a, a, b, count, pivot_a, pivot_b);
  if (format_b == KernelFormat::kF32) {
    return HWY_DYNAMIC_DISPATCH(SumNarrowAndFloats)(format_a, a, b, count, pivot_a, pivot_b);
  }
  // All but the names of the sides is the same.
  PairSums sums = HWY_DYNAMIC_DISPATCH(SumNarrowAndFloats)(format_b, b, a, count, pivot_b, pivot_a);
  SwapSides(sums);
  return sums;
}

}  // namespace modelkin
#endif  // HWY_ONCE
