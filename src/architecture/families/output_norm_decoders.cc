// Decoders whose norms stand on the way out of attention and MLP, before the sum with the residual:
// OLMo 2 (arXiv 2501.00656, section 3.1) and those that followed it.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Tensors Olmo2Attention() {
  return Join<TensorRule>(
      {Frame(), OutputNorms(), Attention(), QkvBiases(), OutputBias(), ProjectionNorms()});
}

Family Olmo2() {
  return {.name = "olmo2",
          .title = "OLMo 2",
          .model_types = {"olmo2"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"projection_norm", "", true},
                    Tied()},
          .tensors = Join<TensorRule>({Olmo2Attention(), GatedMlp()}),
          .views = OutputNormViews(),
          .norm_place = NormPlace::kOutputs};
}

Family Olmo3() {
  Family family = Olmo2();
  family.name = "olmo3";
  family.title = "OLMo 3";
  family.model_types = {"olmo3"};
  family.window = WindowPlan::kAllButEveryNth;
  family.default_window = 4096;
  family.default_window_period = 4;
  return family;
}

// Experts of OLMoE's kind.
Family FlexOlmo() {
  return {.name = "flex_olmo",
          .title = "FlexOlmo",
          .model_types = {"flex_olmo"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes(), ExpertsAsWideAsMlp("num_experts", "7", "5")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"projection_norm", "", true},
                    Tied()},
          .tensors = Join<TensorRule>({Olmo2Attention(), GatedExperts()}),
          .views = Join<ViewRule>({OutputNormViews(), FusedExpertViews()}),
          .router = "softmax over all",
          .norm_place = NormPlace::kOutputs};
}

// Where some layers have windows, the others have no rotation.
Family Exaone4() {
  return {
      .name = "exaone4",
      .title = "EXAONE 4.0",
      .model_types = {"exaone4"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32"}), DenseSizes()}),
      .flags = {{"qk_norm", "", true}, Tied()},
      .tensors = Join<TensorRule>({Frame(), OutputNorms(), Attention(), HeadNorms(), GatedMlp()}),
      .views = OutputNormViews(),
      .norm_place = NormPlace::kOutputs,
      .window = WindowPlan::kAllButEveryNth,
      .default_window = 4096,
      .default_window_period = 4};
}

}  // namespace

std::vector<Family> OutputNormDecoders() { return {Olmo2(), Olmo3(), FlexOlmo(), Exaone4()}; }

}  // namespace modelkin::families
