// Pairs of stored numbers to pairs of float vectors, one step of a kernel's loop at a time.
// Compiled once for each SIMD target.
#if defined(MODELKIN_KERNELS_PAIR_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MODELKIN_KERNELS_PAIR_STEP_INL_H_
#undef MODELKIN_KERNELS_PAIR_STEP_INL_H_
#else
#define MODELKIN_KERNELS_PAIR_STEP_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "kernels/run_scales.h"
#include "numeric/decode.h"

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;

// On x86 both came with AVX2.
constexpr bool kHasFmaAndF16Conversion = !(HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 ||
                                           (HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2));

// A format gives the stored lane type and how two vectors of floats come from a step's stored lanes
// (in any order, as long as it is the same for both sides).
struct BF16Format {
  using Stored = std::uint16_t;
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

// The same, with lanes in the order in which they lie, as floats beside them do.
struct BF16InOrderFormat {
  using Stored = std::uint16_t;
  static float Decode(Stored bits) { return BFloat16ToFloat(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
    first = Widen(from);
    second = Widen(from + hn::Lanes(FloatTag()));
  }

 private:
  static HWY_INLINE Floats Widen(const Stored* from) {
    const hn::RebindToUnsigned<FloatTag> du32;
    const auto bits = hn::PromoteTo(du32, hn::LoadU(hn::Rebind<Stored, FloatTag>(), from));
    return hn::BitCast(FloatTag(), hn::ShiftLeft<16>(bits));
  }
};

struct F16Format {
  using Stored = std::uint16_t;
  static float Decode(Stored bits) { return Float16ToFloat(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
    first = Widen(from);
    second = Widen(from + hn::Lanes(FloatTag()));
  }

 private:
  static HWY_INLINE Floats Widen(const Stored* from) {
    if constexpr (kHasFmaAndF16Conversion) {
      const auto* halves = reinterpret_cast<const hwy::float16_t*>(from);
      return hn::PromoteTo(FloatTag(), hn::LoadU(hn::Rebind<hwy::float16_t, FloatTag>(), halves));
    } else {
      // Here Highway's PromoteTo makes NaN and infinity finite numbers.
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
    }
  }
};

struct F32Format {
  using Stored = std::uint32_t;
  static float Decode(Stored bits) { return std::bit_cast<float>(bits); }
  static HWY_INLINE void Load(const Stored* from, Floats& first, Floats& second) {
    const auto* floats = reinterpret_cast<const float*>(from);
    first = hn::LoadU(FloatTag(), floats);
    second = hn::LoadU(FloatTag(), floats + hn::Lanes(FloatTag()));
  }
};

// How a run of steps sees the numbers: as deviations from the pivots, each lane times a scale.
class RunFrame {
 public:
  HWY_INLINE RunFrame(float pivot_a, float pivot_b)
      : pivot_a_(hn::Set(FloatTag(), pivot_a)), pivot_b_(hn::Set(FloatTag(), pivot_b)) {
    BeginRun(0);
  }

  // Takes the scales of run number `run`.
  HWY_INLINE void BeginRun(std::size_t run) {
    first_scale_ = run * hn::Lanes(FloatTag()) % kRunScaleCount;
    scale_ = hn::LoadU(FloatTag(), kRunScales.data() + first_scale_);
    scaled_pivot_a_ = hn::Mul(pivot_a_, scale_);
    scaled_pivot_b_ = hn::Mul(pivot_b_, scale_);
  }

  HWY_INLINE Floats DeviationOfA(Floats a) const { return Deviation(a, pivot_a_, scaled_pivot_a_); }
  HWY_INLINE Floats DeviationOfB(Floats b) const { return Deviation(b, pivot_b_, scaled_pivot_b_); }

  // Of the run's scales in kRunScales, the first.
  HWY_INLINE std::size_t first_scale() const { return first_scale_; }

 private:
  // With FMA rounded once: the product of pivot and scale is exact.
  HWY_INLINE Floats Deviation(Floats value, Floats pivot, Floats scaled_pivot) const {
    if constexpr (kHasFmaAndF16Conversion) {
      return hn::MulSub(value, scale_, scaled_pivot);
    } else {
      return hn::Mul(hn::Sub(value, pivot), scale_);
    }
  }

  Floats pivot_a_, pivot_b_;
  std::size_t first_scale_ = 0;
  Floats scale_, scaled_pivot_a_, scaled_pivot_b_;
};

// A step's two vectors of each side, their deviations in the frame, and those squared.
struct Step {
  Floats a0, a1, b0, b1;
  Floats x0, x1, y0, y1;
  Floats xx0, xx1, yy0, yy1;
};

// Elements of each side in a step.
HWY_INLINE std::size_t StepElements() { return 2 * hn::Lanes(FloatTag()); }

template <class FormatA, class FormatB>
HWY_INLINE Step LoadStep(const typename FormatA::Stored* a, const typename FormatB::Stored* b,
                         const RunFrame& frame) {
  Step s;
  FormatA::Load(a, s.a0, s.a1);
  FormatB::Load(b, s.b0, s.b1);
  s.x0 = frame.DeviationOfA(s.a0);
  s.x1 = frame.DeviationOfA(s.a1);
  s.y0 = frame.DeviationOfB(s.b0);
  s.y1 = frame.DeviationOfB(s.b1);
  s.xx0 = hn::Mul(s.x0, s.x0);
  s.xx1 = hn::Mul(s.x1, s.x1);
  s.yy0 = hn::Mul(s.y0, s.y0);
  s.yy1 = hn::Mul(s.y1, s.y1);
  return s;
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
