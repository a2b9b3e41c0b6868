#include "requant/group_rules.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "numeric/decode.h"

namespace modelkin {
namespace {

// bitsandbytes functional.py (create_normal_map, get_4bit_type), in order.
constexpr std::array<float, 16> kNf4Levels = {-1.0F,
                                              -0.6961928009986877F,
                                              -0.5250730514526367F,
                                              -0.39491748809814453F,
                                              -0.28444138169288635F,
                                              -0.18477343022823334F,
                                              -0.09105003625154495F,
                                              0.0F,
                                              0.07958029955625534F,
                                              0.16093020141124725F,
                                              0.24611230194568634F,
                                              0.33791524171829224F,
                                              0.44070982933044434F,
                                              0.5626170039176941F,
                                              0.7229568362236023F,
                                              1.0F};
constexpr std::array<float, 15> kFp4Levels = {-1.0F,
                                              -0.6666666865348816F,
                                              -0.5F,
                                              -0.3333333432674408F,
                                              -0.25F,
                                              -0.1666666716337204F,
                                              -0.0052083334885537624F,
                                              0.0F,
                                              0.0052083334885537624F,
                                              0.1666666716337204F,
                                              0.25F,
                                              0.3333333432674408F,
                                              0.5F,
                                              0.6666666865348816F,
                                              1.0F};

// Floats of few bits.
struct SmallFloat {
  int mantissa_bits;
  int least_exponent;  // of those that are not subnormal
  float largest;
};

constexpr SmallFloat kOfE4M3 = {3, -6, 448}, kOfE5M2 = {2, -14, 57344}, kOfE2M1 = {1, 0, 6};

const SmallFloat* SmallFloatOf(CodeSet codes) {
  switch (codes) {
    case CodeSet::kE4M3: return &kOfE4M3;
    case CodeSet::kE5M2: return &kOfE5M2;
    case CodeSet::kE2M1: return &kOfE2M1;
    default: return nullptr;
  }
}

// The nearest, of two the even one; what is beyond the largest becomes it.
float RoundSmall(const SmallFloat& type, float x) {
  const float magnitude = std::min(std::fabs(x), type.largest);
  const int exponent =
      magnitude == 0 ? type.least_exponent : std::max(std::ilogb(magnitude), type.least_exponent);
  const float unit = std::ldexp(1.0F, exponent - type.mantissa_bits);
  return std::copysign(std::min(std::nearbyint(magnitude / unit) * unit, type.largest), x);
}

// The distance to the next level, upwards or downwards in magnitude.
double SmallStep(const SmallFloat& type, float level, bool is_up) {
  const float magnitude = std::fabs(level);
  int exponent =
      magnitude == 0 ? type.least_exponent : std::max(std::ilogb(magnitude), type.least_exponent);
  const bool is_power = magnitude > 0 && std::ldexp(1.0F, exponent) == magnitude;
  if (!is_up && is_power && exponent > type.least_exponent) --exponent;
  return std::ldexp(1.0, exponent - type.mantissa_bits);
}

std::span<const float> TableOf(CodeSet codes) {
  if (codes == CodeSet::kNf4) return kNf4Levels;
  if (codes == CodeSet::kFp4) return kFp4Levels;
  return {};
}

struct IntegerCodes {
  float least, most;
};

IntegerCodes IntegersOf(const GroupsLayout& layout) {
  if (layout.codes == CodeSet::kSigned) return {-128, 127};
  return {0, static_cast<float>((1U << layout.bits) - 1)};
}

float NearestOfTable(std::span<const float> table, float place) {
  const auto up = std::ranges::lower_bound(table, place);
  if (up == table.begin()) return *up;
  if (up == table.end()) return table.back();
  return place <= (up[-1] + *up) / 2 ? up[-1] : *up;
}

float AsBF16(float x) { return BFloat16ToFloat(FloatToBFloat16(x)); }
float AsF16(float x) { return Float16ToFloat(FloatToFloat16(x)); }

// As the stored type of scales has it.
float Stored(DType type, float scale) {
  switch (type) {
    case DType::kF16: return AsF16(scale);
    case DType::kBF16: return AsBF16(scale);
    case DType::kF8E4M3: return RoundSmall(kOfE4M3, scale);
    default: return scale;
  }
}

float LargestCode(const GroupsLayout& layout) {
  if (const SmallFloat* const type = SmallFloatOf(layout.codes)) return type->largest;
  return static_cast<float>((1U << layout.bits) - 1) / 2;
}

std::vector<GroupScale> ScalesOfMagnitude(const GroupsLayout& layout, const GroupRange& range) {
  const float largest = LargestCode(layout), m = range.magnitude;
  if (layout.scales_are_exponents) {
    const float exact = m / largest;
    return {{.scale = exact > 0 ? std::exp2(std::ceil(std::log2(exact))) : exact}};
  }
  const DType type = layout.scales.dtype;
  const float offset =
      layout.codes == CodeSet::kUnsigned ? static_cast<float>(1U << (layout.bits - 1)) : 0.0F;
  const bool is_integer = SmallFloatOf(layout.codes) == nullptr;
  const float other = is_integer ? std::floor(largest) : largest;  // 127 of 127.5
  std::vector<GroupScale> scales;
  // torch divides a number by a tensor by multiplying it with the tensor's reciprocals.
  for (const float scale :
       {m / largest, 1 / (largest / m), 1 / (1 / m * largest), AsBF16(m / largest), m / other,
        1 / (other / m), 1 / (1 / m * other), m / std::ceil(largest)}) {
    scales.push_back({.scale = Stored(type, scale), .offset = offset});
  }
  return scales;
}

// mlx/backend/cpu/quantized.cpp (quantize): the end of larger magnitude is put on the grid.
GroupScale AffineScaleOf(const GroupsLayout& layout, const GroupRange& range) {
  const float bins = static_cast<float>((1U << layout.bits) - 1);
  const bool is_least = std::fabs(range.least) > std::fabs(range.largest);
  float scale = std::max((range.largest - range.least) / bins, 1e-7F);
  if (!is_least) scale = -scale;
  const float edge = is_least ? range.least : range.largest;
  const float place = std::nearbyint(edge / scale);
  GroupScale found{.scale = scale, .offset = 0};
  return place != 0 ? GroupScale{.scale = edge / place, .offset = edge} : found;
}

GroupScale StoredAffineScale(const GroupsLayout& layout, const GroupRange& range) {
  const GroupScale found = AffineScaleOf(layout, range);
  const DType type = layout.scales.dtype;
  return {.scale = Stored(type, found.scale), .offset = Stored(type, found.offset)};
}

std::vector<GroupScale> ScalesOfPowers(const GroupsLayout& layout, const GroupRange& range) {
  const SmallFloat& type = *SmallFloatOf(layout.codes);
  const float m = range.magnitude;
  if (!(m > 0)) return {{}, {}, {}};
  const int top = std::ilogb(type.largest);
  // Up from where the mantissa would be rounded up.
  const auto bits = std::bit_cast<std::uint32_t>(m) + (1U << (22 - type.mantissa_bits));
  const int rounded = static_cast<int>(bits >> 23) - 127;
  return {{.scale = std::ldexp(1.0F, std::ilogb(m) - top)},
          {.scale = std::ldexp(1.0F, rounded - top)},
          {.scale = std::exp2(std::ceil(std::log2(m / type.largest)))}};
}

std::vector<GroupScale> ScalesOfTwo(const GroupsLayout& layout, const GroupRange& range,
                                    float tensor_scale) {
  const float m = range.magnitude;
  std::vector<GroupScale> scales;
  if (layout.is_divisor) {
    for (const float own : {m / 6 * tensor_scale, AsBF16(m / 6) * tensor_scale,
                            AsBF16(AsBF16(m / 6) * tensor_scale)}) {
      scales.push_back({.scale = RoundSmall(kOfE4M3, own) / tensor_scale});
    }
    return scales;
  }
  for (const float own : {m / (6 * tensor_scale), m / 6 / tensor_scale}) {
    scales.push_back({.scale = RoundSmall(kOfE4M3, own) * tensor_scale});
  }
  return scales;
}

}  // namespace

void GroupRange::Add(std::span<const float> values) {
  float sum = 0;
  if (is_empty && !values.empty()) {
    least = largest = values.front();
    is_empty = false;
  }
  for (const float x : values) {
    least = std::min(least, x);
    largest = std::max(largest, x);
    sum += x * 0.0F;
  }
  magnitude = std::max(std::fabs(least), std::fabs(largest));
  is_finite = is_finite && sum == 0;
}

void PlaceValues(const GroupsLayout& layout, Placing placing, std::span<const float> values,
                 float scale, float offset, float* places) {
  const bool is_affine = layout.rule == GroupRule::kAffine;
  const bool is_row_maximum = layout.rule == GroupRule::kMaxima && layout.codes == CodeSet::kSigned;
  float factor = is_row_maximum ? 127.0F / scale : 1.0F / scale;
  if (placing == Placing::kMultiplyAbove) factor = std::nextafter(factor, INFINITY);
  if (placing == Placing::kMultiplyBelow) factor = std::nextafter(factor, -INFINITY);
  const float taken = is_affine ? offset : 0.0F, added = is_affine ? 0.0F : offset;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float x = values[i] - taken;
    float place = 0;
    switch (placing) {
      case Placing::kDivide: place = is_row_maximum ? x / scale * 127.0F : x / scale; break;
      case Placing::kMultiply:
      case Placing::kMultiplyAbove:
      case Placing::kMultiplyBelow: place = x * factor; break;
      case Placing::kDivideBF16: place = AsBF16(x / scale); break;
      case Placing::kDivideF16: place = AsF16(x / scale); break;
    }
    places[i] = place + added;
  }
}

float NearestLevel(const GroupsLayout& layout, float place) {
  if (const SmallFloat* const type = SmallFloatOf(layout.codes)) return RoundSmall(*type, place);
  if (const auto table = TableOf(layout.codes); !table.empty()) {
    return NearestOfTable(table, place);
  }
  const IntegerCodes codes = IntegersOf(layout);
  return std::clamp(std::nearbyint(place), codes.least, codes.most);
}

double StepsFrom(const GroupsLayout& layout, float place, float level) {
  const double apart = static_cast<double>(place) - level;
  if (const SmallFloat* const type = SmallFloatOf(layout.codes)) {
    const bool is_up = level == 0 || (apart > 0) == (level > 0);
    if (is_up && std::fabs(level) >= type->largest) return 0;
    return std::fabs(apart) / SmallStep(*type, level, is_up);
  }
  const auto table = TableOf(layout.codes);
  if (table.empty()) {
    const IntegerCodes codes = IntegersOf(layout);
    const bool is_beyond =
        (level <= codes.least && apart < 0) || (level >= codes.most && apart > 0);
    return is_beyond ? 0 : std::fabs(apart);
  }
  const auto at = std::ranges::lower_bound(table, level);
  if (at == table.end()) return std::fabs(apart);
  if (apart > 0) return at + 1 == table.end() ? 0 : apart / (at[1] - at[0]);
  return at == table.begin() ? 0 : -apart / (at[0] - at[-1]);
}

float ValueOf(const GroupsLayout& layout, float level, float scale, float offset) {
  if (layout.rule == GroupRule::kAffine) return scale * level + offset;
  if (layout.rule == GroupRule::kMaxima && layout.codes == CodeSet::kSigned) {
    return level * scale / 127;
  }
  return (level - offset) * scale;
}

std::vector<GroupScale> ScalesOf(const GroupsLayout& layout, const GroupRange& range,
                                 float tensor_scale) {
  switch (layout.rule) {
    case GroupRule::kMagnitude: return ScalesOfMagnitude(layout, range);
    case GroupRule::kMaxima: return {{.scale = range.magnitude}};
    case GroupRule::kAffine: return {StoredAffineScale(layout, range)};
    case GroupRule::kPowers: return ScalesOfPowers(layout, range);
    case GroupRule::kTwoScales: return ScalesOfTwo(layout, range, tensor_scale);
    case GroupRule::kAnyGrid: break;
  }
  return {};
}

std::optional<GroupScale> UnroundedScale(const GroupsLayout& layout, const GroupRange& range) {
  if (layout.nested) return GroupScale{.scale = range.magnitude};
  if (layout.rule == GroupRule::kAffine) return AffineScaleOf(layout, range);
  return std::nullopt;
}

}  // namespace modelkin
