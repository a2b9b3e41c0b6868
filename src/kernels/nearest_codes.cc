#include "kernels/nearest_codes.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/nearest_codes.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using BlockFloats = hn::CappedTag<float, 16>;
using BlockVector = hn::Vec<BlockFloats>;

HWY_INLINE void StoreInts(hn::Vec<hn::RebindToSigned<BlockFloats>> numbers, std::int8_t* out) {
  const hn::Rebind<std::int8_t, BlockFloats> narrow;
  hn::StoreU(hn::DemoteTo(narrow, numbers), narrow, out);
}

// a * b + c, as the contraction has it.
template <bool kFused>
HWY_INLINE BlockVector ProductAndSum(BlockVector a, BlockVector b, BlockVector c) {
  if constexpr (!kFused) return hn::Add(hn::Mul(a, b), c);
#if HWY_NATIVE_FMA
  return hn::MulAdd(a, b, c);
#else
  const BlockFloats d;
  HWY_ALIGN float x[16], y[16], z[16];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) x[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, x);
#endif
}

HWY_INLINE float LargestMagnitude(const float* values, std::size_t length) {
  const BlockFloats d;
  auto largest = hn::Zero(d);
  for (std::size_t i = 0; i < length; i += hn::Lanes(d)) {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(d, values + i)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

template <bool kFused>
HWY_INLINE void CodesOfLargestBlocks(int half, const ValueGroups& blocks, float* scales,
                                     std::int8_t* codes) {
  const BlockFloats d;
  const hn::RebindToSigned<BlockFloats> whole;
  const auto middle = hn::Set(d, static_cast<float>(half) + 0.5F);
  const auto most = hn::Set(whole, 2 * half - 1);
  const float* x = blocks.values;
  for (std::size_t block = 0; block < blocks.count; ++block) {
    const float magnitude = LargestMagnitude(x, blocks.length);
    float largest = 0;
    if (magnitude > 0) {
      largest =
          *std::find_if(x, x + blocks.length, [&](float v) { return std::fabs(v) == magnitude; });
    }
    const float scale = largest / static_cast<float>(-half);
    scales[block] = scale;
    const auto factor = hn::Set(d, scale != 0 ? 1.0F / scale : 0.0F);
    for (std::size_t i = 0; i < blocks.length; i += hn::Lanes(d)) {
      const auto place = ProductAndSum<kFused>(hn::LoadU(d, x + i), factor, middle);
      StoreInts(hn::Min(hn::ConvertTo(whole, place), most), codes + i);
    }
    x += blocks.length;
    codes += blocks.length;
  }
}

void CodesOfLargestHere(int half, const ValueGroups& blocks, Contraction contraction, float* scales,
                        std::int8_t* codes) {
  if (contraction == Contraction::kFused) {
    CodesOfLargestBlocks<true>(half, blocks, scales, codes);
  } else {
    CodesOfLargestBlocks<false>(half, blocks, scales, codes);
  }
}

template <bool kFused>
HWY_INLINE void CodesOfRangeBlocks(int most_code, const ValueGroups& blocks, float* scales,
                                   float* smallest, std::int8_t* codes) {
  const BlockFloats d;
  const hn::RebindToSigned<BlockFloats> whole;
  const auto most = hn::Set(whole, most_code);
  const float* x = blocks.values;
  for (std::size_t block = 0; block < blocks.count; ++block) {
    auto low = hn::LoadU(d, x), high = low;
    for (std::size_t i = hn::Lanes(d); i < blocks.length; i += hn::Lanes(d)) {
      const auto here = hn::LoadU(d, x + i);
      low = hn::Min(low, here);
      high = hn::Max(high, here);
    }
    float least = hn::GetLane(hn::MinOfLanes(d, low));
    // Of zeros of both signs the first.
    if (least == 0) least = *std::find(x, x + blocks.length, 0.0F);
    const float scale =
        (hn::GetLane(hn::MaxOfLanes(d, high)) - least) / static_cast<float>(most_code);
    scales[block] = scale;
    smallest[block] = least;
    const auto factor = hn::Set(d, scale != 0 ? 1.0F / scale : 0.0F);
    const auto from = hn::Set(d, least), half = hn::Set(d, 0.5F);
    for (std::size_t i = 0; i < blocks.length; i += hn::Lanes(d)) {
      const auto place = ProductAndSum<kFused>(hn::Sub(hn::LoadU(d, x + i), from), factor, half);
      StoreInts(hn::Min(hn::ConvertTo(whole, place), most), codes + i);
    }
    x += blocks.length;
    codes += blocks.length;
  }
}

void CodesOfRangeHere(int most, const ValueGroups& blocks, Contraction contraction, float* scales,
                      float* smallest, std::int8_t* codes) {
  if (contraction == Contraction::kFused) {
    CodesOfRangeBlocks<true>(most, blocks, scales, smallest, codes);
  } else {
    CodesOfRangeBlocks<false>(most, blocks, scales, smallest, codes);
  }
}

// Halves go away from 0, as in C's roundf.
void CodesOfMagnitudeHere(const ValueGroups& blocks, float* scales, std::int8_t* codes) {
  const BlockFloats d;
  const hn::RebindToSigned<BlockFloats> whole;
  const float* x = blocks.values;
  for (std::size_t block = 0; block < blocks.count; ++block) {
    const float scale = LargestMagnitude(x, blocks.length) / 127.0F;
    scales[block] = scale;
    const auto factor = hn::Set(d, scale != 0 ? 1.0F / scale : 0.0F);
    for (std::size_t i = 0; i < blocks.length; i += hn::Lanes(d)) {
      const auto place = hn::Mul(hn::LoadU(d, x + i), factor);
      const auto cut = hn::Trunc(place);
      const auto is_up = hn::Ge(hn::Abs(hn::Sub(place, cut)), hn::Set(d, 0.5F));
      const auto one = hn::CopySign(hn::Set(d, 1.0F), place);
      StoreInts(hn::ConvertTo(whole, hn::Add(cut, hn::IfThenElseZero(is_up, one))), codes + i);
    }
    x += blocks.length;
    codes += blocks.length;
  }
}

void LargestMagnitudesHere(const ValueGroups& blocks, float* out) {
  for (std::size_t block = 0; block < blocks.count; ++block) {
    out[block] = LargestMagnitude(blocks.values + block * blocks.length, blocks.length);
  }
}

void CodesOfSmallFloatsHere(const ValueGroups& blocks, const float* half_scales,
                            std::int8_t* codes) {
  // Twice the values of codes 0 to 7.
  constexpr float kDoubled[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  const BlockFloats d;
  const hn::RebindToSigned<BlockFloats> whole;
  const float* x = blocks.values;
  for (std::size_t block = 0; block < blocks.count; ++block) {
    const auto scale = hn::Set(d, half_scales[block]);
    for (std::size_t i = 0; i < blocks.length; i += hn::Lanes(d)) {
      const auto here = hn::LoadU(d, x + i), magnitude = hn::Abs(here);
      auto error = magnitude;
      auto code = hn::Zero(whole);
      for (int k = 1; k < 8; ++k) {
        const auto of_code = hn::Abs(hn::Sub(hn::Mul(hn::Set(d, kDoubled[k]), scale), magnitude));
        const auto is_nearer = hn::Lt(of_code, error);
        error = hn::IfThenElse(is_nearer, of_code, error);
        code = hn::IfThenElse(hn::RebindMask(whole, is_nearer), hn::Set(whole, k), code);
      }
      const auto is_negative =
          hn::And(hn::RebindMask(whole, hn::Lt(here, hn::Zero(d))), hn::Ne(code, hn::Zero(whole)));
      StoreInts(hn::Add(code, hn::IfThenElseZero(is_negative, hn::Set(whole, 8))), codes + i);
    }
    x += blocks.length;
    codes += blocks.length;
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(CodesOfLargestHere);
HWY_EXPORT(CodesOfRangeHere);
HWY_EXPORT(CodesOfMagnitudeHere);
HWY_EXPORT(LargestMagnitudesHere);
HWY_EXPORT(CodesOfSmallFloatsHere);

void CodesOfLargest(int half, const ValueGroups& blocks, Contraction contraction, float* scales,
                    std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(CodesOfLargestHere)(half, blocks, contraction, scales, codes);
}

void CodesOfRange(int most, const ValueGroups& blocks, Contraction contraction, float* scales,
                  float* smallest, std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(CodesOfRangeHere)(most, blocks, contraction, scales, smallest, codes);
}

void CodesOfMagnitude(const ValueGroups& blocks, float* scales, std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(CodesOfMagnitudeHere)(blocks, scales, codes);
}

void LargestMagnitudes(const ValueGroups& blocks, float* out) {
  HWY_DYNAMIC_DISPATCH(LargestMagnitudesHere)(blocks, out);
}

void CodesOfSmallFloats(const ValueGroups& blocks, const float* half_scales, std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(CodesOfSmallFloatsHere)(blocks, half_scales, codes);
}

}  // namespace modelkin
#endif  // HWY_ONCE
