#include "storage/forms/turned_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "storage/form.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kMostOutputs = 16;
constexpr std::uint64_t kMostKept = 1 << 16;  // scales, and zero points
constexpr std::uint64_t kInputsAtOnce = 1 << 12;

// What is written of elements.
enum class Wanted : std::uint8_t { kValues, kSteps, kLevels, kScales, kOffsets };

}  // namespace

// Some rows of the weight. Keeps the scales of all groups where these are few, else of the last.
class TurnedDecoder::Tile {
 public:
  Tile(const TurnedDecoder& decoder, const PartReader& parts, OutputRange outputs)
      : decoder_(decoder), parts_(parts), groups_(decoder.groups_), outputs_(outputs) {
    kept_ = groups_.groups <= kMostKept / outputs.count ? groups_.groups : 1;
    scales_.resize(kept_ * outputs.count);
    zeros_.resize(kept_ * outputs.count);
    group_in_.assign(kept_, UINT64_MAX);
  }

  // Writes values, or what belongs to them, of some inputs; `out` has a row for each output.
  void Write(std::uint64_t input, std::uint64_t count, Wanted wanted, std::uint64_t stride,
             float* out) {
    while (count > 0) {
      const std::uint64_t taken = std::min(count, kInputsAtOnce);
      ReadOrder(input, taken);
      for (std::uint64_t i = 0; i < taken; ++i) WriteInput(input + i, i, wanted, stride, out + i);
      input += taken;
      count -= taken;
      out += taken;
    }
  }

 private:
  void ReadOrder(std::uint64_t input, std::uint64_t count) {
    if (!groups_.group_of_input) return;
    const auto bytes = parts_.Read(*groups_.group_of_input, input * 4, count * 4, scratch_);
    order_.resize(count);
    std::memcpy(order_.data(), bytes.data(), count * 4);
  }

  std::uint64_t GroupOf(std::uint64_t input, std::uint64_t place) const {
    if (!groups_.group_of_input) return input / groups_.length;
    if (order_[place] >= groups_.groups) {
      FailForm(*groups_.group_of_input,
               fmt::format("input {} is of group {}, there are {}", input,
                           static_cast<std::int32_t>(order_[place]), groups_.groups));
    }
    return order_[place];
  }

  // Returns where the group's scales are.
  std::uint64_t Load(std::uint64_t group) {
    const std::uint64_t slot = kept_ == 1 ? 0 : group;
    if (group_in_[slot] != group) {
      float* const scales = scales_.data() + slot * outputs_.count;
      ReadNumbers(parts_, groups_.scales, group * groups_.outputs + outputs_.first, outputs_.count,
                  scratch_, scales);
      decoder_.ReadZeros(parts_, group, outputs_, scratch_, zeros_.data() + slot * outputs_.count);
      group_in_[slot] = group;
    }
    return slot * outputs_.count;
  }

  void WriteInput(std::uint64_t input, std::uint64_t place, Wanted wanted, std::uint64_t stride,
                  float* out) {
    const std::uint64_t at = Load(GroupOf(input, place));
    const float* const scales = scales_.data() + at;
    const float* const zeros = zeros_.data() + at;
    if (wanted == Wanted::kSteps) {
      for (std::uint64_t k = 0; k < outputs_.count; ++k) {
        const float step = std::abs(scales[k]);
        out[k * stride] = std::isfinite(step) ? step : 0.0F;
      }
      return;
    }
    if (wanted == Wanted::kScales || wanted == Wanted::kOffsets) {
      const float* const from = wanted == Wanted::kScales ? scales : zeros;
      for (std::uint64_t k = 0; k < outputs_.count; ++k) out[k * stride] = from[k];
      return;
    }
    std::array<std::uint32_t, kMostOutputs> codes;
    decoder_.ReadCodes(parts_, input, outputs_, words_, codes.data());
    for (std::uint64_t k = 0; k < outputs_.count; ++k) {
      const auto code = static_cast<float>(codes[k]);
      out[k * stride] = wanted == Wanted::kLevels ? code : scales[k] * (code - zeros[k]);
    }
  }

  const TurnedDecoder& decoder_;
  const PartReader& parts_;
  const InputGroups& groups_;
  OutputRange outputs_;
  std::uint64_t kept_ = 1;
  std::vector<float> scales_, zeros_;
  std::vector<std::uint64_t> group_in_;
  std::vector<std::uint32_t> order_;
  std::vector<std::byte> scratch_;
  Words words_;
};

namespace {

// Calls f(outputs, first input, inputs, out) for tiles that make up a range: whole rows side by
// side, or a piece of one.
template <class Function>
void ForTiles(std::uint64_t inputs, std::uint64_t begin, std::uint64_t count, float* out,
              const Function& f) {
  while (count > 0) {
    const std::uint64_t row = begin / inputs, column = begin % inputs;
    const std::uint64_t whole = column == 0 ? std::min(count / inputs, kMostOutputs) : 0;
    const std::uint64_t taken = whole > 0 ? inputs : std::min(count, inputs - column);
    const OutputRange outputs{.first = row, .count = std::max<std::uint64_t>(whole, 1)};
    f(outputs, column, taken, out);
    begin += outputs.count * taken;
    count -= outputs.count * taken;
    out += outputs.count * taken;
  }
}

}  // namespace

void TurnedDecoder::Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                           float* out) const {
  ForTiles(groups_.inputs, begin, count, out,
           [&](const OutputRange& outputs, std::uint64_t input, std::uint64_t taken, float* to) {
             Tile(*this, parts, outputs).Write(input, taken, Wanted::kValues, taken, to);
           });
}

void TurnedDecoder::GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                              float* out) const {
  ForTiles(groups_.inputs, begin, count, out,
           [&](const OutputRange& outputs, std::uint64_t input, std::uint64_t taken, float* to) {
             Tile(*this, parts, outputs).Write(input, taken, Wanted::kSteps, taken, to);
           });
}

void TurnedDecoder::Codes(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                          CodeRange& out) const {
  for (const auto& [wanted, to] : {std::pair(Wanted::kLevels, &out.levels),
                                   {Wanted::kScales, &out.scales},
                                   {Wanted::kOffsets, &out.offsets}}) {
    to->resize(count);
    ForTiles(groups_.inputs, begin, count, to->data(),
             [&](const OutputRange& outputs, std::uint64_t input, std::uint64_t taken, float* at) {
               Tile(*this, parts, outputs).Write(input, taken, wanted, taken, at);
             });
  }
}

GroupsLayout LayoutOfTurned(const InputGroups& groups, std::uint64_t bits, bool in_order) {
  return {.rule = GroupRule::kAnyGrid,
          .codes = CodeSet::kUnsigned,
          .bits = static_cast<unsigned>(bits),
          .rows = groups.outputs,
          .columns = groups.inputs,
          .block_columns = in_order ? groups.length : groups.inputs,
          .scales = groups.scales};
}

void ReadWords(const PartReader& parts, const Tensor& part, std::uint64_t begin,
               std::uint64_t count, std::vector<std::byte>& scratch,
               std::vector<std::uint32_t>& out) {
  const auto bytes = parts.Read(part, begin * 4, count * 4, scratch);
  out.resize(count);
  std::memcpy(out.data(), bytes.data(), count * 4);
}

}  // namespace modelkin::forms
