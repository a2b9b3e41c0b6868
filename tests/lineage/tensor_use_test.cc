#include "lineage/tensor_use.h"

#include <gtest/gtest.h>

namespace modelkin::testing {
namespace tensor_use_test {

TensorUse Use(const std::string& name, DType dtype) {
  Tensor tensor;
  tensor.name = name;
  tensor.dtype = dtype;
  return UseOf(tensor);
}

TEST(TensorUse, WeightsByName) {
  for (const char* name : {"model.layers.0.mlp.up_proj.weight", "h.0.ln_1.bias", "ln.gamma",
                           "vit.pos_embed", "vit.cls_token", "encoder/kernel", "w.lora_A"}) {
    EXPECT_EQ(Use(name, DType::kBF16), TensorUse::kWeight) << name;
  }
  EXPECT_EQ(Use("blocks.0.mixer.A_log", DType::kF32), TensorUse::kUnknown);
}

TEST(TensorUse, PackedWeightsAreCodes) {
  EXPECT_EQ(Use("q_proj.qweight", DType::kI32), TensorUse::kCodes);
  EXPECT_EQ(Use("q_proj.weight_packed", DType::kI32), TensorUse::kCodes);
  EXPECT_EQ(Use("mlp.experts.gate_up_proj_blocks", DType::kU8), TensorUse::kCodes);
  EXPECT_EQ(Use("q_proj.weight", DType::kU8), TensorUse::kCodes);
  EXPECT_EQ(Use("q_proj.weight", DType::kI8), TensorUse::kCodes);
}

TEST(TensorUse, Bookkeeping) {
  for (const char* name :
       {"q_proj.g_idx", "q_proj.qzeros", "q_proj.scales", "q_proj.weight.absmax",
        "q_proj.weight.quant_map", "q_proj.weight.nested_quant_map", "q_proj.weight.nested_absmax",
        "q_proj.weight.quant_state.bitsandbytes__nf4", "q_proj.weight_scale_inv", "q_proj.SCB",
        "q_proj.weight_shape", "experts.gate_up_proj_scales"}) {
    EXPECT_EQ(Use(name, DType::kI32), TensorUse::kBookkeeping) << name;
    EXPECT_EQ(Use(name, DType::kF32), TensorUse::kBookkeeping) << name;
  }
}

TEST(TensorUse, BuffersByNameAndByType) {
  for (const char* name :
       {"rotary_emb.inv_freq", "rotary_emb.cos_cached", "embeddings.position_ids",
        "bn.num_batches_tracked", "attn.relative_position_index", "stft.window", "attn_mask",
        "alphas_cumprod"}) {
    EXPECT_EQ(Use(name, DType::kF32), TensorUse::kBuffer) << name;
  }
  for (const DType dtype : {DType::kBool, DType::kI64, DType::kU8, DType::kI32}) {
    EXPECT_EQ(Use("anything", dtype), TensorUse::kBuffer);
  }
  EXPECT_EQ(Use("attn.bias", DType::kBool), TensorUse::kBuffer);
}

// Statistics of batches are learned, and so are tokens for masks.
TEST(TensorUse, LikeBuffersButLearned) {
  EXPECT_NE(Use("bn.running_mean", DType::kF32), TensorUse::kBuffer);
  EXPECT_NE(Use("vit.mask_token", DType::kF32), TensorUse::kBuffer);
  EXPECT_NE(Use("field.grid", DType::kF32), TensorUse::kBuffer);
  EXPECT_NE(Use("conv/filters", DType::kF32), TensorUse::kBuffer);
  EXPECT_NE(Use("logit_scale", DType::kF32), TensorUse::kBookkeeping);
  EXPECT_NE(Use("ln.scale", DType::kF32), TensorUse::kBookkeeping);
}

}  // namespace tensor_use_test
}  // namespace modelkin::testing
