// The sums that cosine and Pearson are made of, added up in two ways. Compiled once for each SIMD
// target.
#if defined(MODELKIN_KERNELS_DEVIATION_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MODELKIN_KERNELS_DEVIATION_SUMS_INL_H_
#undef MODELKIN_KERNELS_DEVIATION_SUMS_INL_H_
#else
#define MODELKIN_KERNELS_DEVIATION_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/pair_step-inl.h"
#include "kernels/pair_sums.h"

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using Doubles = hn::Vec<DoubleTag>;

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

HWY_INLINE double SumOfLanes(Doubles v) {
  const DoubleTag dd;
  return hn::GetLane(hn::SumOfLanes(dd, v));
}

// Short runs in float, the rest in double. Pairs are added before they join a run: as many
// instructions, and half as many roundings in a row.
class RunSums {
 public:
  HWY_INLINE RunSums(float, float) {
    x_ = y_ = xx_ = yy_ = xy_ = hn::Zero(FloatTag());
    total_x_ = total_y_ = total_xx_ = total_yy_ = total_xy_ = hn::Zero(DoubleTag());
  }

  HWY_INLINE void Add(const Step& s) {
    x_ = hn::Add(x_, hn::Add(s.x0, s.x1));
    y_ = hn::Add(y_, hn::Add(s.y0, s.y1));
    xx_ = hn::Add(xx_, hn::Add(s.xx0, s.xx1));
    yy_ = hn::Add(yy_, hn::Add(s.yy0, s.yy1));
    xy_ = hn::MulAdd(s.x1, s.y1, hn::MulAdd(s.x0, s.y0, xy_));
  }

  HWY_INLINE void EndRun() {
    total_x_ = AddToDouble(total_x_, x_);
    total_y_ = AddToDouble(total_y_, y_);
    total_xx_ = AddToDouble(total_xx_, xx_);
    total_yy_ = AddToDouble(total_yy_, yy_);
    total_xy_ = AddToDouble(total_xy_, xy_);
    x_ = y_ = xx_ = yy_ = xy_ = hn::Zero(FloatTag());
  }

  HWY_INLINE DeviationSums Totals() const {
    return {.x = SumOfLanes(total_x_),
            .y = SumOfLanes(total_y_),
            .xx = SumOfLanes(total_xx_),
            .yy = SumOfLanes(total_yy_),
            .xy = SumOfLanes(total_xy_)};
  }

 private:
  Floats x_, y_, xx_, yy_, xy_;
  Doubles total_x_, total_y_, total_xx_, total_yy_, total_xy_;
};

// In double throughout, deviations included.
class DoubleSums {
 public:
  HWY_INLINE DoubleSums(float pivot_a, float pivot_b) {
    pivot_a_ = hn::Set(DoubleTag(), pivot_a);
    pivot_b_ = hn::Set(DoubleTag(), pivot_b);
    x_ = y_ = xx_ = yy_ = xy_ = hn::Zero(DoubleTag());
  }

  HWY_INLINE void Add(const Step& s) {
    AddFloats(s.a0, s.b0);
    AddFloats(s.a1, s.b1);
  }

  HWY_INLINE void EndRun() {}

  HWY_INLINE DeviationSums Totals() const {
    return {.x = SumOfLanes(x_),
            .y = SumOfLanes(y_),
            .xx = SumOfLanes(xx_),
            .yy = SumOfLanes(yy_),
            .xy = SumOfLanes(xy_)};
  }

 private:
  HWY_INLINE void AddFloats(Floats a, Floats b) {
    const DoubleTag dd;
#if HWY_TARGET == HWY_SCALAR
    AddDoubles(hn::PromoteTo(dd, a), hn::PromoteTo(dd, b));
#else
    const hn::Half<FloatTag> dhalf;
    AddDoubles(hn::PromoteTo(dd, hn::LowerHalf(dhalf, a)),
               hn::PromoteTo(dd, hn::LowerHalf(dhalf, b)));
    AddDoubles(hn::PromoteTo(dd, hn::UpperHalf(dhalf, a)),
               hn::PromoteTo(dd, hn::UpperHalf(dhalf, b)));
#endif
  }

  HWY_INLINE void AddDoubles(Doubles a, Doubles b) {
    const Doubles x = hn::Sub(a, pivot_a_);
    const Doubles y = hn::Sub(b, pivot_b_);
    x_ = hn::Add(x_, x);
    y_ = hn::Add(y_, y);
    xx_ = hn::MulAdd(x, x, xx_);
    yy_ = hn::MulAdd(y, y, yy_);
    xy_ = hn::MulAdd(x, y, xy_);
  }

  Doubles pivot_a_, pivot_b_;
  Doubles x_, y_, xx_, yy_, xy_;
};

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
