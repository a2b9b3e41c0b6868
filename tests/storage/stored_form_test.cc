// Weights, codes of quantisations and what belongs to them, told apart by names and types.
#include <gtest/gtest.h>

#include "checkpoint/checkpoint.h"

namespace modelkin {
namespace stored_form_test {

struct Stored {
  std::string name;
  DType dtype;
  Shape shape;
};

class Forms {
 public:
  explicit Forms(const std::vector<Stored>& stored) {
    for (const Stored& each : stored) {
      Tensor tensor{.name = each.name, .dtype = each.dtype, .shape = each.shape};
      tensor.elements = *ElementCount(each.shape);
      tensor.length_bytes = *ByteCount(each.dtype, tensor.elements);
      tensors_.push_back(std::move(tensor));
    }
    MarkStoredForms(tensors_);
  }

  const StoredAs& Of(const std::string& name) const {
    return std::ranges::find(tensors_, name, &Tensor::name)->stored;
  }
  void ExpectCodes(const std::string& name, Coding coding, std::uint64_t parameters,
                   const std::string& weight) const {
    EXPECT_EQ(Of(name).form, StoredForm::kCodes) << name;
    EXPECT_EQ(Of(name).coding, coding) << name;
    EXPECT_EQ(Of(name).parameters, parameters) << name;
    EXPECT_EQ(Of(name).weight_name, weight) << name;
  }
  void ExpectCompanions(const std::vector<std::string>& names, const std::string& weight) const {
    for (const std::string& name : names) {
      EXPECT_EQ(Of(name).form, StoredForm::kCompanion) << name;
      EXPECT_EQ(Of(name).weight_name, weight) << name;
      EXPECT_EQ(Of(name).parameters, 0U) << name;
    }
  }
  void ExpectWeights(const std::vector<std::string>& names) const {
    for (const std::string& name : names) EXPECT_EQ(Of(name).form, StoredForm::kWeight) << name;
  }

 private:
  std::vector<Tensor> tensors_;
};

TEST(StoredForm, EightBitsWithScalesAreCodes) {
  const Forms forms({{"q.weight", DType::kF8E4M3, {256, 128}},
                     {"q.weight_scale_inv", DType::kF32, {2, 1}},
                     {"k.weight", DType::kF8E4M3, {64, 128}},
                     {"k.scale", DType::kF8E8M0, {1, 1}},
                     {"v.weight", DType::kI8, {64, 128}},
                     {"v.weight_scale", DType::kBF16, {64, 1}},
                     {"v.input_scale", DType::kF32, {1}},
                     {"v.bias", DType::kBF16, {64}},
                     {"experts.gate_up_proj", DType::kF8E4M3, {4, 64, 128}},
                     {"experts.gate_up_proj_scale_inv", DType::kF32, {4, 1, 1}}});
  forms.ExpectCodes("q.weight", Coding::kScaled, 256 * 128, "q.weight");
  forms.ExpectCodes("k.weight", Coding::kScaled, 64 * 128, "k.weight");
  forms.ExpectCodes("v.weight", Coding::kScaled, 64 * 128, "v.weight");
  forms.ExpectCodes("experts.gate_up_proj", Coding::kScaled, 4 * 64 * 128, "experts.gate_up_proj");
  forms.ExpectCompanions({"q.weight_scale_inv"}, "q.weight");
  forms.ExpectCompanions({"k.scale"}, "k.weight");
  forms.ExpectCompanions({"v.weight_scale", "v.input_scale"}, "v.weight");
  forms.ExpectWeights({"v.bias"});
}

TEST(StoredForm, PlainFp8AndScalesOfWeightsAreWeights) {
  const Forms forms({{"q.weight", DType::kF8E4M3, {8, 8}},
                     {"norm.weight", DType::kBF16, {8}},
                     {"norm.scale", DType::kBF16, {8}},
                     {"k.weight", DType::kBF16, {8, 8}},
                     {"k.weight_scale", DType::kBF16, {8, 1}},
                     {"layer.scales", DType::kF32, {8}},
                     {"counts", DType::kI64, {8}}});
  forms.ExpectWeights({"q.weight", "norm.weight", "norm.scale", "k.weight", "k.weight_scale",
                       "layer.scales", "counts"});
}

TEST(StoredForm, GptqOfAnyWidthAndAwqCountWhatTheyStandFor) {
  const Forms forms({{"a.qweight", DType::kI32, {16, 256}},  // 4 bits: 128 rows
                     {"a.qzeros", DType::kI32, {1, 32}},
                     {"a.scales", DType::kF16, {1, 256}},
                     {"a.g_idx", DType::kI32, {128}},
                     {"b.qweight", DType::kI32, {12, 256}},  // 3 bits
                     {"b.qzeros", DType::kI32, {1, 24}},
                     {"b.scales", DType::kF16, {1, 256}},
                     {"c.qweight", DType::kI32, {128, 64}},  // AWQ, 8 bits
                     {"c.qzeros", DType::kI32, {1, 64}},
                     {"c.scales", DType::kF16, {1, 256}},
                     {"d.qweight", DType::kI32, {16, 256}}});
  forms.ExpectCodes("a.qweight", Coding::kGptqOrAwq, 128 * 256, "a.weight");
  forms.ExpectCodes("b.qweight", Coding::kGptqOrAwq, 128 * 256, "b.weight");
  forms.ExpectCodes("c.qweight", Coding::kGptqOrAwq, 128 * 256, "c.weight");
  forms.ExpectCodes("d.qweight", Coding::kGptqOrAwq, 128 * 256, "d.weight");
  forms.ExpectCompanions({"a.qzeros", "a.scales", "a.g_idx"}, "a.weight");
}

TEST(StoredForm, BitsandbytesWithItsState) {
  const Forms forms({{"q.weight", DType::kU8, {4096, 1}},
                     {"q.weight.absmax", DType::kU8, {128}},
                     {"q.weight.quant_map", DType::kF32, {16}},
                     {"q.weight.nested_absmax", DType::kF32, {1}},
                     {"q.weight.nested_quant_map", DType::kF32, {256}},
                     {"q.weight.quant_state.bitsandbytes__nf4", DType::kU8, {80}},
                     {"k.weight", DType::kBF16, {2048, 1}},
                     {"k.weight.quant_state.bitsandbytes__fp4", DType::kU8, {80}},
                     {"v.weight", DType::kI8, {64, 128}},
                     {"v.SCB", DType::kF32, {64}},
                     {"v.weight_format", DType::kU8, {}}});
  forms.ExpectCodes("q.weight", Coding::kBitsandbytes4, 64 * 128, "q.weight");
  forms.ExpectCodes("k.weight", Coding::kBitsandbytes4, 64 * 128, "k.weight");
  forms.ExpectCodes("v.weight", Coding::kBitsandbytes8, 64 * 128, "v.weight");
  forms.ExpectCompanions({"q.weight.absmax", "q.weight.quant_map", "q.weight.nested_absmax",
                          "q.weight.nested_quant_map", "q.weight.quant_state.bitsandbytes__nf4"},
                         "q.weight");
  forms.ExpectCompanions({"v.SCB", "v.weight_format"}, "v.weight");
}

TEST(StoredForm, FourBitsOfOtherWriters) {
  const Forms forms({{"a.weight_packed", DType::kI32, {64, 16}},
                     {"a.weight_scale", DType::kBF16, {64, 4}},
                     {"a.weight_shape", DType::kI64, {2}},
                     {"b.weight", DType::kU8, {64, 64}},  // NVFP4 of ModelOpt
                     {"b.weight_scale", DType::kF8E4M3, {64, 8}},
                     {"b.weight_scale_2", DType::kF32, {}},
                     {"experts.down_proj_blocks", DType::kU8, {2, 64, 4, 16}},
                     {"experts.down_proj_scales", DType::kU8, {2, 64, 4}},
                     {"experts.down_proj_bias", DType::kBF16, {2, 64}},
                     {"c.weight", DType::kU32, {64, 16}},  // MLX
                     {"c.scales", DType::kBF16, {64, 2}},
                     {"c.biases", DType::kBF16, {64, 2}},
                     {"d.weight", DType::kF4, {64, 128}},
                     {"e.scale_of_something", DType::kF8E8M0, {64}}});
  forms.ExpectCodes("a.weight_packed", Coding::kCompressedTensors, 64 * 128, "a.weight");
  forms.ExpectCodes("b.weight", Coding::kScaledNibbles, 64 * 128, "b.weight");
  forms.ExpectCodes("experts.down_proj_blocks", Coding::kMxfp4Blocks, 2 * 64 * 128,
                    "experts.down_proj");
  forms.ExpectCodes("c.weight", Coding::kMlx, 64 * 128, "c.weight");
  forms.ExpectCodes("d.weight", Coding::kNarrowFloats, 64 * 128, "d.weight");
  forms.ExpectCompanions({"a.weight_scale", "a.weight_shape"}, "a.weight");
  forms.ExpectCompanions({"b.weight_scale", "b.weight_scale_2"}, "b.weight");
  forms.ExpectCompanions({"experts.down_proj_scales"}, "experts.down_proj");
  forms.ExpectCompanions({"c.scales", "c.biases"}, "c.weight");
  EXPECT_EQ(forms.Of("e.scale_of_something").form, StoredForm::kCompanion);
  forms.ExpectWeights({"experts.down_proj_bias"});
}

// Names stay with the form: a tensor under another name is what it was.
TEST(StoredForm, OutlivesRenaming) {
  std::vector<Tensor> tensors = {
      {.name = "q.qweight", .dtype = DType::kI32, .shape = {4, 8}, .elements = 32}};
  MarkStoredForms(tensors);
  const Tensor renamed = Renamed(tensors[0], "model.layers.0.self_attn.q_proj.weight");
  EXPECT_EQ(renamed.stored.form, StoredForm::kCodes);
  EXPECT_EQ(renamed.stored.weight_name, "");
}

}  // namespace stored_form_test
}  // namespace modelkin
