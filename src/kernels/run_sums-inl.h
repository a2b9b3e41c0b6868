// Sums over runs of steps: in float within a run, in double from run to run. Compiled once for each
// SIMD target.
#if defined(MODELKIN_KERNELS_RUN_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MODELKIN_KERNELS_RUN_SUMS_INL_H_
#undef MODELKIN_KERNELS_RUN_SUMS_INL_H_
#else
#define MODELKIN_KERNELS_RUN_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/pair_step-inl.h"
#include "kernels/pair_sums.h"
#include "kernels/run_scales.h"

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

// What takes the lanes of a vector of floats back from their scales, by halves.
struct LaneFactors {
  Doubles low, high;

  HWY_INLINE LaneFactors operator*(const LaneFactors& other) const {
    return {hn::Mul(low, other.low), hn::Mul(high, other.high)};
  }
};

HWY_INLINE LaneFactors InverseScales(std::size_t first_scale) {
  const DoubleTag dd;
  const double* const inverses = kInverseRunScales.data() + first_scale;
#if HWY_TARGET == HWY_SCALAR
  return {hn::LoadU(dd, inverses), hn::Zero(dd)};
#else
  return {hn::LoadU(dd, inverses), hn::LoadU(dd, inverses + hn::Lanes(dd))};
#endif
}

HWY_INLINE Doubles AddToDouble(Doubles sum, Floats values, const LaneFactors& factors) {
  const DoubleTag dd;
#if HWY_TARGET == HWY_SCALAR
  return hn::MulAdd(hn::PromoteTo(dd, values), factors.low, sum);
#else
  const hn::Half<FloatTag> dhalf;
  const Doubles low = hn::PromoteTo(dd, hn::LowerHalf(dhalf, values));
  const Doubles high = hn::PromoteTo(dd, hn::UpperHalf(dhalf, values));
  return hn::MulAdd(high, factors.high, hn::MulAdd(low, factors.low, sum));
#endif
}

HWY_INLINE double SumOfLanes(Doubles v) {
  const DoubleTag dd;
  return hn::GetLane(hn::SumOfLanes(dd, v));
}

// What cosine and Pearson are made of. Steps are summed in groups, and groups in a run, so that few
// roundings follow one another, and no small number meets a much larger sum more often than that.
class DeviationSums {
 public:
  HWY_INLINE DeviationSums() {
    run_x_ = run_y_ = run_xx_ = run_yy_ = run_xy_ = hn::Zero(FloatTag());
    total_x_ = total_y_ = total_xx_ = total_yy_ = total_xy_ = hn::Zero(DoubleTag());
  }

  HWY_INLINE void BeginGroup(const Step& s) {
    x_ = hn::Add(s.x0, s.x1);
    y_ = hn::Add(s.y0, s.y1);
    xx_ = hn::Add(s.xx0, s.xx1);
    yy_ = hn::Add(s.yy0, s.yy1);
    xy_ = hn::MulAdd(s.x1, s.y1, hn::Mul(s.x0, s.y0));
  }

  HWY_INLINE void AddToGroup(const Step& s) {
    x_ = hn::Add(x_, hn::Add(s.x0, s.x1));
    y_ = hn::Add(y_, hn::Add(s.y0, s.y1));
    xx_ = hn::Add(xx_, hn::Add(s.xx0, s.xx1));
    yy_ = hn::Add(yy_, hn::Add(s.yy0, s.yy1));
    xy_ = hn::MulAdd(s.x1, s.y1, hn::MulAdd(s.x0, s.y0, xy_));
  }

  HWY_INLINE void EndGroup() {
    run_x_ = hn::Add(run_x_, x_);
    run_y_ = hn::Add(run_y_, y_);
    run_xx_ = hn::Add(run_xx_, xx_);
    run_yy_ = hn::Add(run_yy_, yy_);
    run_xy_ = hn::Add(run_xy_, xy_);
  }

  HWY_INLINE void EndRun(const LaneFactors& inverse) {
    const LaneFactors inverse2 = inverse * inverse;
    total_x_ = AddToDouble(total_x_, run_x_, inverse);
    total_y_ = AddToDouble(total_y_, run_y_, inverse);
    total_xx_ = AddToDouble(total_xx_, run_xx_, inverse2);
    total_yy_ = AddToDouble(total_yy_, run_yy_, inverse2);
    total_xy_ = AddToDouble(total_xy_, run_xy_, inverse2);
    run_x_ = run_y_ = run_xx_ = run_yy_ = run_xy_ = hn::Zero(FloatTag());
  }

  HWY_INLINE void WriteTo(PairSums& sums) const {
    sums.x = SumOfLanes(total_x_);
    sums.y = SumOfLanes(total_y_);
    sums.xx = SumOfLanes(total_xx_);
    sums.yy = SumOfLanes(total_yy_);
    sums.xy = SumOfLanes(total_xy_);
  }

 private:
  Floats x_, y_, xx_, yy_, xy_;  // of the group
  Floats run_x_, run_y_, run_xx_, run_yy_, run_xy_;
  Doubles total_x_, total_y_, total_xx_, total_yy_, total_xy_;
};

// The other sums, which a run adds up step after step.
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

  HWY_INLINE void EndRun(const LaneFactors& inverse) {
    const LaneFactors inverse2 = inverse * inverse;
    const LaneFactors inverse3 = inverse2 * inverse;
    const LaneFactors inverse4 = inverse2 * inverse2;
    const LaneFactors one = {hn::Set(DoubleTag(), 1.0), hn::Set(DoubleTag(), 1.0)};
    total_xxx_ = AddToDouble(total_xxx_, xxx_, inverse3);
    total_yyy_ = AddToDouble(total_yyy_, yyy_, inverse3);
    total_xxxx_ = AddToDouble(total_xxxx_, xxxx_, inverse4);
    total_yyyy_ = AddToDouble(total_yyyy_, yyyy_, inverse4);
    total_abs_diff_ = AddToDouble(total_abs_diff_, abs_diff_, one);
    total_squared_diff_ = AddToDouble(total_squared_diff_, squared_diff_, one);
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

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
