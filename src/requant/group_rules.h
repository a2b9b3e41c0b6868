// What quantisers of codes in groups make of values: scales, and the code of each value.
#ifndef MODELKIN_REQUANT_GROUP_RULES_H_
#define MODELKIN_REQUANT_GROUP_RULES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin {

// Of the values of a group.
struct GroupRange {
  float least = 0, largest = 0, magnitude = 0;
  bool is_finite = true;
  bool is_empty = true;

  void Add(std::span<const float> values);
};

// How a value is put in the place of codes: writers differ.
enum class Placing : std::uint8_t {
  kDivide,
  kMultiply,       // by the reciprocal of the scale
  kMultiplyAbove,  // by the float above it, or below, whose reciprocal is the scale as well
  kMultiplyBelow,
  kDivideBF16,
  kDivideF16,
};
inline constexpr std::uint8_t kPlacings = 6;

// Writes where values stand among the levels of codes. Requires finite values, one scale and
// offset.
void PlaceValues(const GroupsLayout& layout, Placing placing, std::span<const float> values,
                 float scale, float offset, float* places);

// Returns the level that is nearest to a place.
float NearestLevel(const GroupsLayout& layout, float place);

// How far a place is from a level, in steps there; 0 beyond the last level, where that is it. At
// most half where the level is a nearest one.
double StepsFrom(const GroupsLayout& layout, float place, float level);

// Returns the value that a code stands for.
float ValueOf(const GroupsLayout& layout, float level, float scale, float offset);

// A scale as it is decoded, and what else belongs to the group.
struct GroupScale {
  float scale = 0, offset = 0;

  bool operator==(const GroupScale&) const = default;
};

// Returns what scales can follow from the range, one for each way of writers, always as many of a
// layout: none of GroupRule::kAnyGrid. `tensor_scale`: of GroupRule::kTwoScales.
std::vector<GroupScale> ScalesOf(const GroupsLayout& layout, const GroupRange& range,
                                 float tensor_scale);

// Returns the scale that codes are found with, where it is rounded only after that; else nothing.
std::optional<GroupScale> UnroundedScale(const GroupsLayout& layout, const GroupRange& range);

}  // namespace modelkin

#endif  // MODELKIN_REQUANT_GROUP_RULES_H_
