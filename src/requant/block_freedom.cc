#include "requant/block_freedom.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "kernels/block_bytes.h"
#include "kernels/block_values.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostValues = 256, kLeastOfScale = 16;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Below it a binary16 has at most 6 digits.
constexpr double kCoarseScale = 0x1p-18;

// How much of itself a scale loses that is stored as a binary16, with a little room. Of small ones
// it is more: they are multiples of 2^-24.
double RoundingOfScale(double stored) {
  return std::min(1.01 * std::max(0x1p-11, stored > 0 ? 0x1p-25 / stored : 1), 0.99);
}

constexpr auto kFreedoms = std::to_array<std::pair<std::string_view, BlockFreedom>>({
    {"Q4_0", {CodeFreedom::kFactor, -8, 7}},
    {"Q4_1", {CodeFreedom::kLine, 0, 15}},
    {"Q5_0", {CodeFreedom::kFactor, -16, 15}},
    {"Q5_1", {CodeFreedom::kLine, 0, 31}},
    {"Q2_K", {CodeFreedom::kStored, 0, 3, 80}},
    {"Q3_K", {CodeFreedom::kStored, -4, 3, 108}},
    {"Q4_K", {CodeFreedom::kStored, 0, 15}},
    {"Q5_K", {CodeFreedom::kStored, 0, 31}},
    {"Q6_K", {CodeFreedom::kStored, -32, 31, 208}},
    {"IQ4_NL", {CodeFreedom::kFactor, -127, 113}},
    {"IQ4_XS", {CodeFreedom::kFactor, -127, 113}},
});

// Codes of IQ4 in order.
constexpr std::array<std::int8_t, 16> kIq4Levels = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                    1,    13,   25,  38,  53,  69,  89,  113};

// As the block's form has it; ggml's own for what is looked up in a table.
struct OpenBlock {
  std::array<std::int8_t, kMostValues> codes;
  std::array<float, kMostValues / kLeastOfScale> scales, minima;
};

OpenBlock Open(const BlockForm& form, const std::byte* block) {
  OpenBlock open;
  open.scales.fill(0);
  open.minima.fill(0);
  form.unpack(block, 1, open.codes.data(), open.scales.data(), open.minima.data());
  if (form.table != nullptr) LookUpCodes(form.table, form.values, open.codes.data());
  return open;
}

// From where to where values become this code.
struct CodeBounds {
  double low = -kInfinite, high = kInfinite, step = 1;
};

CodeBounds BoundsOf(const BlockForm& form, const BlockFreedom& freedom, int code) {
  CodeBounds bounds;
  if (form.table == nullptr || form.name.starts_with('Q')) {
    if (code > freedom.least) bounds.low = code - 0.5;
    if (code < freedom.most) bounds.high = code + 0.5;
    return bounds;
  }
  const auto* const at = std::ranges::find(kIq4Levels, code);
  if (at == kIq4Levels.end()) return bounds;
  if (at != kIq4Levels.begin()) {
    bounds.low = (at[-1] + at[0]) / 2.0;
    bounds.step = at[0] - at[-1];
  }
  if (at + 1 != kIq4Levels.end()) {
    bounds.high = (at[0] + at[1]) / 2.0;
    bounds.step = at[1] - at[0];
  }
  return bounds;
}

// Factors for which x * factor lies within the bounds.
struct FactorRange {
  double low = -kInfinite, high = kInfinite;

  void Require(double x, const CodeBounds& bounds) {
    if (x == 0) {
      if (bounds.low > 0 || bounds.high < 0) high = -kInfinite;
      return;
    }
    const double a = bounds.low / x, b = bounds.high / x;
    low = std::max(low, std::min(a, b));
    high = std::min(high, std::max(a, b));
  }

  // Rounding of products and sums leaves so much.
  bool Holds() const {
    const double slack = 1e-6 * std::max(std::fabs(low), std::fabs(high));
    return low <= high + (std::isfinite(slack) ? slack : 0);
  }
};

// Codes of a group of values with one scale.
struct CodedGroup {
  const float* values;
  const std::int8_t* codes;
  std::size_t count;
  double scale, minimum;
  double rounding = 0;  // of the scale, before which codes were found
};

int ReferenceCode(const CodedGroup& group, std::size_t i, const BlockFreedom& freedom) {
  const float place =
      (group.values[i] + static_cast<float>(group.minimum)) / static_cast<float>(group.scale);
  // As ggml's nearest_int.
  const auto bits = std::bit_cast<std::int32_t>(place + 12582912.0F);
  return std::clamp((bits & 0x007FFFFF) - 0x00400000, freedom.least, freedom.most);
}

bool FollowStored(const CodedGroup& group, const BlockFreedom& freedom) {
  if (group.scale == 0) return true;
  for (std::size_t i = 0; i < group.count; ++i) {
    if (ReferenceCode(group, i, freedom) != group.codes[i]) return false;
  }
  return true;
}

bool FollowFactor(const BlockForm& form, const CodedGroup& group, const BlockFreedom& freedom) {
  if (group.scale == 0) return true;
  FactorRange range;
  if (form.name.starts_with("IQ4")) {
    const double a = 1 / (group.scale * (1 + group.rounding)),
                 b = 1 / (group.scale * (1 - group.rounding));
    range = {.low = std::min(a, b), .high = std::max(a, b)};
  }
  for (std::size_t i = 0; i < group.count; ++i) {
    range.Require(group.values[i], BoundsOf(form, freedom, group.codes[i]));
  }
  return range.Holds();
}

// Room that a line of this slope leaves: the widest one is looked for.
double RoomOfSlope(const BlockForm& form, const CodedGroup& group, const BlockFreedom& freedom,
                   double slope) {
  double low = -kInfinite, high = kInfinite;
  for (std::size_t i = 0; i < group.count; ++i) {
    const CodeBounds bounds = BoundsOf(form, freedom, group.codes[i]);
    low = std::max(low, bounds.low - slope * group.values[i]);
    high = std::min(high, bounds.high - slope * group.values[i]);
  }
  return high - low;
}

// The room is a concave function of the slope.
bool FollowLine(const BlockForm& form, const CodedGroup& group, const BlockFreedom& freedom) {
  if (group.scale == 0) return true;
  double from = 0.25 / group.scale, to = 4 / group.scale;
  for (int i = 0; i < 80; ++i) {
    const double left = from + (to - from) / 3, right = to - (to - from) / 3;
    if (RoomOfSlope(form, group, freedom, left) < RoomOfSlope(form, group, freedom, right)) {
      from = left;
    } else {
      to = right;
    }
  }
  return RoomOfSlope(form, group, freedom, (from + to) / 2) >= -1e-5;
}

bool Follow(const BlockForm& form, const CodedGroup& group, const BlockFreedom& freedom) {
  switch (freedom.freedom) {
    case CodeFreedom::kNone: return false;
    case CodeFreedom::kStored: return FollowStored(group, freedom);
    case CodeFreedom::kFactor: return FollowFactor(form, group, freedom);
    case CodeFreedom::kLine: return FollowLine(form, group, freedom);
  }
  return false;
}

}  // namespace

BlockFreedom FreedomOf(const BlockForm& form) {
  const auto* const found =
      std::ranges::find(kFreedoms, form.name, &std::pair<std::string_view, BlockFreedom>::first);
  return found == kFreedoms.end() ? BlockFreedom() : found->second;
}

BlockDistance DistanceOf(const BlockForm& form, const std::byte* block, const float* values) {
  const BlockFreedom freedom = FreedomOf(form);
  const OpenBlock open = Open(form, block);
  std::array<float, kMostValues> steps;
  StepsOfBlocks(form, block, 1, steps.data());
  const double of_block =
      std::fabs(HalfAt(reinterpret_cast<BlockBytes>(block + freedom.scale_offset)));
  BlockDistance distance{.codes_follow = true, .is_coarse = of_block < kCoarseScale};
  for (std::size_t begin = 0; begin < form.values; begin += form.values_a_scale) {
    const std::size_t at = begin / form.values_a_scale;
    const CodedGroup group{.values = values + begin,
                           .codes = open.codes.data() + begin,
                           .count = form.values_a_scale,
                           .scale = open.scales[at],
                           .minimum = form.has_minima ? open.minima[at] : 0.0F,
                           .rounding = RoundingOfScale(of_block)};
    for (std::size_t i = 0; i < group.count; ++i) {
      const double apart =
          std::fabs(group.scale * group.codes[i] - group.minimum - group.values[i]);
      if (!std::isfinite(apart)) return {kInfinite, kInfinite, kInfinite, false, false};
      distance.squares += apart * apart;
      distance.largest = std::max(distance.largest, apart);
      if (steps[begin + i] > 0) {
        distance.largest_steps = std::max(distance.largest_steps, apart / steps[begin + i]);
      }
    }
    distance.codes_follow = distance.codes_follow && Follow(form, group, freedom);
  }
  return distance;
}

}  // namespace modelkin
