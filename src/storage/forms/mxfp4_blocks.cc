// Experts of gpt-oss: 4-bit floats (E2M1) in blocks of 32 that share an exponent. Source:
// transformers integrations/mxfp4.py (_convert_moe_packed_tensors).
#include <array>

#include "kernels/scaled_codes.h"
#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kBlockValues = 32, kBlockBytes = 16;

// In the order [experts, outputs, inputs].
class Mxfp4BlocksDecoder : public ScaledDecoder {
 public:
  Mxfp4BlocksDecoder(const Tensor& blocks, const Tensor& scales, std::uint64_t columns)
      : ScaledDecoder(columns, DType::kF8E5M2, StepsOfNibbleFloats(true)),
        blocks_(blocks),
        scales_(scales),
        columns_(columns) {}

 private:
  // Values are doubled and scales halved: 2^(255 - 127) is beyond float, what it makes of 0.5 not.
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t begin = row * columns_ + column;
    const std::uint64_t first_byte = begin / 2, end_byte = (begin + count + 1) / 2;
    const auto packed = parts.Read(blocks_, first_byte, end_byte - first_byte, run.scratch[0]);
    run.unpacked.resize(2 * packed.size());
    NibbleFloatsToE5M2(packed.data(), packed.size(), true, run.unpacked.data());
    run.codes = std::span<const std::byte>(run.unpacked).subspan(begin % 2, count);
    run.group_length = kBlockValues;
    run.first_in_group = begin % kBlockValues;
    run.scales.resize(run.Groups(count));
    ReadExponents(parts, scales_, begin / kBlockValues, run.scales.size(), -1, run.scratch[1],
                  run.scales.data());
  }

  Tensor blocks_;
  Tensor scales_;
  std::uint64_t columns_;
};

}  // namespace

std::optional<Tensor> FindMxfp4Blocks(const Tensor& codes, const StoredTensors& all,
                                      const QuantisationConfig&) {
  const auto name = StemOf(codes.name, "_blocks");
  if (!name || codes.dtype != DType::kU8 || codes.elements == 0) return std::nullopt;
  if (codes.shape.size() != 4 || codes.shape[3] != kBlockBytes) return std::nullopt;
  const Tensor* const scales = all.Find(*name, "_scales");
  if (scales == nullptr) return std::nullopt;
  const std::uint64_t experts = codes.shape[0], outputs = codes.shape[1];
  RequireShape(*scales, std::array{DType::kU8}, {experts, outputs, codes.shape[2]},
               "scales of these blocks");
  const std::uint64_t inputs = codes.shape[2] * kBlockValues;
  CodedWeight coded{.coding = Coding::kMxfp4Blocks,
                    .label = "MXFP4, groups of 32",
                    .block = "32 values of a row",
                    .is_quantised = true,
                    .rounded_share = kRoundedShareOfFloats4,
                    .parts = PartsOf(codes, {scales}),
                    .decoder = std::make_shared<Mxfp4BlocksDecoder>(codes, *scales, inputs),
                    .layout = GroupsLayout{.rule = GroupRule::kPowers,
                                           .codes = CodeSet::kE2M1,
                                           .bits = 4,
                                           .rows = experts * outputs,
                                           .columns = inputs,
                                           .block_columns = kBlockValues,
                                           .scales = *scales,
                                           .scales_are_exponents = true}};
  Tensor weight = MakeCodedWeight(std::string(*name), {experts, inputs, outputs}, std::move(coded));
  weight.view =
      std::make_shared<const TensorView>(TensorView{.stored_name = weight.name,
                                                    .offset = 0,
                                                    .dimensions = {experts, inputs, outputs},
                                                    .strides = {outputs * inputs, 1, inputs}});
  return weight;
}

}  // namespace modelkin::forms
