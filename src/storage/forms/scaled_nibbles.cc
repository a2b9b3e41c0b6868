// 4-bit floats (E2M1), two a byte, the low nibble first, with scales for groups of a row:
// compressed-tensors' nvfp4- and mxfp4-pack-quantized, ModelOpt's NVFP4, Quark's MXFP4, experts of
// DeepSeek-V4, and the type F4. Sources: compressed_tensors compressors/nvfp4, mxfp4; transformers
// integrations/finegrained_fp8.py (Fp8Dequantize); modelopt NVFP4QTensor.dequantize.
#include <fmt/format.h>

#include <array>

#include "kernels/scaled_codes.h"
#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

// What a scale of the whole tensor does to those of groups, before these are multiplied.
enum class TensorScale : std::uint8_t { kNone, kDivides, kMultiplies };

struct NibbleGroups {
  std::uint64_t columns = 0;
  std::uint64_t length = 0;  // even, and divides `columns`
};

class ScaledNibblesDecoder : public ScaledDecoder {
 public:
  ScaledNibblesDecoder(const Tensor& codes, const Tensor& scales, const Tensor* tensor_scale,
                       TensorScale use, NibbleGroups groups)
      : ScaledDecoder(groups.columns, DType::kF8E5M2, StepsOfNibbleFloats(false)),
        codes_(codes),
        scales_(scales),
        use_(use),
        groups_(groups) {
    if (tensor_scale != nullptr) tensor_scale_ = *tensor_scale;
  }

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t begin = row * groups_.columns + column;
    ReadNibbleFloats(parts, codes_, begin, count, run);
    run.group_length = groups_.length;
    run.first_in_group = column % groups_.length;
    run.scales.resize(run.Groups(count));
    if (scales_.dtype == DType::kU8) {
      ReadExponents(parts, scales_, begin / groups_.length, run.scales.size(), 0, run.scratch[1],
                    run.scales.data());
    } else {
      ReadNumbers(parts, scales_, begin / groups_.length, run.scales.size(), run.scratch[1],
                  run.scales.data());
    }
    if (!tensor_scale_) return;
    float all = 1;
    ReadNumbers(parts, *tensor_scale_, 0, 1, run.scratch[2], &all);
    for (float& scale : run.scales) {
      scale = use_ == TensorScale::kDivides ? scale / all : scale * all;
    }
  }

  Tensor codes_;
  Tensor scales_;
  std::optional<Tensor> tensor_scale_;
  TensorScale use_;
  NibbleGroups groups_;
};

// The tensors of a weight.
struct NibbleParts {
  std::string_view name;  // of the weight
  const Tensor* scales = nullptr;
  const Tensor* tensor_scale = nullptr;
  TensorScale use = TensorScale::kNone;
  std::uint64_t values_per_code = 2;  // elements of the weight for one of the stored tensor
  bool is_sure = true;                // whether it can be nothing else
};

constexpr std::array<std::string_view, 5> kOthersOfNibbles = {
    ".input_scale", ".input_global_scale", ".weight_shape", ".weight_zero_point", ".output_scale"};

std::optional<NibbleParts> FindNibbleParts(const Tensor& codes, const StoredTensors& all,
                                           const QuantisationConfig& config) {
  NibbleParts found;
  if (const auto name = StemOf(codes.name, "_packed"); name && codes.dtype == DType::kU8) {
    found.name = *name;
    found.scales = all.Find(*name, "_scale");
    found.tensor_scale = all.Find(*name, "_global_scale");
    if (found.tensor_scale != nullptr) found.use = TensorScale::kDivides;
    return found.scales == nullptr ? std::nullopt : std::optional(found);
  }
  found.name = codes.name;
  found.scales = all.Find(codes.name, "_scale");
  found.is_sure = false;
  if (codes.dtype == DType::kU8) {
    if (found.scales == nullptr) return std::nullopt;
    found.tensor_scale = all.Find(codes.name, "_scale_2");
    if (found.tensor_scale != nullptr) found.use = TensorScale::kMultiplies;
    // Without that it is anybody's byte, but where the config says.
    const bool is_mx = found.scales->dtype == DType::kF8E8M0 || config.method() == "quark" ||
                       config.method() == "mxfp4";
    return found.tensor_scale == nullptr && !is_mx ? std::nullopt : std::optional(found);
  }
  if (codes.dtype != DType::kF4 && codes.dtype != DType::kI8) return std::nullopt;
  if (found.scales == nullptr) found.scales = all.Find(codes.name, "_scale_inv");
  if (const auto stem = StemOf(codes.name, ".weight"); stem && found.scales == nullptr) {
    found.scales = all.Find(*stem, ".scale");
  }
  if (found.scales == nullptr) return std::nullopt;
  if (codes.dtype == DType::kI8) {
    const bool is_float = config.method() == "fp8" && found.scales->dtype == DType::kF8E8M0;
    return is_float ? std::optional(found) : std::nullopt;
  }
  found.values_per_code = 1;
  found.tensor_scale = all.Find(codes.name, "_scale_2");
  if (found.tensor_scale != nullptr) found.use = TensorScale::kMultiplies;
  return found;
}

// Nothing where the shapes can't be.
std::optional<NibbleGroups> FindNibbleGroups(const Tensor& codes, const NibbleParts& found) {
  const Shape& scales = found.scales->shape;
  if (codes.shape.size() < 2 || scales.size() != codes.shape.size()) return std::nullopt;
  if (!std::equal(scales.begin(), scales.end() - 1, codes.shape.begin())) return std::nullopt;
  NibbleGroups groups{.columns = codes.shape.back() * found.values_per_code, .length = 0};
  if (scales.back() == 0 || groups.columns % scales.back() != 0) return std::nullopt;
  groups.length = groups.columns / scales.back();
  // NVFP4 has E4M3 for 16, MXFP4 exponents for 32.
  const DType type = found.scales->dtype;
  const bool is_nv = groups.length == 16 && type == DType::kF8E4M3;
  const bool is_mx = groups.length == 32 && (type == DType::kU8 || type == DType::kF8E8M0);
  return is_nv || is_mx ? std::optional(groups) : std::nullopt;
}

GroupsLayout LayoutOfNibbles(const Shape& shape, const NibbleParts& found,
                             const NibbleGroups& groups) {
  GroupsLayout layout{.rule = groups.length == 16 ? GroupRule::kTwoScales : GroupRule::kPowers,
                      .codes = CodeSet::kE2M1,
                      .bits = 4,
                      .rows = RowsOf(shape),
                      .columns = groups.columns,
                      .block_columns = groups.length,
                      .scales = *found.scales,
                      .scales_are_exponents = groups.length != 16,
                      .is_divisor = found.use == TensorScale::kDivides};
  if (found.tensor_scale != nullptr) layout.tensor_scale = *found.tensor_scale;
  return layout;
}

// Whether it is compressed-tensors' mxfp6-pack-quantized, which is not read: four values in three
// bytes, exponents for 32 values.
bool HasSixBits(const Tensor& codes, const Tensor& scales) {
  return scales.dtype == DType::kU8 && !scales.shape.empty() && !codes.shape.empty() &&
         codes.shape.back() / 24 == scales.shape.back() && codes.shape.back() % 24 == 0;
}

}  // namespace

std::optional<Tensor> FindScaledNibbles(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig& config) {
  if (codes.elements == 0) return std::nullopt;
  const auto found = FindNibbleParts(codes, all, config);
  if (!found) return std::nullopt;
  const auto groups = FindNibbleGroups(codes, *found);
  if (!groups) {
    if (!found->is_sure || HasSixBits(codes, *found->scales)) return std::nullopt;
    FailForm(*found->scales,
             fmt::format("{} {} can't be scales of 4-bit floats in {} {}",
                         DTypeName(found->scales->dtype), ShapeText(found->scales->shape),
                         DTypeName(codes.dtype), ShapeText(codes.shape)));
  }
  if (found->tensor_scale != nullptr &&
      (found->tensor_scale->elements != 1 || found->tensor_scale->dtype != DType::kF32)) {
    FailForm(*found->tensor_scale, fmt::format("{} {} where one F32 scales the tensor",
                                               DTypeName(found->tensor_scale->dtype),
                                               ShapeText(found->tensor_scale->shape)));
  }
  Shape shape = codes.shape;
  shape.back() = groups->columns;
  CodedWeight coded{.coding = Coding::kScaledNibbles,
                    .label = fmt::format("{}, groups of {}",
                                         groups->length == 16 ? "NVFP4" : "MXFP4", groups->length),
                    .block = fmt::format("{} values of a row", groups->length),
                    .is_quantised = true,
                    .rounded_share = kRoundedShareOfFloats4,
                    .parts = PartsOf(codes, {found->scales, found->tensor_scale}),
                    .decoder = std::make_shared<ScaledNibblesDecoder>(
                        codes, *found->scales, found->tensor_scale, found->use, *groups),
                    .layout = LayoutOfNibbles(shape, *found, *groups)};
  AddOthers(StemOf(found->name, ".weight").value_or(found->name), kOthersOfNibbles, all, coded);
  return MakeCodedWeight(std::string(found->name), std::move(shape), std::move(coded));
}

}  // namespace modelkin::forms
