// BitNet: -1, 0 or 1, of 2 bits, four rows a byte: row r is in byte row r mod (rows / 4). One
// scale. Source: transformers integrations/bitnet.py (unpack_weights, BitLinear, AutoBitLinear).
#include <array>

#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kRowsOfByte = 4;

class BitnetDecoder : public ScaledDecoder {
 public:
  BitnetDecoder(const Tensor& codes, const Tensor& scale, bool is_inverse)
      : ScaledDecoder(codes.shape[1], DType::kU8, StepsOfType(DType::kU8)),
        codes_(codes),
        scale_(scale),
        is_inverse_(is_inverse) {}

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t lines = codes_.shape[0], columns = codes_.shape[1];
    const auto packed = parts.Read(codes_, row % lines * columns + column, count, run.scratch[0]);
    const auto shift = static_cast<unsigned>(2 * (row / lines));
    run.unpacked.resize(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      run.unpacked[i] = packed[i] >> shift & std::byte{3};
    }
    run.codes = run.unpacked;
    run.group_length = count;
    run.first_in_group = 0;
    run.scales.resize(1);
    ReadNumbers(parts, scale_, 0, 1, run.scratch[1], run.scales.data());
    if (is_inverse_) run.scales[0] = 1 / run.scales[0];
    run.offsets.assign(1, 1.0F);
  }

  Tensor codes_;
  Tensor scale_;
  bool is_inverse_;
};

}  // namespace

std::optional<Tensor> FindBitnet(const Tensor& codes, const StoredTensors& all,
                                 const QuantisationConfig& config) {
  if (config.method() != "bitnet" || !codes.name.ends_with(".weight")) return std::nullopt;
  if (codes.dtype != DType::kU8 || codes.shape.size() != 2 || codes.elements == 0) {
    return std::nullopt;
  }
  const Tensor* const scale = all.Find(codes.name, "_scale");
  if (scale == nullptr) return std::nullopt;
  if (scale->elements != 1 || !IsScaleType(scale->dtype)) {
    FailForm(*scale, "is not the one scale of a weight");
  }
  CodedWeight coded{.coding = Coding::kScaled,
                    .label = "BitNet, 2 bits, one scale",
                    .block = "the tensor",
                    .is_quantised = true,
                    .parts = PartsOf(codes, {scale}),
                    // "bitlinear" divides by it, "autobitlinear" does not.
                    .decoder = std::make_shared<BitnetDecoder>(
                        codes, *scale, config.Text("linear_class") != "autobitlinear")};
  return MakeCodedWeight(codes.name, {codes.shape[0] * kRowsOfByte, codes.shape[1]},
                         std::move(coded));
}

}  // namespace modelkin::forms
