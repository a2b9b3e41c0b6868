// Decoders whose experts are chosen by sigmoids, as DeepSeek-V3's are, with attention of Llama's
// kind.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Family Dots1() {
  return {.name = "dots1",
          .title = "dots.llm1",
          .model_types = {"dots1"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32"}),
                                   DenseSizes(),
                                   ExpertSizes("n_routed_experts|num_local_experts"),
                                   GroupedChoice(),
                                   SharedSizes("n_shared_experts", "0"),
                                   {DenseLayers("first_k_dense_replace", "0")}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    {"shared", "n_shared_experts"},
                    Tied()},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       QkvBiases(),
                                       OutputBias(),
                                       HeadNorms(),
                                       GatedMlp(),
                                       GatedExperts(),
                                       SharedExperts(),
                                       {CorrectionBias()}}),
          .views = FusedExpertViews(),
          .router = kSigmoidRouter,
          .window = WindowPlan::kFromLayer,
          .router_source = "dots.llm1, arXiv 2506.05767"};
}

// Where some layers have windows, the others have no rotation.
Family ExaoneMoe() {
  constexpr std::string_view kBias = "model.layers.{L}.mlp.e_score_correction_bias";
  return {.name = "exaone_moe",
          .title = "K-EXAONE",
          .model_types = {"exaone_moe"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "32"}),
                                   DenseSizes(),
                                   ExpertSizes("num_experts"),
                                   GroupedChoice(),
                                   SharedSizes("num_shared_experts", "1"),
                                   {DenseLayers("first_k_dense_replace", "1")}}),
          .flags = {{"qk_norm", "", true}, {"shared", "num_shared_experts", true}, Tied()},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       HeadNorms(),
                                       GatedMlp(),
                                       GatedExperts(),
                                       SharedExperts(),
                                       {CorrectionBias(kBias)}}),
          .views = Join<ViewRule>(
              {FusedExpertViews(), {{kBias, "model.layers.{L}.mlp.gate.e_score_correction_bias"}}}),
          .router = kSigmoidRouter,
          .window = WindowPlan::kAllButEveryNth,
          .default_window = 4096,
          .default_window_period = 4};
}

// Norms of all of q and of k; part of each head rotates.
Family MiniMaxM2() {
  constexpr std::string_view kBias = "model.layers.{L}.block_sparse_moe.e_score_correction_bias";
  return {.name = "minimax_m2",
          .title = "MiniMax-M2 and later",
          .model_types = {"minimax_m2"},
          .plan = LayerPlan::kExperts,
          .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8", .head_dim = "128"}),
                                   ExpertsAsWideAsMlp("num_local_experts", "256", "8"),
                                   {{"groups", "", "1"}, {"groups_per_token", "", "1"}}}),
          .flags = {{"projection_norm", "use_qk_norm", true}, Tied()},
          .tensors = Join<TensorRule>({Frame(),
                                       PreNorms(),
                                       Attention(),
                                       ProjectionNorms(),
                                       BlockSparseExperts(),
                                       {CorrectionBias(kBias),
                                        {"model.layers.{L}.mlp.gate.weight", "experts, residual",
                                         kRouter, kExpertLayers, "", ExpertStorage::kFused}}}),
          .views = Join<ViewRule>({BlockSparseViews(),
                                   FusedExpertViews(),
                                   {{kBias, "model.layers.{L}.mlp.gate.e_score_correction_bias"}}}),
          .router = kSigmoidRouter};
}

// Attention's outputs pass a gate of sigmoids.
Family AfMoe() {
  return {.name = "afmoe",
          .title = "Arcee Trinity",
          .model_types = {"afmoe"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({DecoderSizes({.head_dim = "128"}),
                                   DenseSizes(),
                                   ExpertSizes("num_experts"),
                                   SharedSizes("num_shared_experts", "2"),
                                   {DenseLayers("num_dense_layers", "1")}}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"qk_norm", "", true},
                    {"shared", "num_shared_experts", true},
                    Tied()},
          .tensors =
              Join<TensorRule>({Frame(),
                                PreNorms(),
                                {{"model.layers.{L}.pre_mlp_layernorm.weight", "residual", kNorm},
                                 {"model.layers.{L}.post_mlp_layernorm.weight", "residual", kNorm},
                                 {"model.layers.{L}.self_attn.gate_proj.weight",
                                  "heads * head_dim, residual", kAttention}},
                                Attention(),
                                QkvBiases(),
                                OutputBias(),
                                HeadNorms(),
                                GatedMlp(),
                                RouterGate(),
                                RoutedExperts(),
                                SharedExperts()}),
          .views = Join<ViewRule>({FusedExpertViews(),
                                   RouterGateViews(),
                                   {{"model.layers.{L}.post_attention_layernorm.weight",
                                     "model.layers.{L}.attention_output_layernorm.weight"},
                                    {"model.layers.{L}.pre_mlp_layernorm.weight",
                                     "model.layers.{L}.post_attention_layernorm.weight"},
                                    {"model.layers.{L}.post_mlp_layernorm.weight",
                                     "model.layers.{L}.mlp_output_layernorm.weight"},
                                    {"model.layers.{L}.self_attn.gate_proj.weight",
                                     "model.layers.{L}.self_attn.output_gate.weight"}}}),
          .router = kSigmoidRouter,
          .norm_place = NormPlace::kAround,
          .window = WindowPlan::kAllButEveryNth,
          .default_window = 1024,
          .window_period_key = "global_attn_every_n_layers",
          .default_window_period = 4};
}

Views SarvamViews() {
  return {{"model.word_embeddings.weight", "model.embed_tokens.weight"},
          {"model.layers.{L}.attention.dense.weight", "model.layers.{L}.self_attn.o_proj.weight"},
          {"model.layers.{L}.attention.query_layernorm.weight",
           "model.layers.{L}.self_attn.q_norm.weight"},
          {"model.layers.{L}.attention.key_layernorm.weight",
           "model.layers.{L}.self_attn.k_norm.weight"},
          {"model.layers.{L}.mlp.gate.expert_bias",
           "model.layers.{L}.mlp.gate.e_score_correction_bias"}};
}

Family SarvamMoe() {
  return {
      .name = "sarvam_moe",
      .title = "Sarvam 30B",
      .model_types = {"sarvam_moe"},
      .plan = LayerPlan::kDenseFirst,
      .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "4", .head_dim = "64"}),
                               DenseSizes(),
                               ExpertSizes("num_experts|n_routed_experts"),
                               GroupedChoice(),
                               SharedSizes("num_shared_experts|n_shared_experts", "1"),
                               {DenseLayers("first_k_dense_replace", "1")}}),
      .flags = {{"qkv_bias", "use_qkv_bias|attention_bias"},
                {"qk_norm", "use_qk_norm", true},
                {"shared", "num_shared_experts|n_shared_experts", true},
                Tied()},
      .tensors = Join<TensorRule>(
          {{{"model.word_embeddings.weight", "vocab, residual", kEmbedding, kOnce},
            {"model.norm.weight", "residual", kNorm, kOnce},
            {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
            {"model.layers.{L}.attention.query_key_value.weight",
             "(heads + 2 * kv_heads) * head_dim, residual", kAttention},
            {"model.layers.{L}.attention.query_key_value.bias", "(heads + 2 * kv_heads) * head_dim",
             kAttention, kEveryLayer, "qkv_bias"},
            {"model.layers.{L}.attention.dense.weight", "residual, heads * head_dim", kAttention},
            {"model.layers.{L}.attention.query_layernorm.weight", "head_dim", kAttention,
             kEveryLayer, "qk_norm"},
            {"model.layers.{L}.attention.key_layernorm.weight", "head_dim", kAttention, kEveryLayer,
             "qk_norm"},
            CorrectionBias("model.layers.{L}.mlp.gate.expert_bias")},
           PreNorms(),
           GatedMlp(),
           GatedExperts(),
           SharedExperts()}),
      .views = Join<ViewRule>({FusedExpertViews(),
                               StackedQkvViews("model.layers.{L}.attention.query_key_value.weight",
                                               "model.layers.{L}.attention.query_key_value.bias"),
                               SarvamViews()}),
      .router = kSigmoidRouter};
}

// All experts of a layer in one tensor of gates, one of ups, one of downs.
Tensors StepExperts() {
  return {{"model.layers.{L}.moe.gate.weight", "experts, residual", kRouter, kExpertLayers},
          {.name = "model.layers.{L}.moe.router_bias",
           .shape = "experts",
           .module = kRouter,
           .where = kExpertLayers,
           .when = "router_bias",
           .always_f32 = true},
          {"model.layers.{L}.moe.gate_proj.weight", "experts, expert_width, residual",
           kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.moe.up_proj.weight", "experts, expert_width, residual", kRoutedExperts,
           kExpertLayers},
          {"model.layers.{L}.moe.down_proj.weight", "experts, residual, expert_width",
           kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.share_expert.gate_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers},
          {"model.layers.{L}.share_expert.up_proj.weight", "shared_width, residual", kSharedExperts,
           kExpertLayers},
          {"model.layers.{L}.share_expert.down_proj.weight", "residual, shared_width",
           kSharedExperts, kExpertLayers}};
}

Views StepViews() {
  return {
      {"model.layers.{L}.moe.gate.weight", "model.layers.{L}.mlp.gate.weight"},
      {"model.layers.{L}.moe.router_bias", "model.layers.{L}.mlp.gate.e_score_correction_bias"},
      {"model.layers.{L}.moe.gate_proj.weight", "model.layers.{L}.mlp.experts.{E}.gate_proj.weight",
       "expert_width, residual", "expert * expert_width * residual"},
      {"model.layers.{L}.moe.up_proj.weight", "model.layers.{L}.mlp.experts.{E}.up_proj.weight",
       "expert_width, residual", "expert * expert_width * residual"},
      {"model.layers.{L}.moe.down_proj.weight", "model.layers.{L}.mlp.experts.{E}.down_proj.weight",
       "residual, expert_width", "expert * expert_width * residual"},
      {"model.layers.{L}.share_expert.gate_proj.weight",
       "model.layers.{L}.mlp.shared_experts.gate_proj.weight"},
      {"model.layers.{L}.share_expert.up_proj.weight",
       "model.layers.{L}.mlp.shared_experts.up_proj.weight"},
      {"model.layers.{L}.share_expert.down_proj.weight",
       "model.layers.{L}.mlp.shared_experts.down_proj.weight"}};
}

// Each head's output passes a gate. Layers with windows may have more heads. Layers that predict
// further tokens are not in the table.
Family Step() {
  return {
      .name = "step3p7",
      .title = "Step 3.5 and 3.7 Flash",
      .model_types = {"step3p7", "step3p7_text", "step3p5"},
      .plan = LayerPlan::kDenseFirst,
      .sizes =
          Join<SizeRule>({{{"residual", "hidden_size"},
                           {"layers", "num_hidden_layers"},
                           {"heads", "num_attention_heads"},
                           {"window_heads", "attention_other_setting.num_attention_heads", "heads"},
                           {"kv_heads", "num_key_value_heads|num_attention_groups", "8"},
                           {"head_dim", "head_dim", "128"},
                           {"vocab", "vocab_size"},
                           {"positions", "max_position_embeddings|max_seq_len", "0"}},
                          DenseSizes(),
                          {{"experts", "num_experts|moe_num_experts"},
                           {"experts_per_token", "num_experts_per_tok|moe_top_k"},
                           {"expert_width", "moe_intermediate_size"},
                           {"shared_width", "share_expert_dim", "expert_width"}},
                          GroupedChoice(),
                          {DenseLayers("first_k_dense_replace", "3")}}),
      .flags = {{"qk_norm", "", true}, {"router_bias", "use_moe_router_bias", true}, Tied()},
      .tensors = Join<TensorRule>(
          {Frame(),
           PreNorms(),
           Attention(),
           HeadNorms(),
           GatedMlp(),
           StepExperts(),
           {{"model.layers.{L}.self_attn.g_proj.weight", "heads, residual", kAttention}}}),
      .views = StepViews(),
      .norm = "RMSNorm (1 + weight)",
      .router = kSigmoidRouter,
      .layer_types = {{.types = {{"full_attention", LayerPart::kAttention},
                                 {"sliding_attention", LayerPart::kAttention | LayerPart::kWindow}},
                       .list_keys = "layer_types",
                       .step = 4,
                       .offset = 0}},
      .layer_sizes = {{"heads", LayerPart::kWindow, "window_heads"}}};
}

}  // namespace

std::vector<Family> SigmoidExpertDecoders() {
  return {Dots1(), ExaoneMoe(), MiniMaxM2(), AfMoe(), SarvamMoe(), Step()};
}

}  // namespace modelkin::families
