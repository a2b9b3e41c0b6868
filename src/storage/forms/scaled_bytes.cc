// Codes of 8 bits, FP8 or integers, with scales for blocks, rows, groups or the tensor: DeepSeek's
// and Mistral's FP8, compressed-tensors' float-, int- and naive-quantized and mxfp8, FBGEMM,
// ModelOpt's FP8. Sources: transformers integrations/finegrained_fp8.py (Fp8Dequantize),
// compressed_tensors compressors/naive_quantized, mxfp8.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "storage/forms/block_grid.h"
#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

class ScaledBytesDecoder : public ScaledDecoder {
 public:
  ScaledBytesDecoder(const Tensor& codes, const Tensor& scales, const Tensor* zeros,
                     const BlockGrid& grid)
      : ScaledDecoder(grid.columns, codes.dtype, StepsOfType(codes.dtype)),
        codes_(codes),
        scales_(scales),
        grid_(grid) {
    if (zeros != nullptr) zeros_ = *zeros;
  }

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    run.codes = parts.Read(codes_, row * grid_.columns + column, count, run.scratch[0]);
    run.group_length = grid_.block_columns;
    run.first_in_group = column % grid_.block_columns;
    const std::uint64_t first = grid_.ScaleOf(row, column);
    const std::uint64_t groups = run.Groups(count);
    run.scales.resize(groups);
    if (scales_.dtype == DType::kU8) {
      ReadExponents(parts, scales_, first, groups, 0, run.scratch[1], run.scales.data());
    } else {
      ReadNumbers(parts, scales_, first, groups, run.scratch[1], run.scales.data());
    }
    if (!zeros_) return;
    run.offsets.resize(groups);
    ReadNumbers(parts, *zeros_, first, groups, run.scratch[1], run.offsets.data());
  }

  Tensor codes_;
  Tensor scales_;
  std::optional<Tensor> zeros_;
  BlockGrid grid_;
};

// How the scales of a weight are called.
struct ScaleName {
  std::string_view ending;  // after the weight's name, or after what stands before ".weight"
  bool after_stem;
  bool is_sure;  // nothing else is called so: another shape is an error
};

constexpr std::array kScaleNames = std::to_array<ScaleName>({
    {"_scale_inv", false, true},     // DeepSeek, Qwen, GLM, and of experts in one tensor
    {"_scale", false, true},         // compressed-tensors, FBGEMM, ModelOpt
    {".qscale_weight", true, true},  // Mistral
    {".scale_weight", true, true},   // ComfyUI's scaled FP8
    {".scale", true, false},         // DeepSeek-V4, and what a layer likes to call so
});

constexpr std::array<std::string_view, 8> kOthersOfBytes = {
    ".input_scale", ".input_zero_point", ".input_global_scale", ".output_scale",
    ".scale_input", ".qscale_act",       ".activation_scale",   ".output_zero_point",
};

const Tensor* FindScales(const Tensor& codes, const StoredTensors& all, const ScaleName& name) {
  if (!name.after_stem) return all.Find(codes.name, name.ending);
  const auto stem = StemOf(codes.name, ".weight");
  return stem ? all.Find(*stem, name.ending) : nullptr;
}

bool IsScaleOfBytes(const Tensor& scales, const ScaleName& name, const BlockGrid& grid) {
  // Bytes are exponents in MXFP8 alone.
  if (scales.dtype == DType::kU8) return grid.block_rows == 1 && grid.block_columns == 32;
  if (!name.is_sure && scales.dtype != DType::kF8E8M0 && scales.elements <= 1) return false;
  return IsScaleType(scales.dtype);
}

WeightLayout LayoutOfBytes(const Tensor& codes, const Tensor& scales, const Tensor* zeros,
                           const BlockGrid& grid) {
  const bool is_byte = scales.dtype == DType::kU8;
  return GroupsLayout{.rule = zeros != nullptr ? GroupRule::kAnyGrid : GroupRule::kMagnitude,
                      .codes = codes.dtype == DType::kI8       ? CodeSet::kSigned
                               : codes.dtype == DType::kF8E4M3 ? CodeSet::kE4M3
                                                               : CodeSet::kE5M2,
                      .rows = grid.scales_of_batch == 0 ? RowsOf(codes.shape) : grid.rows,
                      .columns = grid.columns,
                      .block_rows = grid.scales_of_batch == 0 && grid.block_rows == grid.rows
                                        ? RowsOf(codes.shape)
                                        : grid.block_rows,
                      .block_columns = grid.block_columns,
                      .scales = scales,
                      .scales_are_exponents = is_byte || scales.dtype == DType::kF8E8M0};
}

std::string NameOfType(const Tensor& codes, const Tensor& scales, const BlockGrid& grid) {
  if (codes.dtype == DType::kI8) return "INT8";
  const bool is_mx =
      BitWidth(scales.dtype) == 8 && grid.block_rows == 1 && grid.block_columns == 32;
  return fmt::format("{} ({})", is_mx ? "MXFP8" : "FP8",
                     codes.dtype == DType::kF8E4M3 ? "E4M3" : "E5M2");
}

}  // namespace

std::optional<Tensor> FindScaledBytes(const Tensor& codes, const StoredTensors& all,
                                      const QuantisationConfig& config) {
  const bool is_float = codes.dtype == DType::kF8E4M3 || codes.dtype == DType::kF8E5M2;
  if ((!is_float && codes.dtype != DType::kI8) || codes.elements == 0) return std::nullopt;
  for (const ScaleName& name : kScaleNames) {
    const Tensor* const scales = FindScales(codes, all, name);
    if (scales == nullptr) continue;
    const auto grid = FindBlockGrid(codes.shape, scales->shape, config);
    if (!grid || !IsScaleOfBytes(*scales, name, *grid)) {
      // Integers are anybody's, but under the name of a weight.
      if (!name.is_sure || (!is_float && !codes.name.ends_with(".weight"))) continue;
      FailForm(*scales, fmt::format("{} {} can't be scales of {} {}", DTypeName(scales->dtype),
                                    ShapeText(scales->shape), DTypeName(codes.dtype),
                                    ShapeText(codes.shape)));
    }
    // Exponents beside integers are 4-bit floats (DeepSeek-V4), or nobody's.
    if (!is_float && scales->dtype == DType::kF8E8M0) return std::nullopt;
    const Tensor* const zeros = all.Find(codes.name, "_zero_point");
    if (zeros != nullptr && (zeros->elements != scales->elements ||
                             (zeros->dtype != DType::kI8 && !IsScaleType(zeros->dtype)))) {
      FailForm(*zeros,
               fmt::format("{} {} can't be zero points of scales {}", DTypeName(zeros->dtype),
                           ShapeText(zeros->shape), ShapeText(scales->shape)));
    }
    CodedWeight coded{
        .coding = Coding::kScaled,
        .label = fmt::format("{}{} {}", NameOfType(codes, *scales, *grid),
                             grid->Label().starts_with("in ") ? "" : ",", grid->Label()),
        .block = grid->Block(),
        .is_quantised = true,
        .rounded_share = is_float ? kRoundedShareOfFloats8 : CodedWeight().rounded_share,
        .parts = PartsOf(codes, {scales, zeros}),
        .decoder = std::make_shared<ScaledBytesDecoder>(codes, *scales, zeros, *grid),
        .layout = LayoutOfBytes(codes, *scales, zeros, *grid)};
    AddOthers(StemOf(codes.name, ".weight").value_or(codes.name), kOthersOfBytes, all, coded);
    return MakeCodedWeight(codes.name, codes.shape, std::move(coded));
  }
  return std::nullopt;
}

}  // namespace modelkin::forms
