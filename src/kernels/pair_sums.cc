#include "kernels/pair_sums.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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

// Counts that need only the stored bits of one vector of each side.
template <class Stored>
HWY_INLINE void CountBits(const Stored* a, const Stored* b, PairSums& sums) {
  const hn::ScalableTag<Stored> d;
  const auto magnitude = hn::Set(d, static_cast<Stored>(static_cast<Stored>(~Stored{0}) >> 1));
  const auto bits_a = hn::LoadU(d, a);
  const auto bits_b = hn::LoadU(d, b);
  const auto zero_a = hn::Eq(hn::And(bits_a, magnitude), hn::Zero(d));
  const auto zero_b = hn::Eq(hn::And(bits_b, magnitude), hn::Zero(d));
  const auto any_zero = hn::Or(zero_a, zero_b);
  const auto opposite = hn::Gt(hn::Xor(bits_a, bits_b), magnitude);
  sums.bit_equal += hn::CountTrue(d, hn::Eq(bits_a, bits_b));
  if (HWY_LIKELY(hn::AllFalse(d, any_zero))) {
    sums.opposite_signs += hn::CountTrue(d, opposite);
    return;
  }
  sums.any_zero += hn::CountTrue(d, any_zero);
  sums.zeros_a += hn::CountTrue(d, zero_a);
  sums.zeros_b += hn::CountTrue(d, zero_b);
  sums.opposite_signs += hn::CountTrue(d, hn::AndNot(any_zero, opposite));
}

// One pair, for the elements that fill no vector.
template <class Format>
void AddOne(typename Format::Stored bits_a, typename Format::Stored bits_b, float pivot_a,
            float pivot_b, PairSums& sums) {
  const float a = Format::Decode(bits_a);
  const float b = Format::Decode(bits_b);
  sums.Add(a, b, double{a} - pivot_a, double{b} - pivot_b, a - b);
  sums.bit_equal += bits_a == bits_b ? 1 : 0;
}

// The hardware's own prefetching stops at the end of each page.
template <class Stored>
HWY_INLINE void PrefetchAhead(const Stored* step) {
  constexpr std::size_t kAhead = 4096 / sizeof(Stored);
  constexpr std::size_t kLine = 64 / sizeof(Stored);
  const std::size_t length = StepElements();
  for (std::size_t i = 0; i < length; i += kLine) hwy::Prefetch(step + kAhead + i);
}

template <class Format>
PairSums SumBlock(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t count,
                  float pivot_a, float pivot_b) {
  using Stored = Format::Stored;
  const std::size_t step = StepElements();
  const std::size_t stored_lanes = hn::Lanes(hn::ScalableTag<Stored>());
  const auto* a = reinterpret_cast<const Stored*>(bytes_a);
  const auto* b = reinterpret_cast<const Stored*>(bytes_b);

  PairSums sums;
  RunFrame frame(pivot_a, pivot_b);
  DeviationSums deviations;
  CoarseSums coarse;
  // All but the deviation sums. Inline, or every sum would go through memory.
  const auto begin_step = [&](std::size_t at) HWY_ATTR __attribute__((always_inline)) {
    PrefetchAhead(a + at);
    PrefetchAhead(b + at);
    const Step s = LoadStep<Format>(a + at, b + at, frame);
    coarse.Add(s);
    for (std::size_t lane = 0; lane < step; lane += stored_lanes) {
      CountBits(a + at + lane, b + at + lane, sums);
    }
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
    Stored bits_a, bits_b;
    std::memcpy(&bits_a, bytes_a + i * sizeof(Stored), sizeof(Stored));
    std::memcpy(&bits_b, bytes_b + i * sizeof(Stored), sizeof(Stored));
    AddOne<Format>(bits_a, bits_b, pivot_a, pivot_b, sums);
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

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(SumAnyFormat);

PairSums SumPairs(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                  float pivot_a, float pivot_b) {
  return HWY_DYNAMIC_DISPATCH(SumAnyFormat)(format, a, b, count, pivot_a, pivot_b);
}

}  // namespace modelkin
#endif  // HWY_ONCE
