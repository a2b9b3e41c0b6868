#include "kernels/exponentials.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/exponentials.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

// Highway's exp is 0 of NaN, and goes wrong far above what a float holds.
HWY_INLINE FloatVector Exp(Floats d, FloatVector x) {
  const auto small = hn::Min(x, hn::Set(d, 89.0F));  // exp(89) is infinite
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, small));
}

// Calls f for vectors of values, which it changes. What is left at the end goes through a whole
// vector as well, for the same bits wherever a value stands.
template <class Function>
HWY_INLINE void ForVectors(float* values, std::size_t count, const Function& f) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const FloatVector out = f(hn::LoadU(d, values + i), lanes);
    hn::StoreU(out, d, values + i);
  }
  if (i == count) return;
  HWY_ALIGN float rest[HWY_MAX_BYTES / sizeof(float)] = {};
  std::copy(values + i, values + count, rest);
  hn::Store(f(hn::Load(d, rest), count - i), d, rest);
  std::copy_n(rest, count - i, values + i);
}

float LargestHere(const float* values, std::size_t count) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  float largest = -std::numeric_limits<float>::infinity();
  auto lanes_largest = hn::Set(d, largest);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    lanes_largest = hn::Max(lanes_largest, hn::LoadU(d, values + i));
  }
  if (i > 0) largest = hn::GetLane(hn::MaxOfLanes(d, lanes_largest));
  for (; i < count; ++i) largest = std::max(largest, values[i]);
  return largest;
}

float ExponentiateAndSumHere(float* values, std::size_t count, float largest) {
  const Floats d;
  auto sum = hn::Zero(d);
  const auto shift = hn::Set(d, largest);
  ForVectors(values, count, [&](FloatVector x, std::size_t used) {
    const auto out = Exp(d, hn::Sub(x, shift));
    sum = hn::Add(sum, hn::IfThenElseZero(hn::FirstN(d, used), out));
    return out;
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void MultiplyBySigmoidHere(float* values, std::size_t count, float scale, float cubic) {
  const Floats d;
  const auto one = hn::Set(d, 1.0F);
  const auto minus = hn::Set(d, -scale);
  const auto third = hn::Set(d, -scale * cubic);
  ForVectors(values, count, [&](FloatVector x, std::size_t) {
    // Without a cubic part the square of a huge x must not come into it: 0 times infinity is NaN.
    const auto inner =
        cubic == 0 ? hn::Mul(x, minus) : hn::Mul(x, hn::MulAdd(third, hn::Mul(x, x), minus));
    return hn::Div(x, hn::Add(one, Exp(d, inner)));
  });
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(LargestHere);
HWY_EXPORT(ExponentiateAndSumHere);
HWY_EXPORT(MultiplyBySigmoidHere);

float Largest(const float* values, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(LargestHere)(values, count);
}

float ExponentiateAndSum(float* values, std::size_t count, float largest) {
  return HWY_DYNAMIC_DISPATCH(ExponentiateAndSumHere)(values, count, largest);
}

void MultiplyBySigmoid(float* values, std::size_t count, float scale, float cubic) {
  HWY_DYNAMIC_DISPATCH(MultiplyBySigmoidHere)(values, count, scale, cubic);
}

}  // namespace modelkin
#endif  // HWY_ONCE
