#include "kernels/block_values.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/block_values.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void ScaleBlockCodesHere(const std::int8_t* codes, const float* scales, const float* minima,
                         std::size_t values_a_scale, std::size_t count, float* out) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<std::int8_t, decltype(d)> narrow;
  const hn::RebindToSigned<decltype(d)> whole;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t begin = 0; begin < count; begin += values_a_scale) {
    const auto scale = hn::Set(d, *scales++);
    const auto minimum = minima == nullptr ? hn::Zero(d) : hn::Set(d, *minima++);
    const auto value_of = [&](std::size_t i) HWY_ATTR {
      const auto code = hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(narrow, codes + i)));
      return hn::Mul(scale, code);
    };
    // To subtract 0 changes no value, but costs time.
    if (minima == nullptr) {
      for (std::size_t i = begin; i < begin + values_a_scale; i += lanes) {
        hn::StoreU(value_of(i), d, out + i);
      }
    } else {
      for (std::size_t i = begin; i < begin + values_a_scale; i += lanes) {
        hn::StoreU(hn::Sub(value_of(i), minimum), d, out + i);
      }
    }
  }
}

void LookUpCodesHere(const std::int8_t* table, std::size_t count, std::int8_t* codes) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t i = 0; i < count; ++i) codes[i] = table[codes[i]];
#else
  const hn::FixedTag<std::int8_t, 16> d;
  const auto values = hn::LoadU(d, table);
  for (std::size_t i = 0; i < count; i += 16) {
    hn::StoreU(hn::TableLookupBytes(values, hn::LoadU(d, codes + i)), d, codes + i);
  }
#endif
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(ScaleBlockCodesHere);
HWY_EXPORT(LookUpCodesHere);

void LookUpCodes(const std::int8_t* table, std::size_t count, std::int8_t* codes) {
  HWY_DYNAMIC_DISPATCH(LookUpCodesHere)(table, count, codes);
}

void ScaleBlockCodes(const std::int8_t* codes, const float* scales, const float* minima,
                     std::size_t values_a_scale, std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(ScaleBlockCodesHere)(codes, scales, minima, values_a_scale, count, out);
}

}  // namespace modelkin
#endif  // HWY_ONCE
