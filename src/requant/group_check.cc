// Codes with a scale for each block of a matrix, made again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "numeric/decode.h"
#include "requant/axis_factors.h"
#include "requant/group_rules.h"
#include "requant/nested_scales.h"
#include "requant/stored_order.h"
#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

// Limits of docs/requant.md, "What is consistent".
constexpr double kTie = 0.5 + 1e-7;                    // of a level that is as near as another
constexpr double kHalfStep = 0.5005;                   // places are rounded as well
constexpr double kLeastScale = 0.4, kMostScale = 1.1;  // over that of the largest value
// Where later columns make up for the errors of earlier ones: steps, and the cosine of what is
// stored with the original's values.
constexpr double kAnyGridRms = 1.5, kAnyGridLargest = 6, kAnyGridCosine = 0.4;

constexpr std::uint64_t kValuesAtOnce = std::uint64_t{1} << 18;
constexpr std::uint64_t kValuesSampled = std::uint64_t{1} << 18;
constexpr std::array kGroupWays = {DType::kF32, DType::kBF16, DType::kF16};

// What the writer is taken to have done.
struct Habit {
  DType way = DType::kF32;
  Placing placing = Placing::kDivide;
  std::size_t scale = 0;  // of ScalesOf
};

// What is known of a group once all its rows were seen.
struct GroupState {
  GroupRange range;
  GroupScale stored;
  std::array<bool, kPlacings> follows{true, true, true, true, true, true};  // each placing
  bool is_near = true;
  bool was_measured = false;                           // distances, of all values so far
  double squares = 0, largest = 0, largest_steps = 0;  // of steps; of values; of steps
  double products = 0, of_values = 0, of_stored = 0;   // of GroupRule::kAnyGrid
  std::uint64_t count = 0, place = 0;                  // of its first element
};

std::uint64_t Ceiling(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

class GroupCheck : public TensorCheck {
 public:
  GroupCheck(const CheckedPair& pair, const GroupsLayout& layout, StoredOrder order)
      : pair_(pair), layout_(layout), order_(std::move(order)) {
    all_rows_ = layout_.columns == 0 ? 0 : pair.q.elements / layout_.columns;
    groups_of_row_ = Ceiling(layout_.columns, layout_.block_columns);
    if (layout_.tensor_scale) ReadTensorScale();
    if (layout_.may_be_scaled) {
      factors_ = FindAxisFactors(pair_, order_, {all_rows_, layout_.columns});
    }
    ChooseHabit();
  }

  std::uint64_t block_values() const override { return layout_.block_rows * layout_.block_columns; }

  std::uint64_t units() const override {
    if (layout_.block_rows == 1) return all_rows_ * groups_of_row_;
    return all_rows_ / layout_.rows * Ceiling(layout_.rows, layout_.block_rows);
  }

  std::uint64_t UnitValues() const override {
    return layout_.block_rows == 1 ? layout_.block_columns : layout_.block_rows * layout_.columns;
  }

  BlockTally Check(std::uint64_t begin, std::uint64_t count) const override {
    BlockTally tally;
    for (const GroupState& group : GroupsOf(habit_.way, begin, count)) {
      Count(group, habit_, tally);
    }
    return tally;
  }

  void Conclude(const BlockTally& tally, TensorRequant& result) const override {
    CountBlocks(tally, true, result);
    if (habit_.way != DType::kF32) result.by_way_of = habit_.way;
    if (result.outcome == RequantOutcome::kDeviates && tally.identical == 0) return;
    result.quantiser = pair_.q.coded->label;
    if (factors_ && factors_->are_scaled()) {
      result.reason = "its rows or columns are the original's times factors of their own";
    }
  }

 private:
  void ReadTensorScale() {
    std::vector<std::byte> scratch;
    const auto bytes =
        ReaderOfParts(pair_.quantised)->Read(*layout_.tensor_scale, 0, sizeof(float), scratch);
    std::memcpy(&tensor_scale_, bytes.data(), sizeof(float));
  }

  // Reads all of the original's values once more.
  std::vector<std::array<float, 2>> MakeNestedScales(DType way) const {
    const std::uint64_t count = units();
    std::vector<float> magnitudes(count), values;
    const std::uint64_t step = std::max<std::uint64_t>(kValuesAtOnce / layout_.block_columns, 1);
    for (std::uint64_t unit = 0; unit < count; unit += step) {
      const std::uint64_t taken = std::min(step, count - unit);
      const auto [first, end] = ElementsOf(unit, taken);
      values.resize(end - first);
      order_.ReadOriginal(first, values.size(), values.data());
      RoundBy(way, values);
      for (std::uint64_t i = 0; i < taken; ++i) {
        const std::uint64_t from = BeginOf(unit + i) - first, to = BeginOf(unit + i + 1) - first;
        GroupRange range;
        range.Add({values.data() + from, to - from});
        magnitudes[unit + i] = range.magnitude;
      }
    }
    return NestedScales(*layout_.nested, *ReaderOfParts(pair_.quantised), magnitudes);
  }

  // Elements of units [begin, begin + count), one after the other.
  std::pair<std::uint64_t, std::uint64_t> ElementsOf(std::uint64_t begin,
                                                     std::uint64_t count) const {
    return {BeginOf(begin), BeginOf(begin + count)};
  }

  std::uint64_t BeginOf(std::uint64_t unit) const {
    if (layout_.block_rows == 1) {
      return unit / groups_of_row_ * layout_.columns +
             std::min(unit % groups_of_row_ * layout_.block_columns, layout_.columns);
    }
    const std::uint64_t of_batch = Ceiling(layout_.rows, layout_.block_rows);
    const std::uint64_t row = unit / of_batch * layout_.rows +
                              std::min(unit % of_batch * layout_.block_rows, layout_.rows);
    return row * layout_.columns;
  }

  // The group of an element, counted from that of the first of `begin`.
  std::uint64_t GroupAt(std::uint64_t element, std::uint64_t begin) const {
    const std::uint64_t row = element / layout_.columns, column = element % layout_.columns;
    const auto line_of = [&](std::uint64_t r) {
      return r / layout_.rows * Ceiling(layout_.rows, layout_.block_rows) +
             r % layout_.rows / layout_.block_rows;
    };
    const std::uint64_t first = line_of(begin / layout_.columns) * groups_of_row_ +
                                begin % layout_.columns / layout_.block_columns;
    return line_of(row) * groups_of_row_ + column / layout_.block_columns - first;
  }

  std::vector<GroupState> GroupsOf(DType way, std::uint64_t begin, std::uint64_t count) const {
    const auto [first, end] = ElementsOf(begin, count);
    std::vector<GroupState> groups;
    std::vector<float> values, places;
    CodeRange codes;
    const auto parts = ReaderOfParts(pair_.quantised);
    for (std::uint64_t at = first; at < end;) {
      const std::uint64_t taken = std::min(kValuesAtOnce, end - at);
      values.resize(taken);
      order_.ReadOriginal(at, taken, values.data());
      RoundBy(way, values);
      if (factors_) factors_->Apply(at, values);
      pair_.q.coded->decoder->Codes(*parts, at, taken, codes);
      for (std::uint64_t i = 0; i < taken;) {
        const std::uint64_t column = (at + i) % layout_.columns;
        const std::uint64_t left = layout_.block_columns - column % layout_.block_columns;
        const std::uint64_t run = std::min({taken - i, left, layout_.columns - column});
        const std::uint64_t group = GroupAt(at + i, first);
        if (group >= groups.size()) groups.resize(group + 1);
        AddRun({values.data() + i, run}, codes, i, at + i, places, groups[group]);
        i += run;
      }
      at += taken;
    }
    return groups;
  }

  static void RoundBy(DType way, std::span<float> values) {
    if (way == DType::kBF16) {
      for (float& x : values) x = BFloat16ToFloat(FloatToBFloat16(x));
    } else if (way == DType::kF16) {
      for (float& x : values) x = Float16ToFloat(FloatToFloat16(x));
    }
  }

  void AddRun(std::span<const float> values, const CodeRange& codes, std::uint64_t at,
              std::uint64_t element, std::vector<float>& places, GroupState& group) const {
    if (group.count == 0) {
      group.place = element;
      group.stored = {.scale = codes.scales[at], .offset = codes.offsets[at]};
    }
    group.count += values.size();
    group.range.Add(values);
    if (!group.range.is_finite) {
      group.follows.fill(false);
      group.is_near = false;
      group.largest = group.largest_steps = INFINITY;
      return;
    }
    if (layout_.rule == GroupRule::kAnyGrid) {
      AddDistances(values, codes, at, group);
      return;
    }
    const GroupScale stored{.scale = codes.scales[at], .offset = codes.offsets[at]};
    if (stored.scale == 0 || !std::isfinite(stored.scale)) {
      // Nothing was scaled: all codes stand for 0.
      const bool is_zero = group.range.magnitude == 0;
      for (bool& follows : group.follows) follows = follows && is_zero;
      group.is_near = group.is_near && is_zero;
      return;
    }
    // Of a group that is all here, and not in pieces.
    const auto unrounded = UnroundedScale(layout_, group.range);
    if (unrounded && unrounded->scale != 0 && group.count == values.size() &&
        FollowAny(values, codes.levels.data() + at, *unrounded, places, group)) {
      return;
    }
    if (unrounded) group.follows.fill(true);
    if (!FollowAny(values, codes.levels.data() + at, stored, places, group)) {
      AddDistances(values, codes, at, group);
    }
  }

  // Notes which placings make these codes; returns whether any does.
  bool FollowAny(std::span<const float> values, const float* levels, const GroupScale& scale,
                 std::vector<float>& places, GroupState& group) const {
    places.resize(values.size());
    bool any = false;
    for (std::uint8_t placing = 0; placing < kPlacings; ++placing) {
      if (!group.follows[placing]) continue;
      if (is_chosen_ && !IsAsChosen(static_cast<Placing>(placing))) continue;
      PlaceValues(layout_, static_cast<Placing>(placing), values, scale.scale, scale.offset,
                  places.data());
      group.follows[placing] = AreNearest(places, levels);
      any = any || group.follows[placing];
    }
    return any;
  }

  bool AreNearest(const std::vector<float>& places, const float* levels) const {
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (NearestLevel(layout_, places[i]) == levels[i]) continue;
      if (StepsFrom(layout_, places[i], levels[i]) > kTie) return false;  // not even as near
    }
    return true;
  }

  // Of values that are not stored as they would be.
  void AddDistances(std::span<const float> values, const CodeRange& codes, std::uint64_t at,
                    GroupState& group) const {
    group.was_measured = group.was_measured || group.count == values.size();
    std::vector<float> place(1);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float level = codes.levels[at + i], scale = codes.scales[at + i],
                  offset = codes.offsets[at + i];
      const double stored = ValueOf(layout_, level, scale, offset);
      const double apart = std::fabs(stored - values[i]);
      PlaceValues(layout_, Placing::kDivide, values.subspan(i, 1), scale, offset, place.data());
      const double steps = StepsFrom(layout_, place[0], level);
      group.largest = std::max(group.largest, std::isnan(apart) ? INFINITY : apart);
      group.largest_steps = std::max(group.largest_steps, std::isnan(steps) ? INFINITY : steps);
      group.squares += steps * steps;
      group.products += stored * values[i];
      group.of_values += static_cast<double>(values[i]) * values[i];
      group.of_stored += stored * stored;
    }
    if (layout_.rule != GroupRule::kAnyGrid) {
      group.is_near = group.is_near && group.largest_steps <= kHalfStep;
    }
  }

  // Which of three factors it was may change from group to group.
  static bool IsProduct(Placing placing) {
    return placing == Placing::kMultiply || placing == Placing::kMultiplyAbove ||
           placing == Placing::kMultiplyBelow;
  }

  bool IsAsChosen(Placing placing) const {
    return placing == habit_.placing || (IsProduct(placing) && IsProduct(habit_.placing));
  }

  static bool Follows(const GroupState& group, Placing placing) {
    if (!IsProduct(placing)) return group.follows[static_cast<std::size_t>(placing)];
    return group.follows[static_cast<std::size_t>(Placing::kMultiply)] ||
           group.follows[static_cast<std::size_t>(Placing::kMultiplyAbove)] ||
           group.follows[static_cast<std::size_t>(Placing::kMultiplyBelow)];
  }

  bool IsIdentical(const GroupState& group, const Habit& habit,
                   std::span<const GroupScale> scales) const {
    if (scales.empty() || !Follows(group, habit.placing)) return false;
    if (group.range.magnitude == 0) return true;  // whatever is taken for a scale
    if (!nested_scales_.empty()) {
      const auto& both = nested_scales_[GroupAt(group.place, 0)];
      return both[0] == group.stored.scale || both[1] == group.stored.scale;
    }
    return scales[habit.scale] == group.stored;
  }

  bool IsExplained(const GroupState& group, std::span<const GroupScale> scales) const {
    if (group.range.is_finite && group.was_measured && group.largest == 0) return true;
    if (!group.is_near) return false;
    if (layout_.rule == GroupRule::kAnyGrid) {
      const double rms = std::sqrt(group.squares / static_cast<double>(group.count));
      return rms <= kAnyGridRms && group.largest_steps <= kAnyGridLargest &&
             group.products >= kAnyGridCosine * std::sqrt(group.of_values * group.of_stored);
    }
    return std::ranges::any_of(scales, [&](const GroupScale& scale) {
      const double ratio = std::fabs(group.stored.scale / scale.scale);
      return group.range.magnitude == 0 || (ratio >= kLeastScale && ratio <= kMostScale);
    });
  }

  void Count(const GroupState& group, const Habit& habit, BlockTally& tally) const {
    const std::vector<GroupScale> scales = ScalesOf(layout_, group.range, tensor_scale_);
    ++tally.blocks;
    if (IsIdentical(group, habit, scales)) {
      ++tally.identical;
      return;
    }
    tally.largest_deviation = std::max(tally.largest_deviation, group.largest);
    tally.largest_steps = std::max(tally.largest_steps, group.largest_steps);
    if (IsExplained(group, scales)) {
      ++tally.explained_by_weights;
      return;
    }
    const Tensor& codes = pair_.q.coded->parts.front();
    NoteBlock(tally.unexplained_by_weights,
              {.index = GroupAt(group.place, 0),
               .element = group.place,
               .file = pair_.quantised.SourceOf(codes).label(),
               .offset_bytes = codes.offset_bytes + PlaceOfCodes(codes, group.place),
               .steps = group.largest_steps});
  }

  // Where the code of an element lies, of codes that lie one after the other.
  std::uint64_t PlaceOfCodes(const Tensor& codes, std::uint64_t element) const {
    if (layout_.rule == GroupRule::kAnyGrid) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(element) /
                                      static_cast<double>(pair_.q.elements) *
                                      static_cast<double>(codes.length_bytes));
  }

  // What most groups of some units are identical by.
  void ChooseHabit() {
    const std::uint64_t count = std::min(
        units(),
        std::max(kValuesSampled / std::max<std::uint64_t>(UnitValues(), 1), std::uint64_t{1}));
    std::uint64_t most = 0;
    for (const DType way : kGroupWays) {
      const std::vector<GroupState> groups = GroupsOf(way, 0, count);
      auto nested = std::exchange(
          nested_scales_, layout_.nested ? MakeNestedScales(way) : decltype(nested_scales_)());
      for (std::uint8_t placing = 0; placing < kPlacings; ++placing) {
        const std::size_t scales = ScalesOf(layout_, GroupRange(), tensor_scale_).size();
        for (std::size_t scale = 0; scale < scales; ++scale) {
          const Habit habit{way, static_cast<Placing>(placing), scale};
          BlockTally tally;
          for (const GroupState& group : groups) Count(group, habit, tally);
          if (tally.identical <= most) continue;
          most = tally.identical;
          habit_ = habit;
        }
      }
      if (habit_.way != way) nested_scales_ = std::move(nested);
      if (most == groups.size()) break;
    }
    is_chosen_ = true;
  }

  CheckedPair pair_;
  GroupsLayout layout_;
  StoredOrder order_;
  std::uint64_t all_rows_ = 0, groups_of_row_ = 0;
  float tensor_scale_ = 1;
  std::optional<AxisFactors> factors_;
  std::vector<std::array<float, 2>>
      nested_scales_;  // that follow from maxima whose codes are stored
  Habit habit_;
  bool is_chosen_ = false;
};

}  // namespace

std::unique_ptr<const TensorCheck> MakeGroupCheck(const CheckedPair& pair, std::string& why) {
  const auto* const layout =
      pair.q.coded == nullptr ? nullptr : std::get_if<GroupsLayout>(&pair.q.coded->layout);
  if (layout == nullptr || layout->rows == 0 || layout->columns == 0) return nullptr;
  if (pair.a.elements != pair.q.elements || pair.q.elements % layout->columns != 0) {
    why = "it has rows that the original lacks, or the other way round";
    return nullptr;
  }
  // In the order of codes.
  auto order = StoredOrder::Find(pair.original, pair.a, pair.q, UINT64_MAX);
  if (!order) {
    why = "its codes can't be read in the original's order";
    return nullptr;
  }
  return std::make_unique<const GroupCheck>(pair, *layout, std::move(*order));
}

}  // namespace modelkin
