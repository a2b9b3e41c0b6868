// GPTQ: codes of 2, 3, 4 or 8 bits, packed along the inputs as one stream of bits for each output.
// Sources: gptqmodel nn_modules/qlinear/__init__.py (pack_original, dequantize_weight) and
// utils/model.py (convert_gptq_v1_to_v2_format_module).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "storage/forms/forms.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"
#include "storage/forms/turned_decoder.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kGptqWordBits = 32;

class GptqDecoder : public TurnedDecoder {
 public:
  GptqDecoder(const Tensor& codes, const Tensor& zeros, std::uint64_t bits, bool zeros_lack_one,
              InputGroups groups)
      : TurnedDecoder(std::move(groups)),
        codes_(codes),
        zeros_(zeros),
        bits_(bits),
        zeros_lack_one_(zeros_lack_one) {}

 private:
  void ReadCodes(const PartReader& parts, std::uint64_t input, const OutputRange& outputs,
                 Words& words, std::uint32_t* out) const override {
    const std::uint64_t bit = input * bits_, line = bit / kGptqWordBits;
    const std::uint64_t shift = bit % kGptqWordBits;
    const bool straddles = shift + bits_ > kGptqWordBits;
    const auto read = [&](std::uint64_t of, std::vector<std::uint32_t>& to) {
      ReadWords(parts, codes_, of * groups().outputs + outputs.first, outputs.count, words.scratch,
                to);
    };
    if (words.line != line) {
      read(line, words.first);
      words.line = line;
    }
    if (straddles) read(line + 1, words.second);
    const std::uint32_t mask = (1U << bits_) - 1;
    for (std::uint64_t k = 0; k < outputs.count; ++k) {
      std::uint32_t code = words.first[k] >> shift;
      if (straddles) code |= words.second[k] << (kGptqWordBits - shift);
      out[k] = code & mask;
    }
  }

  void ReadZeros(const PartReader& parts, std::uint64_t group, const OutputRange& outputs,
                 std::vector<std::byte>& scratch, float* out) const override {
    const std::uint64_t of_group = zeros_.shape[1];
    const std::uint64_t first = outputs.first * bits_ / kGptqWordBits;
    const std::uint64_t last = ((outputs.first + outputs.count) * bits_ - 1) / kGptqWordBits;
    std::vector<std::uint32_t> words;
    ReadWords(parts, zeros_, group * of_group + first, last - first + 1, scratch, words);
    if (zeros_lack_one_ && bits_ != 3) {
      // As gptqmodel does: what one field carries goes to the next.
      std::uint32_t ones = 0;
      for (std::uint64_t at = 0; at < kGptqWordBits; at += bits_) ones |= 1U << at;
      for (std::uint32_t& word : words) word += ones;
    }
    const std::uint32_t mask = (1U << bits_) - 1;
    for (std::uint64_t k = 0; k < outputs.count; ++k) {
      const std::uint64_t bit = (outputs.first + k) * bits_ - first * kGptqWordBits;
      const std::uint64_t shift = bit % kGptqWordBits;
      std::uint32_t zero = words[bit / kGptqWordBits] >> shift;
      if (shift + bits_ > kGptqWordBits) {
        zero |= words[bit / kGptqWordBits + 1] << (kGptqWordBits - shift);
      }
      if (zeros_lack_one_ && bits_ == 3) ++zero;
      out[k] = static_cast<float>(zero & mask);
    }
  }

  Tensor codes_;
  Tensor zeros_;
  std::uint64_t bits_;
  bool zeros_lack_one_;
};

// Whether the zero points are stored less one; nothing where the config does not tell, or where
// codes lie in another order (gptqmodel's "gptq_p", Marlin's).
std::optional<bool> ZerosLackOne(const QuantisationConfig& config) {
  if (config.method() == "gptq") {
    std::string format = config.Text("checkpoint_format");
    if (format.empty()) format = config.Text("format");
    if (format.empty() || format == "gptq") return true;
    if (format == "gptq_v2") return false;
    return std::nullopt;
  }
  if (config.method() == "auto-round" || config.method() == "intel/auto-round") {
    const std::string packing = config.Text("packing_format");
    if (packing.ends_with(":auto_gptq") || packing.ends_with(":gptq")) return true;
  }
  return std::nullopt;
}

// The width that fits the zero points, which are packed along the outputs; 0 for none.
std::uint64_t BitsOfZeros(const Tensor& zeros, std::uint64_t outputs,
                          const QuantisationConfig& config) {
  const auto fits = [&](std::uint64_t bits) {
    return zeros.shape[1] == outputs / kGptqWordBits * bits +
                                 CeilingOf(outputs % kGptqWordBits * bits, kGptqWordBits);
  };
  constexpr std::array<std::uint64_t, 4> kWidths = {2, 3, 4, 8};
  const std::uint64_t said = config.Size("bits").value_or(0);
  if (std::ranges::find(kWidths, said) != kWidths.end() && fits(said)) return said;
  // A layer may have its own; of few outputs the zero points do not tell.
  if (outputs < kGptqWordBits) return 0;
  const auto* const found = std::ranges::find_if(kWidths, fits);
  return found == kWidths.end() ? 0 : *found;
}

std::uint64_t GroupLength(const Tensor& scales, const InputGroups& groups,
                          const QuantisationConfig& config) {
  const std::uint64_t said = config.Size("group_size").value_or(0);
  if (said > 0 && CeilingOf(groups.inputs, said) == groups.groups) return said;
  if (groups.groups == 1 || groups.inputs % groups.groups == 0) {
    return groups.inputs / groups.groups;
  }
  FailForm(scales, fmt::format("{} groups of {} inputs", groups.groups, groups.inputs));
}

}  // namespace

std::optional<Tensor> FindGptq(const Tensor& codes, const StoredTensors& all,
                               const QuantisationConfig& config) {
  const auto words = FindCodeWords(codes, all);
  if (!words) return std::nullopt;
  const auto& [stem, scales, zeros] = *words;
  const Tensor* const order = all.Find(stem, ".g_idx");
  const auto lacks_one = ZerosLackOne(config);
  const std::uint64_t outputs = codes.shape[1];
  if (!lacks_one) return std::nullopt;
  if (scales->shape.size() != 2 || scales->shape[1] != outputs || scales->elements == 0 ||
      !IsScaleType(scales->dtype)) {
    FailForm(*scales, fmt::format("{} {} can't be scales of codes {}", DTypeName(scales->dtype),
                                  ShapeText(scales->shape), ShapeText(codes.shape)));
  }
  InputGroups groups{.inputs = 0,
                     .outputs = outputs,
                     .groups = scales->shape[0],
                     .length = 0,
                     .scales = *scales,
                     .group_of_input = {}};
  const bool are_zeros =
      zeros->dtype == DType::kI32 && zeros->shape.size() == 2 && zeros->shape[0] == groups.groups;
  const std::uint64_t bits = are_zeros ? BitsOfZeros(*zeros, outputs, config) : 0;
  if (bits == 0) {
    FailForm(*zeros, fmt::format("{} {} can't be zero points of scales {}", DTypeName(zeros->dtype),
                                 ShapeText(zeros->shape), ShapeText(scales->shape)));
  }
  groups.inputs = codes.shape[0] * kGptqWordBits / bits;
  if (order != nullptr) {
    const std::uint64_t inputs = order->shape.size() == 1 ? order->shape[0] : 0;
    if (order->dtype != DType::kI32 || inputs > groups.inputs || inputs == 0 ||
        CeilingOf(inputs * bits, kGptqWordBits) != codes.shape[0]) {
      FailForm(*order, fmt::format("{} {} can't be groups of {} inputs", DTypeName(order->dtype),
                                   ShapeText(order->shape), groups.inputs));
    }
    groups.inputs = inputs;
    groups.group_of_input = *order;
  }
  groups.length = GroupLength(*scales, groups, config);
  const bool in_order = !config.Flag("desc_act").value_or(false) || order == nullptr;
  const Shape shape = {outputs, groups.inputs};
  const GroupsLayout layout = LayoutOfTurned(groups, bits, in_order);
  CodedWeight coded{
      .coding = Coding::kGptqOrAwq,
      .label = fmt::format("GPTQ, {} bits, {}{}", bits,
                           groups.groups == 1 ? std::string("one scale a row")
                                              : fmt::format("groups of {}", groups.length),
                           in_order ? "" : ", act-order"),
      .block = groups.groups == 1 ? "a row" : fmt::format("{} values of a row", groups.length),
      .is_quantised = true,
      .rounded_share = kRoundedShareOfGptq,
      .parts = PartsOf(codes, {scales, zeros, order}),
      .decoder = std::make_shared<GptqDecoder>(codes, *zeros, bits, *lacks_one, std::move(groups)),
      .layout = layout};
  return MakeCodedWeight(std::string(stem) + ".weight", shape, std::move(coded));
}

}  // namespace modelkin::forms
