// Decoders with mixtures of experts.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Family SolarOpen() {
  return {.name = "solar_open",
          .title = "Solar Open",
          .model_types = {"solar_open"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8", .head_dim = "128"}),
                                   ExpertSizes("n_routed_experts|num_local_experts"),
                                   GroupedChoice(),
                                   {{"shared_experts", "n_shared_experts", "1"},
                                    {"shared_width", "", "expert_width * shared_experts"}}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"shared", "n_shared_experts", true},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       GatedExperts(),
                                       SharedExperts(),
                                       {CorrectionBias()}}),
          .views = FusedExpertViews(),
          .router = kSigmoidRouter,
          .router_source = "Solar Open technical report, arXiv 2601.07022"};
}

Family Glm4Moe() {
  return {.name = "glm4_moe",
          .title = "GLM-4.5 and later",
          .model_types = {"glm4_moe"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}),
                                   DenseSizes(),
                                   ExpertSizes("n_routed_experts"),
                                   GroupedChoice(),
                                   {{"shared_experts", "n_shared_experts", "1"},
                                    {"shared_width", "", "expert_width * shared_experts"},
                                    {"dense_layers", "first_k_dense_replace", "1"},
                                    {"prediction_layers", "num_nextn_predict_layers", "0"}}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"qk_norm", "use_qk_norm"},
                    {"shared", "n_shared_experts", true},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       HeadNorms(),
                                       GatedMlp(),
                                       GatedExperts(),
                                       SharedExperts(),
                                       {CorrectionBias()},
                                       PredictionLayer()}),
          .views = FusedExpertViews(),
          .router = kSigmoidRouter,
          .default_rotary_share = 0.5,
          .router_source = "GLM-4.5, arXiv 2508.06471"};
}

Family PhiMoe() {
  return {.name = "phimoe",
          .title = "Phi-3.5-MoE",
          .model_types = {"phimoe"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}),
                                   ExpertsAsWideAsMlp("num_local_experts", "16", "2")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"head_bias", "lm_head_bias"},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>(
              {Frame(),
               PreNorms(),
               Attention(),
               QkvBiases(),
               OutputBias(),
               BlockSparseExperts(),
               {{"model.norm.bias", "residual", kNorm, kOnce},
                {"lm_head.bias", "vocab", kHead, kOnce, "head_bias"},
                {"model.layers.{L}.input_layernorm.bias", "residual", kNorm},
                {"model.layers.{L}.post_attention_layernorm.bias", "residual", kNorm},
                {"model.layers.{L}.mlp.router.weight", "experts, residual", kRouter, kExpertLayers,
                 "", ExpertStorage::kFused}}}),
          .views = PhiMoeViews(),
          .norm = "LayerNorm with bias",
          .router = "sparsemixer: each pick has its own softmax over the experts near the best",
          .window = WindowPlan::kAll};
}

Family Mixtral() {
  return {.name = "mixtral",
          .title = "Mixtral",
          .model_types = {"mixtral"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>(
              {DecoderSizes({.kv_heads = "8"}), ExpertsAsWideAsMlp("num_local_experts", "8", "2")}),
          .flags = {{"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       BlockSparseExperts(),
                                       {{"model.layers.{L}.mlp.gate.weight", "experts, residual",
                                         kRouter, kExpertLayers, "", ExpertStorage::kFused}}}),
          .views = Join<ViewRule>({BlockSparseViews(), FusedExpertViews()}),
          .router = "softmax over all, weights of the chosen scaled to sum to 1",
          .window = WindowPlan::kAll,
          .router_normalises = true,
          .router_source = "Mixtral, arXiv 2401.04088, section 2.1"};
}

Family Qwen2Moe() {
  return {.name = "qwen2_moe",
          .title = "Qwen1.5-MoE and Qwen2-MoE",
          .model_types = {"qwen2_moe"},
          .plan = LayerPlan::kSparseStep,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "16"}),
                                   DenseSizes(),
                                   ExpertSizes("num_experts"),
                                   {{"shared_width", "shared_expert_intermediate_size"}}}),
          .flags = {{"qkv_bias", "qkv_bias", true}, {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       GatedMlp(),
                                       GatedExperts(),
                                       {{"model.layers.{L}.mlp.shared_expert.gate_proj.weight",
                                         "shared_width, residual", kSharedExperts, kExpertLayers},
                                        {"model.layers.{L}.mlp.shared_expert.up_proj.weight",
                                         "shared_width, residual", kSharedExperts, kExpertLayers},
                                        {"model.layers.{L}.mlp.shared_expert.down_proj.weight",
                                         "residual, shared_width", kSharedExperts, kExpertLayers},
                                        {"model.layers.{L}.mlp.shared_expert_gate.weight",
                                         "1, residual", kSharedExperts, kExpertLayers}}}),
          .views = Join<ViewRule>({Qwen2MoeViews(), FusedExpertViews()}),
          .router = "softmax over all; the shared expert has a sigmoid gate of its own",
          .window = WindowPlan::kEvenBelowLayer,
          .window_if_told = true,
          .default_window = 4096};
}

Family Qwen3Moe() {
  return {.name = "qwen3_moe",
          .title = "Qwen3-MoE",
          .model_types = {"qwen3_moe"},
          .plan = LayerPlan::kSparseStep,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "4"}), DenseSizes(),
                                   ExpertSizes("num_experts|num_local_experts")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       HeadNorms(), GatedMlp(), GatedExperts()}),
          .views = FusedExpertViews(),
          .router = "softmax over all",
          .window = WindowPlan::kAll,
          .window_if_told = true,
          .default_window = 4096,
          .router_source = "Qwen3, arXiv 2505.09388, section 2"};
}

// Qwen3-MoE whose experts are stored with inputs first.
Family Qwen3VlMoe() {
  Family family = Qwen3Moe();
  family.name = "qwen3_vl_moe";
  family.title = "Qwen3-VL with experts, the text";
  family.model_types = {"qwen3_vl_moe", "qwen3_vl_moe_text"};
  for (TensorRule& rule : family.tensors) {
    if (rule.storage != ExpertStorage::kFused) continue;
    rule.shape = rule.name.ends_with("gate_up_proj") ? "experts, residual, 2 * expert_width"
                                                     : "experts, expert_width, residual";
  }
  family.views = TurnedExpertViews();
  return family;
}

// Norms of q and k over the whole projection, not per head.
Family Olmoe() {
  return {.name = "olmoe",
          .title = "OLMoE",
          .model_types = {"olmoe"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes(), ExpertsAsWideAsMlp("num_experts", "64", "8")}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       GatedExperts(), ProjectionNorms()}),
          .views = FusedExpertViews(),
          .router = "softmax over all"};
}

// As llama.cpp takes them apart.
Tensors SeparateExpertsWithBiases() {
  using enum ExpertStorage;
  return {{"model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
           kRoutedExperts, kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.gate_proj.bias", "expert_width", kRoutedExperts,
           kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.up_proj.bias", "expert_width", kRoutedExperts,
           kExpertLayers, "", kSeparate},
          {"model.layers.{L}.mlp.experts.{E}.down_proj.bias", "residual", kRoutedExperts,
           kExpertLayers, "", kSeparate}};
}

// Experts transposed and fused, gate and up rows in turn; or packed as MXFP4, two values a byte in
// blocks of 32.
Tensors GptOssExperts() {
  using enum ExpertStorage;
  return {
      {"model.layers.{L}.mlp.router.weight", "experts, residual", kRouter, kExpertLayers},
      {"model.layers.{L}.mlp.router.bias", "experts", kRouter, kExpertLayers},
      {"model.layers.{L}.mlp.experts.gate_up_proj_bias", "experts, 2 * expert_width",
       kRoutedExperts, kExpertLayers, "", kTogether},
      {"model.layers.{L}.mlp.experts.down_proj_bias", "experts, residual", kRoutedExperts,
       kExpertLayers, "", kTogether},
      {"model.layers.{L}.mlp.experts.gate_up_proj", "experts, residual, 2 * expert_width",
       kRoutedExperts, kExpertLayers, "", kFused},
      {"model.layers.{L}.mlp.experts.down_proj", "experts, expert_width, residual", kRoutedExperts,
       kExpertLayers, "", kFused},
      {"model.layers.{L}.mlp.experts.gate_up_proj_blocks",
       "experts, 2 * expert_width, residual / 32, 16", kRoutedExperts, kExpertLayers, "", kPacked,
       2},
      {"model.layers.{L}.mlp.experts.gate_up_proj_scales",
       "experts, 2 * expert_width, residual / 32", kScale, kExpertLayers, "", kPacked, 0},
      {"model.layers.{L}.mlp.experts.down_proj_blocks", "experts, residual, expert_width / 32, 16",
       kRoutedExperts, kExpertLayers, "", kPacked, 2},
      {"model.layers.{L}.mlp.experts.down_proj_scales", "experts, residual, expert_width / 32",
       kScale, kExpertLayers, "", kPacked, 0}};
}

Family GptOss() {
  return {
      .name = "gpt_oss",
      .title = "gpt-oss",
      .model_types = {"gpt_oss"},
      .plan = LayerPlan::kExperts,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8", .head_dim = "64"}),
                               {{"experts", "num_local_experts|num_experts"},
                                {"experts_per_token", "num_experts_per_tok|experts_per_token"},
                                {"expert_width", "intermediate_size"}}}),
      .flags = {{"qkv_bias", "attention_bias", true},
                {"o_bias", "attention_bias", true},
                {"tied", "tie_word_embeddings"}},
      .tensors = Join<TensorRule>({Frame(),
                                   PreNorms(),
                                   Attention(),
                                   QkvBiases(),
                                   OutputBias(),
                                   GptOssExperts(),
                                   SeparateExpertsWithBiases(),
                                   {{"model.layers.{L}.self_attn.sinks", "heads", kAttention}}}),
      .views = GptOssViews(),
      .attention = "grouped-query (with sinks)",
      .router = "softmax over the chosen",
      .window = WindowPlan::kEverySecond,
      .default_window = 128};
}

}  // namespace

std::vector<Family> ExpertDecoders() {
  return {SolarOpen(), Glm4Moe(),    PhiMoe(), Mixtral(), Qwen2Moe(),
          Qwen3Moe(),  Qwen3VlMoe(), Olmoe(),  GptOss()};
}

}  // namespace modelkin::families
