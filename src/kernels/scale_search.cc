#include "kernels/scale_search.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/scale_search.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A group of values in each lane.
using Lanes = hn::CappedTag<float, 16>;
using LaneVector = hn::Vec<Lanes>;
using LaneMask = hn::Mask<Lanes>;

constexpr std::size_t kMostLanes = 16, kMostLength = 32;
constexpr float kLeastMagnitude = 1e-15F;  // of groups that are not zeros

// value i of group g at [i][g].
struct alignas(64) LaneValues {
  float at[kMostLength][kMostLanes];

  HWY_INLINE LaneVector operator[](std::size_t i) const {
    return hn::Load(Lanes(), static_cast<const float*>(at[i]));
  }
  HWY_INLINE void Set(std::size_t i, LaneVector v) {
    hn::Store(v, Lanes(), static_cast<float*>(at[i]));
  }
};

// a * b + c, as the contraction has it.
template <Contraction kContraction>
HWY_INLINE LaneVector MultiplyAdd(LaneVector a, LaneVector b, LaneVector c) {
  if constexpr (kContraction == Contraction::kNone) return hn::Add(hn::Mul(a, b), c);
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  const Lanes d;
  HWY_ALIGN float x[kMostLanes], y[kMostLanes], z[kMostLanes];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) x[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, x);
#endif
}

// a * b - c * d
template <Contraction kContraction>
HWY_INLINE LaneVector DifferenceOfProducts(LaneVector a, LaneVector b, LaneVector c, LaneVector d) {
  return MultiplyAdd<kContraction>(a, b, hn::Neg(hn::Mul(c, d)));
}

// first + step * times
template <Contraction kContraction>
float StepFrom(float first, float step, int times) {
  const auto factor = static_cast<float>(times);
  if constexpr (kContraction == Contraction::kFused) return std::fma(step, factor, first);
  const float product = step * factor;
  return first + product;
}

constexpr float kMagic = 12582912.0F;  // 1.5 * 2^23: what is added to it loses its fraction

// The whole number nearest to a * b, of two the even one. Below 2^22 in magnitude.
template <Contraction kContraction>
HWY_INLINE LaneVector NearestProduct(LaneVector a, LaneVector b) {
  const auto magic = hn::Set(Lanes(), kMagic);
  return hn::Sub(MultiplyAdd<kContraction>(a, b, magic), magic);
}

// The same of a number of any size, with the bits that ggml's nearest_int makes of larger ones.
HWY_INLINE LaneVector NearestInteger(LaneVector x) {
  const Lanes d;
  const hn::RebindToSigned<Lanes> whole;
  const auto bits = hn::BitCast(whole, hn::Add(x, hn::Set(d, kMagic)));
  const auto low = hn::And(bits, hn::Set(whole, 0x007FFFFF));
  return hn::ConvertTo(d, hn::Sub(low, hn::Set(whole, 0x00400000)));
}

HWY_INLINE LaneVector Within(LaneVector x, float least, float most) {
  const Lanes d;
  return hn::Min(hn::Max(x, hn::Set(d, least)), hn::Set(d, most));
}

// Takes values of `count` groups from `first` on; lanes behind them get those of the last.
HWY_INLINE void LoadGroups(const ValueGroups& groups, std::size_t first, std::size_t count,
                           LaneValues& x) {
  for (std::size_t lane = 0; lane < hn::Lanes(Lanes()); ++lane) {
    const float* const from = groups.values + (first + std::min(lane, count - 1)) * groups.length;
    for (std::size_t i = 0; i < groups.length; ++i) x.at[i][lane] = from[i];
  }
}

HWY_INLINE void StoreLanes(LaneVector v, std::size_t count, float* out) {
  HWY_ALIGN float lanes[kMostLanes];
  hn::Store(v, Lanes(), lanes);
  std::copy_n(lanes, count, out);
}

HWY_INLINE void StoreCodes(const LaneValues& codes, std::size_t length, std::size_t count,
                           std::int8_t* out) {
  for (std::size_t lane = 0; lane < count; ++lane) {
    for (std::size_t i = 0; i < length; ++i) {
      out[lane * length + i] = static_cast<std::int8_t>(codes.at[i][lane]);
    }
  }
}

// Calls f(values, first group, groups) for as many groups at a time as there are lanes.
template <class Function>
HWY_INLINE void ForLanes(const ValueGroups& groups, const Function& f) {
  LaneValues x;
  const std::size_t lanes = hn::Lanes(Lanes());
  for (std::size_t first = 0; first < groups.count; first += lanes) {
    const std::size_t count = std::min(lanes, groups.count - first);
    LoadGroups(groups, first, count, x);
    f(x, first, count);
  }
}

// An affine search in each lane.
template <Contraction kContraction>
class AffineLanes {
 public:
  HWY_INLINE AffineLanes(const AffineSearch& search, const LaneValues& x, std::size_t length)
      : search_(search), x_(x), length_(length), largest_(static_cast<float>(search.largest_code)) {
    SetWeights();
    SetSums();
    const Lanes d;
    is_flat_ = hn::Eq(max_, min_);
    const auto range = hn::Sub(max_, min_);
    factor_ = hn::Div(hn::Set(d, largest_), range);
    base_ = min_;
    scale_ = hn::Div(hn::Set(d, 1.0F), factor_);
    for (std::size_t i = 0; i < length_; ++i) codes_.Set(i, Code(factor_, i));
    error_ = ErrorOf(scale_, min_);
  }

  HWY_INLINE void Search() {
    for (int i = 0; i <= search_.steps; ++i) {
      Try(StepFrom<kContraction>(search_.first, search_.step, i) + largest_);
    }
  }

  HWY_INLINE void Store(std::size_t first, std::size_t count, const FoundScales& found) {
    StoreLanes(hn::IfThenZeroElse(is_flat_, scale_), count, found.scales + first);
    StoreLanes(hn::Neg(min_), count, found.minima + first);
    min_ = base_;  // that the codes were found with
    for (std::size_t i = 0; i < length_; ++i) {
      codes_.Set(i, hn::IfThenZeroElse(is_flat_, Code(factor_, i)));
    }
    StoreCodes(codes_, length_, count, found.codes + first * length_);
  }

 private:
  HWY_INLINE void SetWeights() {
    const Lanes d;
    auto added = hn::Zero(d);
    if (search_.weights == AffineWeights::kMagnitudePlusRms) {
      auto squares = hn::Zero(d);
      for (std::size_t i = 0; i < length_; ++i) {
        squares = MultiplyAdd<kContraction>(x_[i], x_[i], squares);
      }
      added = hn::Sqrt(hn::Div(squares, hn::Set(d, static_cast<float>(length_))));
    }
    for (std::size_t i = 0; i < length_; ++i) weights_.Set(i, hn::Add(added, hn::Abs(x_[i])));
  }

  HWY_INLINE void SetSums() {
    min_ = max_ = x_[0];
    of_weights_ = weights_[0];
    of_values_ = hn::Mul(of_weights_, x_[0]);
    for (std::size_t i = 1; i < length_; ++i) {
      const auto x = x_[i], w = weights_[i];
      min_ = hn::IfThenElse(hn::Lt(x, min_), x, min_);
      max_ = hn::IfThenElse(hn::Gt(x, max_), x, max_);
      of_weights_ = hn::Add(of_weights_, w);
      of_values_ = MultiplyAdd<kContraction>(w, x, of_values_);
    }
    const auto zero = hn::Zero(Lanes());
    min_ = hn::IfThenElse(hn::Gt(min_, zero), zero, min_);
  }

  HWY_INLINE LaneVector Code(LaneVector factor, std::size_t i) const {
    return Within(NearestProduct<kContraction>(factor, hn::Sub(x_[i], min_)), 0, largest_);
  }

  // Of the codes that are there.
  HWY_INLINE LaneVector ErrorOf(LaneVector scale, LaneVector min) const {
    auto error = hn::Zero(Lanes());
    for (std::size_t i = 0; i < length_; ++i) {
      const auto apart = hn::Sub(MultiplyAdd<kContraction>(scale, codes_[i], min), x_[i]);
      const auto of_one = search_.absolute_errors ? hn::Abs(apart) : hn::Mul(apart, apart);
      error = MultiplyAdd<kContraction>(weights_[i], of_one, error);
    }
    return error;
  }

  HWY_INLINE void Try(float numerator) {
    const Lanes d;
    const auto factor = hn::Div(hn::Set(d, numerator), hn::Sub(max_, min_));
    auto l1 = hn::Zero(d), l2 = hn::Zero(d), lx = hn::Zero(d);
    for (std::size_t i = 0; i < length_; ++i) {
      const auto code = Code(factor, i), w = weights_[i];
      codes_.Set(i, code);
      const auto product = hn::Mul(w, code);
      l1 = hn::Add(l1, product);  // of which there is one more use: never fused
      l2 = MultiplyAdd<kContraction>(product, code, l2);
      lx = MultiplyAdd<kContraction>(product, x_[i], lx);
    }
    const auto zero = hn::Zero(d);
    const auto determinant = DifferenceOfProducts<kContraction>(of_weights_, l2, l1, l1);
    const auto is_solvable = hn::Gt(determinant, zero);
    // GCC's choice of the product that is fused.
    auto scale = hn::Div(
        MultiplyAdd<kContraction>(hn::Neg(of_values_), l1, hn::Mul(of_weights_, lx)), determinant);
    auto min = hn::Div(DifferenceOfProducts<kContraction>(l2, of_values_, l1, lx), determinant);
    const auto is_positive = hn::Gt(min, zero);
    scale = hn::IfThenElse(is_positive, hn::Div(lx, l2), scale);
    min = hn::IfThenElse(is_positive, zero, min);
    const auto error = ErrorOf(scale, min);
    const auto is_better = hn::And(is_solvable, hn::Lt(error, error_));
    factor_ = hn::IfThenElse(is_better, factor, factor_);
    base_ = hn::IfThenElse(is_better, min_, base_);
    error_ = hn::IfThenElse(is_better, error, error_);
    scale_ = hn::IfThenElse(is_better, scale, scale_);
    min_ = hn::IfThenElse(is_better, min, min_);
  }

  LaneValues weights_{}, codes_{};
  const AffineSearch& search_;
  const LaneValues& x_;
  std::size_t length_;
  float largest_;
  LaneVector min_, max_, of_weights_, of_values_;
  LaneMask is_flat_;
  LaneVector factor_, base_, scale_, error_;  // the best so far
};

// The values of largest magnitude, with their signs: of several the first.
struct LargestValues {
  LaneVector value;
  LaneMask is_nothing;
};

HWY_INLINE LargestValues FindLargest(const LaneValues& x, std::size_t length) {
  const Lanes d;
  auto magnitude = hn::Zero(d), value = hn::Zero(d);
  for (std::size_t i = 0; i < length; ++i) {
    const auto here = hn::Abs(x[i]);
    const auto is_larger = hn::Gt(here, magnitude);
    magnitude = hn::IfThenElse(is_larger, here, magnitude);
    value = hn::IfThenElse(is_larger, x[i], value);
  }
  return {value, hn::Lt(magnitude, hn::Set(d, kLeastMagnitude))};
}

// Sums of one choice of codes.
struct CodeSums {
  LaneVector with_values, with_codes;  // sum of weight * value * code, weight * code^2
};

HWY_INLINE LaneVector RatioOf(const CodeSums& sums) {
  return hn::IfThenElseZero(hn::Gt(sums.with_codes, hn::Zero(Lanes())),
                            hn::Div(sums.with_values, sums.with_codes));
}

// What is best of several choices: scale and scale * sum.
struct BestScale {
  LaneVector scale, gain;

  HWY_INLINE explicit BestScale(const CodeSums& sums)
      : scale(RatioOf(sums)), gain(hn::Mul(scale, sums.with_values)) {}

  // Returns where the sums are better.
  HWY_INLINE LaneMask Take(const CodeSums& sums) {
    const auto square = hn::Mul(sums.with_values, sums.with_values);
    const auto is_better = hn::And(hn::Gt(sums.with_codes, hn::Zero(Lanes())),
                                   hn::Gt(square, hn::Mul(gain, sums.with_codes)));
    scale = hn::IfThenElse(is_better, hn::Div(sums.with_values, sums.with_codes), scale);
    gain = hn::IfThenElse(is_better, hn::Mul(scale, sums.with_values), gain);
    return is_better;
  }
};

template <Contraction kContraction>
HWY_INLINE void SearchLanes(int half, const LaneValues& x, std::size_t length, std::size_t first,
                            std::size_t count, const FoundScales& found) {
  const Lanes d;
  const auto wide = static_cast<float>(half);
  const LargestValues largest = FindLargest(x, length);
  const auto code_of = [&](LaneVector factor, std::size_t i) HWY_ATTR {
    return Within(NearestProduct<kContraction>(factor, x[i]), -wide, wide - 1);
  };
  const auto sums_of = [&](LaneVector factor) HWY_ATTR {
    CodeSums sums{hn::Zero(d), hn::Zero(d)};
    for (std::size_t i = 0; i < length; ++i) {
      const auto code = code_of(factor, i), weight = hn::Mul(x[i], x[i]);
      sums.with_values = MultiplyAdd<kContraction>(hn::Mul(weight, x[i]), code, sums.with_values);
      sums.with_codes = MultiplyAdd<kContraction>(hn::Mul(weight, code), code, sums.with_codes);
    }
    return sums;
  };
  auto best_factor = hn::Div(hn::Set(d, -wide), largest.value);
  BestScale best(sums_of(best_factor));
  for (int i = -9; i <= 9; ++i) {
    if (i == 0) continue;
    const auto factor = hn::Div(hn::Set(d, -StepFrom<kContraction>(wide, 0.1F, i)), largest.value);
    best_factor = hn::IfThenElse(best.Take(sums_of(factor)), factor, best_factor);
  }
  StoreLanes(hn::IfThenZeroElse(largest.is_nothing, best.scale), count, found.scales + first);
  LaneValues codes;
  for (std::size_t i = 0; i < length; ++i) {
    const auto code = hn::Add(code_of(best_factor, i), hn::Set(d, wide));
    codes.Set(i, hn::IfThenZeroElse(largest.is_nothing, code));
  }
  StoreCodes(codes, length, count, found.codes + first * length);
}

template <Contraction kContraction>
HWY_INLINE void ImproveLanes(int half, const LaneValues& x, std::size_t length, std::size_t first,
                             std::size_t count, const FoundScales& found) {
  const Lanes d;
  const auto zero = hn::Zero(d);
  const auto wide = static_cast<float>(half);
  const LargestValues largest = FindLargest(x, length);
  const auto factor = hn::Div(hn::Set(d, -wide), largest.value);
  LaneValues codes;
  CodeSums sums{zero, zero};
  for (std::size_t i = 0; i < length; ++i) {
    const auto code = Within(NearestProduct<kContraction>(factor, x[i]), -wide, wide - 1);
    const auto weight = hn::Mul(x[i], x[i]);
    codes.Set(i, code);
    sums.with_values = MultiplyAdd<kContraction>(hn::Mul(weight, x[i]), code, sums.with_values);
    sums.with_codes = MultiplyAdd<kContraction>(hn::Mul(weight, code), code, sums.with_codes);
  }
  for (int round = 0; round < 5; ++round) {
    auto changed = hn::FirstN(d, 0);
    for (std::size_t i = 0; i < length; ++i) {
      const auto weight = hn::Mul(x[i], x[i]), code = codes[i];
      const auto with_value = hn::Mul(weight, x[i]);
      const auto minus = hn::Neg(code);
      // Without this code.
      auto values = MultiplyAdd<kContraction>(with_value, minus, sums.with_values);
      auto squares = MultiplyAdd<kContraction>(hn::Mul(weight, code), minus, sums.with_codes);
      const auto other =
          Within(NearestInteger(hn::Div(hn::Mul(x[i], squares), values)), -wide, wide - 1);
      const auto is_other = hn::And(hn::Gt(values, zero), hn::Ne(other, code));
      // And with the other.
      values = MultiplyAdd<kContraction>(with_value, other, values);
      squares = MultiplyAdd<kContraction>(hn::Mul(weight, other), other, squares);
      const auto left = hn::Mul(hn::Mul(values, values), sums.with_codes);
      const auto right = hn::Mul(hn::Mul(sums.with_values, sums.with_values), squares);
      const auto is_better = hn::And(is_other, hn::And(hn::Gt(squares, zero), hn::Gt(left, right)));
      changed = hn::Or(changed, is_better);
      codes.Set(i, hn::IfThenElse(is_better, other, code));
      sums.with_values = hn::IfThenElse(is_better, values, sums.with_values);
      sums.with_codes = hn::IfThenElse(is_better, squares, sums.with_codes);
    }
    if (hn::AllFalse(d, changed)) break;  // as nothing will in further rounds
  }
  StoreLanes(hn::IfThenZeroElse(largest.is_nothing, RatioOf(sums)), count, found.scales + first);
  for (std::size_t i = 0; i < length; ++i) {
    const auto code = hn::Add(codes[i], hn::Set(d, wide));
    codes.Set(i, hn::IfThenZeroElse(largest.is_nothing, code));
  }
  StoreCodes(codes, length, count, found.codes + first * length);
}

// Half way from each of kIq4Values to the next: what is nearest changes there, the upper one being
// taken of two as near. These are floats, as are distances to them beside the values.
constexpr float HalfWay(int i) {
  return 0.5F * static_cast<float>(kIq4Values[i] + kIq4Values[i + 1]);
}

HWY_INLINE LaneVector NearestTableValue(LaneVector x) {
  const Lanes d;
  auto value = hn::Set(d, static_cast<float>(kIq4Values[0]));
  for (int i = 0; i < 15; ++i) {
    const auto up = hn::Set(d, static_cast<float>(kIq4Values[i + 1]));
    value = hn::IfThenElse(hn::Ge(x, hn::Set(d, HalfWay(i))), up, value);
  }
  return value;
}

template <Contraction kContraction>
HWY_INLINE void SearchTableLanes(const LaneValues& x, std::size_t length, std::size_t first,
                                 std::size_t count, float* scales) {
  const Lanes d;
  constexpr int kTries = 7;
  const LargestValues largest = FindLargest(x, length);
  const auto sums_of = [&](LaneVector factor) HWY_ATTR {
    CodeSums sums{hn::Zero(d), hn::Zero(d)};
    for (std::size_t i = 0; i < length; ++i) {
      const auto value = NearestTableValue(hn::Mul(factor, x[i]));
      const auto product = hn::Mul(hn::Mul(x[i], x[i]), value);
      sums.with_values = MultiplyAdd<kContraction>(product, x[i], sums.with_values);
      sums.with_codes = MultiplyAdd<kContraction>(product, value, sums.with_codes);
    }
    return sums;
  };
  const auto least = static_cast<float>(kIq4Values[0]);
  const auto start = hn::Div(hn::Neg(largest.value), hn::Set(d, least));
  BestScale best(sums_of(hn::Div(hn::Set(d, 1.0F), start)));
  for (int i = -kTries; i <= kTries; ++i) {
    const auto numerator = hn::Set(d, static_cast<float>(i + kIq4Values[0]));
    best.Take(sums_of(hn::Div(numerator, largest.value)));
  }
  StoreLanes(hn::IfThenZeroElse(largest.is_nothing, best.scale), count, scales + first);
}

// Calls the function with the contraction as a constant.
template <class Function>
HWY_INLINE void WithContraction(Contraction contraction, const Function& f) {
  if (contraction == Contraction::kFused) {
    f(std::integral_constant<Contraction, Contraction::kFused>());
  } else {
    f(std::integral_constant<Contraction, Contraction::kNone>());
  }
}

void SearchAffineHere(const AffineSearch& search, const ValueGroups& groups,
                      Contraction contraction, const FoundScales& found) {
  WithContraction(contraction, [&](auto kind) HWY_ATTR {
    ForLanes(groups, [&](const LaneValues& x, std::size_t first, std::size_t count) HWY_ATTR {
      AffineLanes<decltype(kind)::value> lanes(search, x, groups.length);
      lanes.Search();
      lanes.Store(first, count, found);
    });
  });
}

void SearchScalesHere(int half, const ValueGroups& groups, Contraction contraction,
                      const FoundScales& found) {
  WithContraction(contraction, [&](auto kind) HWY_ATTR {
    ForLanes(groups, [&](const LaneValues& x, std::size_t first, std::size_t count) HWY_ATTR {
      SearchLanes<decltype(kind)::value>(half, x, groups.length, first, count, found);
    });
  });
}

void ImproveScalesHere(int half, const ValueGroups& groups, Contraction contraction,
                       const FoundScales& found) {
  WithContraction(contraction, [&](auto kind) HWY_ATTR {
    ForLanes(groups, [&](const LaneValues& x, std::size_t first, std::size_t count) HWY_ATTR {
      ImproveLanes<decltype(kind)::value>(half, x, groups.length, first, count, found);
    });
  });
}

void SearchTableHere(const ValueGroups& groups, Contraction contraction, float* scales) {
  WithContraction(contraction, [&](auto kind) HWY_ATTR {
    ForLanes(groups, [&](const LaneValues& x, std::size_t first, std::size_t count) HWY_ATTR {
      SearchTableLanes<decltype(kind)::value>(x, groups.length, first, count, scales);
    });
  });
}

void NearestTableCodesHere(const ValueGroups& groups, const float* factors, std::int8_t* codes) {
  const Lanes d;
  const hn::RebindToSigned<Lanes> whole;
  HWY_ALIGN std::int32_t found[kMostLanes];
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t group = 0; group < groups.count; ++group) {
    const auto factor = hn::Set(d, factors[group]);
    const float* const x = groups.values + group * groups.length;
    for (std::size_t i = 0; i < groups.length; i += lanes) {
      const auto scaled = hn::Mul(factor, hn::LoadU(d, x + i));
      auto code = hn::Zero(whole);
      for (int k = 0; k < 15; ++k) {
        // A mask is -1.
        code = hn::Sub(
            code,
            hn::VecFromMask(whole, hn::RebindMask(whole, hn::Ge(scaled, hn::Set(d, HalfWay(k))))));
      }
      hn::Store(code, whole, found);
      for (std::size_t k = 0; k < lanes; ++k) {
        codes[group * groups.length + i + k] = static_cast<std::int8_t>(found[k]);
      }
    }
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(SearchAffineHere);
HWY_EXPORT(SearchScalesHere);
HWY_EXPORT(ImproveScalesHere);
HWY_EXPORT(SearchTableHere);
HWY_EXPORT(NearestTableCodesHere);

void SearchAffineScales(const AffineSearch& search, const ValueGroups& groups,
                        Contraction contraction, const FoundScales& found) {
  HWY_DYNAMIC_DISPATCH(SearchAffineHere)(search, groups, contraction, found);
}

void SearchScales(int half, const ValueGroups& groups, Contraction contraction,
                  const FoundScales& found) {
  HWY_DYNAMIC_DISPATCH(SearchScalesHere)(half, groups, contraction, found);
}

void ImproveScales(int half, const ValueGroups& groups, Contraction contraction,
                   const FoundScales& found) {
  HWY_DYNAMIC_DISPATCH(ImproveScalesHere)(half, groups, contraction, found);
}

void SearchTableScales(const ValueGroups& groups, Contraction contraction, float* scales) {
  HWY_DYNAMIC_DISPATCH(SearchTableHere)(groups, contraction, scales);
}

void NearestTableCodes(const ValueGroups& groups, const float* factors, std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(NearestTableCodesHere)(groups, factors, codes);
}

}  // namespace modelkin
#endif  // HWY_ONCE
