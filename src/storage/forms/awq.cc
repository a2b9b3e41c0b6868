// AWQ (GEMM): codes of 4 bits, packed along the outputs, in the order 0 2 4 6 1 3 5 7. Source:
// gptqmodel quantization/awq/utils/packing_utils.py (dequantize_gemm), once AutoAWQ's.
#include <fmt/format.h>

#include <array>

#include "storage/forms/forms.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"
#include "storage/forms/turned_decoder.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kAwqInWord = 8;

// Bits below the code of each output of eight.
constexpr std::array<std::uint32_t, kAwqInWord> kAwqShifts = {0, 16, 4, 20, 8, 24, 12, 28};

class AwqDecoder : public TurnedDecoder {
 public:
  AwqDecoder(const Tensor& codes, const Tensor& zeros, InputGroups groups)
      : TurnedDecoder(std::move(groups)), codes_(codes), zeros_(zeros) {}

 private:
  void ReadCodes(const PartReader& parts, std::uint64_t input, const OutputRange& outputs,
                 Words& words, std::uint32_t* out) const override {
    Unpack(parts, codes_, input, outputs, words.scratch, words.first, out);
  }

  void ReadZeros(const PartReader& parts, std::uint64_t group, const OutputRange& outputs,
                 std::vector<std::byte>& scratch, float* out) const override {
    std::vector<std::uint32_t> words;
    Unpack(parts, zeros_, group, outputs, scratch, words, out);
  }

  template <class Out>
  void Unpack(const PartReader& parts, const Tensor& packed, std::uint64_t line,
              const OutputRange& outputs, std::vector<std::byte>& scratch,
              std::vector<std::uint32_t>& words, Out* out) const {
    const std::uint64_t first = outputs.first / kAwqInWord;
    const std::uint64_t last = (outputs.first + outputs.count - 1) / kAwqInWord;
    ReadWords(parts, packed, line * packed.shape[1] + first, last - first + 1, scratch, words);
    for (std::uint64_t k = 0; k < outputs.count; ++k) {
      const std::uint64_t at = outputs.first + k - first * kAwqInWord;
      out[k] = static_cast<Out>(words[at / kAwqInWord] >> kAwqShifts[at % kAwqInWord] & 15);
    }
  }

  Tensor codes_;
  Tensor zeros_;
};

}  // namespace

std::optional<Tensor> FindAwq(const Tensor& codes, const StoredTensors& all,
                              const QuantisationConfig& config) {
  const auto words = FindCodeWords(codes, all);
  if (config.method() != "awq" || !words) return std::nullopt;
  const auto& [stem, scales, zeros] = *words;
  const std::string version = config.Text("version");
  const std::uint64_t inputs = codes.shape[0];
  if ((!version.empty() && version != "gemm" && version != "GEMM") ||
      config.Size("bits").value_or(4) != 4) {
    return std::nullopt;  // "gemv" and others lie in another order
  }
  const auto outputs = codes.shape[1] * kAwqInWord;
  const std::uint64_t count = scales->shape.size() == 2 ? scales->shape[0] : 0;
  if (count == 0 || scales->shape[1] != outputs || inputs % count != 0 ||
      !IsScaleType(scales->dtype)) {
    FailForm(*scales, fmt::format("{} {} can't be scales of codes {}", DTypeName(scales->dtype),
                                  ShapeText(scales->shape), ShapeText(codes.shape)));
  }
  RequireShape(*zeros, std::array{DType::kI32}, {count, codes.shape[1]}, "zero points");
  InputGroups groups{.inputs = inputs,
                     .outputs = outputs,
                     .groups = count,
                     .length = inputs / count,
                     .scales = *scales,
                     .group_of_input = {}};
  const std::uint64_t length = groups.length;
  GroupsLayout layout = LayoutOfTurned(groups, 4, true);
  layout.may_be_scaled = true;
  CodedWeight coded{.coding = Coding::kGptqOrAwq,
                    .label = fmt::format("AWQ, 4 bits, groups of {}", length),
                    .block = fmt::format("{} values of a row", length),
                    .is_quantised = true,
                    .rounded_share = kRoundedShareOfGptq,
                    .parts = PartsOf(codes, {scales, zeros}),
                    .decoder = std::make_shared<AwqDecoder>(codes, *zeros, std::move(groups)),
                    .layout = layout};
  return MakeCodedWeight(std::string(stem) + ".weight", {outputs, inputs}, std::move(coded));
}

}  // namespace modelkin::forms
