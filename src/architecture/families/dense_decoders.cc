// Decoders without experts, with names as Llama has them.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Family Llama() {
  return {.name = "llama",
          .title = "Llama",
          .model_types = {"llama"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = LlamaFlags(),
          .tensors = LlamaTensors()};
}

Family Mistral() {
  return {.name = "mistral",
          .title = "Mistral",
          .model_types = {"mistral"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}), DenseSizes()}),
          .flags = {{"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), GatedMlp()}),
          .window = WindowPlan::kAll,
          .default_window = 4096};
}

Family Qwen2() {
  return {.name = "qwen2",
          .title = "Qwen2 and Qwen2.5, the text of Qwen2-VL and Qwen2.5-VL",
          .model_types = {"qwen2", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32"}), DenseSizes()}),
          .flags = {{"qkv_bias", "", true}, {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), GatedMlp()}),
          .window = WindowPlan::kFromLayer,
          .window_if_told = true,
          .default_window = 4096};
}

Family Qwen3() {
  return {
      .name = "qwen3",
      .title = "Qwen3, the text of Qwen3-VL",
      .model_types = {"qwen3", "qwen3_vl", "qwen3_vl_text"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32", .head_dim = "128"}), DenseSizes()}),
      .flags = {{"qkv_bias", "attention_bias"},
                {"o_bias", "attention_bias"},
                {"qk_norm", "", true},
                {"tied", "tie_word_embeddings"}},
      .tensors = Join<TensorRule>(
          {Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(), HeadNorms(), GatedMlp()}),
      .window = WindowPlan::kFromLayer,
      .window_if_told = true,
      .default_window = 4096};
}

Family Gemma2() {
  return {.name = "gemma2",
          .title = "Gemma 2",
          .model_types = {"gemma2"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>(
              {DecoderSizes({.heads = "8", .kv_heads = "4", .head_dim = "256"}), DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"tied", "tie_word_embeddings", true}},
          .tensors = Join<TensorRule>(
              {Frame(), GemmaNorms(), Attention(), QkvBiases(), OutputBias(), GatedMlp()}),
          .views = GemmaViews(),
          .norm = "RMSNorm (1 + weight)",
          .norm_place = NormPlace::kAround,
          .window = WindowPlan::kEverySecond,
          .default_window = 4096,
          .activation_key = "hidden_activation",
          .default_activation = "gelu_pytorch_tanh",
          .score_divisor_key = "query_pre_attn_scalar",
          .default_score_divisor = 256};
}

Family Gemma3() {
  return {.name = "gemma3",
          .title = "Gemma 3",
          .model_types = {"gemma3_text", "gemma3"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes({.heads = "8",
                                                 .kv_heads = "4",
                                                 .head_dim = "256",
                                                 .vocab = "262208",
                                                 .positions = "131072"}),
                                   DenseSizes()}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    {"tied", "tie_word_embeddings", true}},
          .tensors = Join<TensorRule>({Frame(), GemmaNorms(), Attention(), QkvBiases(),
                                       OutputBias(), HeadNorms(), GatedMlp()}),
          .views = GemmaViews(),
          .norm = "RMSNorm (1 + weight)",
          .norm_place = NormPlace::kAround,
          .window = WindowPlan::kAllButEveryNth,
          .default_window = 4096,
          .activation_key = "hidden_activation",
          .default_activation = "gelu_pytorch_tanh",
          .score_divisor_key = "query_pre_attn_scalar",
          .default_score_divisor = 256};
}

Family Phi3() {
  return {.name = "phi3",
          .title = "Phi-3 and Phi-4",
          .model_types = {"phi3"},
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({DecoderSizes(), DenseSizes()}),
          .flags = {{"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       {{"model.layers.{L}.self_attn.qkv_proj.weight",
                                         "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
                                        {"model.layers.{L}.self_attn.o_proj.weight",
                                         "residual, heads * head_dim", kAttention},
                                        {"model.layers.{L}.mlp.gate_up_proj.weight",
                                         "2 * width, residual", kDenseMlp, kDenseLayers},
                                        {"model.layers.{L}.mlp.down_proj.weight", "residual, width",
                                         kDenseMlp, kDenseLayers}}}),
          .views = Phi3Views(),
          .window = WindowPlan::kAll};
}

}  // namespace

std::vector<Family> DenseDecoders() {
  return {Llama(), Mistral(), Qwen2(), Qwen3(), Gemma2(), Gemma3(), Phi3()};
}

}  // namespace modelkin::families
