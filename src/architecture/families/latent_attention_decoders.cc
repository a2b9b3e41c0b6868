// DeepSeek: keys and values from a low-rank latent vector (MLA), DeepSeek-V2 (arXiv 2405.04434,
// section 2.1).
#include "architecture/families/parts.h"

namespace modelkin::families {

using enum ModuleKind;
using enum Where;

Sizes LatentSizes(std::string_view shared_experts, std::string_view dense_layers) {
  return {{"residual", "hidden_size"},
          {"layers", "num_hidden_layers"},
          {"heads", "num_attention_heads"},
          {"vocab", "vocab_size"},
          {"positions", "max_position_embeddings", "0"},
          {"query_rank", "q_lora_rank", "1536", "0"},
          {"latent", "kv_lora_rank"},
          {"plain_dim", "qk_nope_head_dim"},
          {"rotary_dim", "qk_rope_head_dim"},
          {"value_dim", "v_head_dim"},
          {"width", "intermediate_size"},
          {"experts", "n_routed_experts"},
          {"experts_per_token", "num_experts_per_tok"},
          {"expert_width", "moe_intermediate_size"},
          {"shared_experts", "n_shared_experts", shared_experts, "0"},
          {"shared_width", "", "expert_width * shared_experts"},
          {"dense_layers", "first_k_dense_replace", dense_layers},
          {"prediction_layers", "num_nextn_predict_layers", "0"}};
}

Tensors LatentAttention() {
  return {
      {"model.layers.{L}.self_attn.q_proj.weight", "heads * (plain_dim + rotary_dim), residual",
       kAttention, kEveryLayer, "!query_low_rank"},
      {"model.layers.{L}.self_attn.q_a_proj.weight", "query_rank, residual", kAttention,
       kEveryLayer, "query_low_rank"},
      {"model.layers.{L}.self_attn.q_a_layernorm.weight", "query_rank", kAttention, kEveryLayer,
       "query_low_rank"},
      {"model.layers.{L}.self_attn.q_b_proj.weight", "heads * (plain_dim + rotary_dim), query_rank",
       kAttention, kEveryLayer, "query_low_rank"},
      {"model.layers.{L}.self_attn.kv_a_proj_with_mqa.weight", "latent + rotary_dim, residual",
       kAttention},
      {"model.layers.{L}.self_attn.kv_a_layernorm.weight", "latent", kAttention},
      {"model.layers.{L}.self_attn.kv_b_proj.weight", "heads * (plain_dim + value_dim), latent",
       kAttention},
      {"model.layers.{L}.self_attn.o_proj.weight", "residual, heads * value_dim", kAttention},
      {"model.layers.{L}.self_attn.q_a_proj.bias", "query_rank", kAttention, kEveryLayer,
       "latent_bias"},
      {"model.layers.{L}.self_attn.kv_a_proj_with_mqa.bias", "latent + rotary_dim", kAttention,
       kEveryLayer, "latent_bias"},
      {"model.layers.{L}.self_attn.o_proj.bias", "residual", kAttention, kEveryLayer,
       "latent_bias"}};
}

namespace {

Tensors DeepSeekTensors() {
  return Join<TensorRule>(
      {Frame(), PreNorms(), LatentAttention(), GatedMlp(), GatedExperts(), SharedExperts()});
}

Family DeepSeekV2() {
  return {.name = "deepseek_v2",
          .title = "DeepSeek-V2",
          .model_types = {"deepseek_v2"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({LatentSizes("2", "0"), GroupedChoice()}),
          .flags = {{"query_low_rank", "q_lora_rank", true},
                    {"latent_bias", "attention_bias"},
                    {"shared", "n_shared_experts", true},
                    {"tied", "tie_word_embeddings"}},
          .tensors = DeepSeekTensors(),
          .views = FusedExpertViews(),
          .attention = "multi-head latent",
          .router = "softmax over all"};
}

Family DeepSeekV3() {
  return {.name = "deepseek_v3",
          .title = "DeepSeek-V3 and R1, Kimi K2 and K2.5",
          .model_types = {"deepseek_v3", "kimi_k2", "kimi_k25"},
          .plan = LayerPlan::kDenseFirst,
          .sizes = Join<SizeRule>({LatentSizes("1", "3"), GroupedChoice("8", "4")}),
          .flags = {{"query_low_rank", "q_lora_rank", true},
                    {"latent_bias", "attention_bias"},
                    {"shared", "n_shared_experts", true},
                    {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({DeepSeekTensors(), {CorrectionBias()}, PredictionLayer()}),
          .views = FusedExpertViews(),
          .attention = "multi-head latent",
          .router = kSigmoidRouter};
}

// What chooses the tokens to attend to (DeepSeek-V3.2, arXiv 2512.02556): heads of their own, on
// the latent queries, and one key. Where layers share a choice, only the first of them have it.
Tensors Indexer() {
  return In(LayerPart::kIndexer,
            {{"model.layers.{L}.self_attn.indexer.wq_b.weight",
              "index_heads * index_dim, query_rank", kIndexer},
             {"model.layers.{L}.self_attn.indexer.wk.weight", "index_dim, residual", kIndexer},
             {"model.layers.{L}.self_attn.indexer.k_norm.weight", "index_dim", kIndexer},
             {"model.layers.{L}.self_attn.indexer.k_norm.bias", "index_dim", kIndexer},
             {"model.layers.{L}.self_attn.indexer.weights_proj.weight", "index_heads, residual",
              kIndexer}});
}

// DeepSeek-V3 with an indexer.
Family Indexed(std::string_view index_heads) {
  Family family = DeepSeekV3();
  family.sizes = Join<SizeRule>(
      {family.sizes,
       {{"index_heads", "index_n_heads", index_heads}, {"index_dim", "index_head_dim", "128"}}});
  family.tensors = Join<TensorRule>({family.tensors, Indexer()});
  family.attention = "multi-head latent, of tokens that an indexer chooses,";
  family.layer_types = {{.types = {{"full", LayerPart::kAttention | LayerPart::kIndexer},
                                   {"shared", LayerPart::kAttention}},
                         .list_keys = "indexer_types"}};
  return family;
}

Family DeepSeekV32() {
  Family family = Indexed("64");
  family.name = "deepseek_v32";
  family.title = "DeepSeek-V3.2";
  family.model_types = {"deepseek_v32"};
  return family;
}

Family GlmMoeDsa() {
  Family family = Indexed("32");
  family.name = "glm_moe_dsa";
  family.title = "GLM-5 and later";
  family.model_types = {"glm_moe_dsa"};
  return family;
}

}  // namespace

std::vector<Family> LatentAttentionDecoders() {
  return {DeepSeekV2(), DeepSeekV3(), DeepSeekV32(), GlmMoeDsa()};
}

}  // namespace modelkin::families
