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

#include "kernels/deviation_sums-inl.h"
#include "kernels/pair_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The other sums, in long runs in float and from there in double.
class CoarseSums {
 public:
  HWY_INLINE CoarseSums() {
    xxx_ = xxxx_ = yyy_ = yyyy_ = abs_diff_ = squared_diff_ = max_abs_diff_ = hn::Zero(FloatTag());
    total_xxx_ = total_xxxx_ = total_yyy_ = total_yyyy_ = hn::Zero(DoubleTag());
    total_abs_diff_ = total_squared_diff_ = total_xxx_;
  }

  HWY_INLINE void Add(const Step& s) {
    xxx_ = hn::MulAdd(s.xx0, s.x0, hn::MulAdd(s.xx1, s.x1, xxx_));
    yyy_ = hn::MulAdd(s.yy0, s.y0, hn::MulAdd(s.yy1, s.y1, yyy_));
    xxxx_ = hn::MulAdd(s.xx0, s.xx0, hn::MulAdd(s.xx1, s.xx1, xxxx_));
    yyyy_ = hn::MulAdd(s.yy0, s.yy0, hn::MulAdd(s.yy1, s.yy1, yyyy_));
    const Floats diff0 = hn::Sub(s.a0, s.b0);
    const Floats diff1 = hn::Sub(s.a1, s.b1);
    const Floats abs0 = hn::Abs(diff0);
    const Floats abs1 = hn::Abs(diff1);
    abs_diff_ = hn::Add(abs_diff_, hn::Add(abs0, abs1));
    squared_diff_ = hn::MulAdd(diff0, diff0, hn::MulAdd(diff1, diff1, squared_diff_));
    max_abs_diff_ = hn::Max(max_abs_diff_, hn::Max(abs0, abs1));
  }

  HWY_INLINE void EndRun() {
    total_xxx_ = AddToDouble(total_xxx_, xxx_);
    total_xxxx_ = AddToDouble(total_xxxx_, xxxx_);
    total_yyy_ = AddToDouble(total_yyy_, yyy_);
    total_yyyy_ = AddToDouble(total_yyyy_, yyyy_);
    total_abs_diff_ = AddToDouble(total_abs_diff_, abs_diff_);
    total_squared_diff_ = AddToDouble(total_squared_diff_, squared_diff_);
    xxx_ = xxxx_ = yyy_ = yyyy_ = abs_diff_ = squared_diff_ = hn::Zero(FloatTag());
  }

  HWY_INLINE void WriteTo(PairSums& sums) const {
    sums.xxx = SumOfLanes(total_xxx_);
    sums.xxxx = SumOfLanes(total_xxxx_);
    sums.yyy = SumOfLanes(total_yyy_);
    sums.yyyy = SumOfLanes(total_yyyy_);
    sums.abs_diff = SumOfLanes(total_abs_diff_);
    sums.squared_diff = SumOfLanes(total_squared_diff_);
    sums.max_abs_diff = hn::GetLane(hn::MaxOfLanes(FloatTag(), max_abs_diff_));
  }

 private:
  Floats xxx_, xxxx_, yyy_, yyyy_, abs_diff_, squared_diff_, max_abs_diff_;
  Doubles total_xxx_, total_xxxx_, total_yyy_, total_yyyy_, total_abs_diff_, total_squared_diff_;
};

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

template <class Sums, class Format, bool kShifted>
PairSums SumBlock(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t count,
                  float pivot_a, float pivot_b) {
  using Stored = typename Format::Stored;
  constexpr int kRunsPerCoarseRun = 64 / Format::kStepsPerRun;
  const std::size_t step = StepElements();
  const std::size_t stored_lanes = hn::Lanes(hn::ScalableTag<Stored>());
  const auto* a = reinterpret_cast<const Stored*>(bytes_a);
  const auto* b = reinterpret_cast<const Stored*>(bytes_b);
  const Floats pivots_a = hn::Set(FloatTag(), pivot_a);
  const Floats pivots_b = hn::Set(FloatTag(), pivot_b);

  PairSums sums;
  Sums deviations(pivot_a, pivot_b);
  CoarseSums coarse;
  const auto add_step = [&](std::size_t at) HWY_ATTR {
    PrefetchAhead(a + at);
    PrefetchAhead(b + at);
    const Step s = LoadStep<Format, kShifted>(a + at, b + at, pivots_a, pivots_b);
    deviations.Add(s);
    coarse.Add(s);
    for (std::size_t lane = 0; lane < step; lane += stored_lanes) {
      CountBits(a + at + lane, b + at + lane, sums);
    }
  };

  std::size_t i = 0;
  const std::size_t run = Format::kStepsPerRun * step;
  for (int runs = 0; i + run <= count; i += run) {
    for (int k = 0; k < Format::kStepsPerRun; ++k) add_step(i + k * step);
    deviations.EndRun();
    if (++runs == kRunsPerCoarseRun) {
      coarse.EndRun();
      runs = 0;
    }
  }
  for (; i + step <= count; i += step) add_step(i);
  deviations.EndRun();
  coarse.EndRun();
  static_cast<DeviationSums&>(sums) = deviations.Totals();
  coarse.WriteTo(sums);
  for (; i < count; ++i) {
    Stored bits_a, bits_b;
    std::memcpy(&bits_a, bytes_a + i * sizeof(Stored), sizeof(Stored));
    std::memcpy(&bits_b, bytes_b + i * sizeof(Stored), sizeof(Stored));
    AddOne<Format>(bits_a, bits_b, pivot_a, pivot_b, sums);
  }
  return sums;
}
// Whole runs, summed both ways.
template <class Format>
SampledRuns SumBothWays(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t count,
                        std::size_t which, float pivot_a, float pivot_b) {
  const std::size_t step = StepElements();
  const std::size_t run = Format::kStepsPerRun * step;
  const std::size_t length = std::max(run, kSampledElements);
  if (count < length) return {};
  const std::size_t first = which % (count / length) * length;
  const auto* a = reinterpret_cast<const typename Format::Stored*>(bytes_a) + first;
  const auto* b = reinterpret_cast<const typename Format::Stored*>(bytes_b) + first;
  const Floats pivots_a = hn::Set(FloatTag(), pivot_a);
  const Floats pivots_b = hn::Set(FloatTag(), pivot_b);
  RunSums in_runs(pivot_a, pivot_b);
  DoubleSums in_double(pivot_a, pivot_b);
  for (std::size_t begin = 0; begin < length; begin += run) {
    for (std::size_t i = begin; i < begin + run; i += step) {
      const Step s = LoadStep<Format, true>(a + i, b + i, pivots_a, pivots_b);
      in_runs.Add(s);
      in_double.Add(s);
    }
    in_runs.EndRun();
  }
  return {.elements = length, .in_runs = in_runs.Totals(), .in_double = in_double.Totals()};
}

// Most weight matrices have means so near zero that no shift is needed.
template <class Sums, class Format>
PairSums SumFormat(const std::byte* a, const std::byte* b, std::size_t count, float pivot_a,
                   float pivot_b) {
  return pivot_a == 0 && pivot_b == 0 ? SumBlock<Sums, Format, false>(a, b, count, 0, 0)
                                      : SumBlock<Sums, Format, true>(a, b, count, pivot_a, pivot_b);
}

template <class Sums>
PairSums SumAny(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                float pivot_a, float pivot_b) {
  switch (format) {
    case KernelFormat::kBF16: return SumFormat<Sums, BF16Format>(a, b, count, pivot_a, pivot_b);
    case KernelFormat::kF16: return SumFormat<Sums, F16Format>(a, b, count, pivot_a, pivot_b);
    default: return SumFormat<Sums, F32Format>(a, b, count, pivot_a, pivot_b);
  }
}

PairSums SumInRuns(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                   float pivot_a, float pivot_b) {
  return SumAny<RunSums>(format, a, b, count, pivot_a, pivot_b);
}

PairSums SumInDouble(KernelFormat format, const std::byte* a, const std::byte* b, std::size_t count,
                     float pivot_a, float pivot_b) {
  return SumAny<DoubleSums>(format, a, b, count, pivot_a, pivot_b);
}

SampledRuns SampleFormat(KernelFormat format, const std::byte* a, const std::byte* b,
                         std::size_t count, std::size_t which, float pivot_a, float pivot_b) {
  switch (format) {
    case KernelFormat::kBF16: return SumBothWays<BF16Format>(a, b, count, which, pivot_a, pivot_b);
    case KernelFormat::kF16: return SumBothWays<F16Format>(a, b, count, which, pivot_a, pivot_b);
    default: return SumBothWays<F32Format>(a, b, count, which, pivot_a, pivot_b);
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(SumInRuns);
HWY_EXPORT(SumInDouble);
HWY_EXPORT(SampleFormat);

PairSums SumPairs(KernelFormat format, Summation summation, const std::byte* a, const std::byte* b,
                  std::size_t count, float pivot_a, float pivot_b) {
  return summation == Summation::kRuns
             ? HWY_DYNAMIC_DISPATCH(SumInRuns)(format, a, b, count, pivot_a, pivot_b)
             : HWY_DYNAMIC_DISPATCH(SumInDouble)(format, a, b, count, pivot_a, pivot_b);
}

SampledRuns SampleRuns(KernelFormat format, const std::byte* a, const std::byte* b,
                       std::size_t count, std::size_t which, float pivot_a, float pivot_b) {
  return HWY_DYNAMIC_DISPATCH(SampleFormat)(format, a, b, count, which, pivot_a, pivot_b);
}

}  // namespace modelkin
#endif  // HWY_ONCE
