// Decoders that have more than one way to attend in a model, from latent vectors or few keys:
// LongCat-Flash (arXiv 2509.01322), Kimi Linear (arXiv 2510.26692) and DeepSeek-V4.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr LayerParts kDelta = LayerPart::kLinearAttention;
constexpr std::string_view kSelfAttn = "model.layers.{L}.self_attn.";

TensorRule Correction(std::string_view name, std::string_view shape) {
  return {
      .name = name, .shape = shape, .module = kRouter, .where = kExpertLayers, .always_f32 = true};
}

// A layer of LongCat-Flash has two attentions and two MLPs, and experts beside all but the first.
Tensors TwoOfEach() {
  const Tensors latent = LatentAttention();
  Tensors mlp = GatedMlp();
  for (TensorRule& rule : mlp) rule.where = kEveryLayer;
  return Join<TensorRule>(
      {{{"model.layers.{L}.input_layernorm.0.weight", "residual", kNorm},
        {"model.layers.{L}.input_layernorm.1.weight", "residual", kNorm},
        {"model.layers.{L}.post_attention_layernorm.0.weight", "residual", kNorm},
        {"model.layers.{L}.post_attention_layernorm.1.weight", "residual", kNorm}},
       Moved(kSelfAttn, "model.layers.{L}.self_attn.0.", latent),
       Moved(kSelfAttn, "model.layers.{L}.self_attn.1.", latent),
       Moved("model.layers.{L}.mlp.", "model.layers.{L}.mlps.0.", mlp),
       Moved("model.layers.{L}.mlp.", "model.layers.{L}.mlps.1.", mlp)});
}

// Some of the choices stand for no expert: the token passes as it is.
Tensors LongCatExperts() {
  return Join<TensorRule>(
      {{{"model.layers.{L}.mlp.router.classifier.weight", "experts + idle_experts, residual",
         kRouter, kExpertLayers},
        Correction("model.layers.{L}.mlp.router.e_score_correction_bias", "experts + idle_experts"),
        {"model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
         kRoutedExperts, kExpertLayers},
        {"model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
         kRoutedExperts, kExpertLayers},
        {"model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
         kRoutedExperts, kExpertLayers}}});
}

// The first of two is a Llama-like layer's.
Views LongCatViews(const Tensors& tensors) {
  constexpr std::string_view kRouterName = "model.layers.{L}.mlp.router.classifier.weight";
  return Join<ViewRule>(
      {{{"model.layers.{L}.input_layernorm.0.weight", "model.layers.{L}.input_layernorm.weight"},
        {"model.layers.{L}.post_attention_layernorm.0.weight",
         "model.layers.{L}.post_attention_layernorm.weight"},
        {kRouterName, "model.layers.{L}.mlp.gate.weight", "experts, residual"},
        {kRouterName, "model.layers.{L}.mlp.idle_gate.weight", "idle_experts, residual",
         "experts * residual"}},
       MovedViews("model.layers.{L}.self_attn.0.", kSelfAttn, tensors),
       MovedViews("model.layers.{L}.mlps.0.", "model.layers.{L}.mlp.", tensors)});
}

Family LongCatFlash() {
  const Tensors tensors = Join<TensorRule>({Frame(), TwoOfEach(), LongCatExperts()});
  return {.name = "longcat_flash",
          .title = "LongCat-Flash",
          .model_types = {"longcat_flash"},
          .plan = LayerPlan::kExperts,
          .sizes = {{"residual", "hidden_size"},
                    {"layers", "num_layers"},
                    {"heads", "num_attention_heads"},
                    {"vocab", "vocab_size"},
                    {"positions", "max_position_embeddings", "0"},
                    {"query_rank", "q_lora_rank", "1536", "0"},
                    {"latent", "kv_lora_rank"},
                    {"plain_dim", "qk_nope_head_dim"},
                    {"rotary_dim", "qk_rope_head_dim"},
                    {"value_dim", "v_head_dim"},
                    {"width", "ffn_hidden_size|intermediate_size"},
                    {"experts", "n_routed_experts"},
                    {"idle_experts", "zero_expert_num", "0"},
                    {"experts_per_token", "moe_topk|num_experts_per_tok"},
                    {"expert_width", "expert_ffn_hidden_size|moe_intermediate_size"},
                    {"attentions", "", "2"}},
          .flags = {{"query_low_rank", "q_lora_rank", true},
                    {"latent_bias", "attention_bias"},
                    {"tied", "tie_word_embeddings"}},
          .tensors = tensors,
          .views = LongCatViews(tensors),
          .attention = "multi-head latent (two in a layer)",
          .router =
              "softmax over all; a correction bias takes part in the choice, and some "
              "choices are of no expert"};
}

// Kimi Delta Attention: gates of forgetting for every channel, from a low rank.
Tensors DeltaAttention() {
  return In(
      kDelta,
      {{"model.layers.{L}.self_attn.k_proj.weight", "linear_keys, residual", kLinearAttention},
       {"model.layers.{L}.self_attn.v_proj.weight", "linear_keys, residual", kLinearAttention},
       {"model.layers.{L}.self_attn.q_conv1d.weight", "linear_keys, 1, kernel", kLinearAttention},
       {"model.layers.{L}.self_attn.k_conv1d.weight", "linear_keys, 1, kernel", kLinearAttention},
       {"model.layers.{L}.self_attn.v_conv1d.weight", "linear_keys, 1, kernel", kLinearAttention},
       {"model.layers.{L}.self_attn.A_log", "1, 1, linear_heads, 1", kLinearAttention},
       {"model.layers.{L}.self_attn.dt_bias", "linear_keys", kLinearAttention},
       {"model.layers.{L}.self_attn.f_a_proj.weight", "linear_dim, residual", kLinearAttention},
       {"model.layers.{L}.self_attn.f_b_proj.weight", "linear_keys, linear_dim", kLinearAttention},
       {"model.layers.{L}.self_attn.b_proj.weight", "linear_heads, residual", kLinearAttention},
       {"model.layers.{L}.self_attn.g_a_proj.weight", "linear_dim, residual", kLinearAttention,
        kEveryLayer, "!full_gate"},
       {"model.layers.{L}.self_attn.g_b_proj.weight", "linear_keys, linear_dim", kLinearAttention,
        kEveryLayer, "!full_gate"},
       {"model.layers.{L}.self_attn.o_norm.weight", "linear_dim", kLinearAttention}});
}

// Queries and outputs of both kinds of layers go by one name.
Tensors KimiAttention() {
  Tensors latent = LatentAttention();
  std::erase_if(latent, [](const TensorRule& rule) {
    return rule.when == "latent_bias" || rule.name.ends_with(".q_proj.weight") ||
           rule.name.ends_with(".o_proj.weight");
  });
  return Join<TensorRule>(
      {In(LayerPart::kAttention, latent),
       In(LayerPart::kDirectQueries,
          {{"model.layers.{L}.self_attn.q_proj.weight", "query_width, residual", kAttention}}),
       {{"model.layers.{L}.self_attn.o_proj.weight", "residual, output_width", kAttention},
        {"model.layers.{L}.self_attn.g_proj.weight", "output_width, residual", kAttention,
         kEveryLayer, "output_gate"}}});
}

// Of Kimi K3: how much of the outputs of earlier blocks of layers goes in.
Tensors BlockScores() {
  return {
      {"model.layers.{L}.self_attention_res_norm.weight", "residual", kNorm, kEveryLayer,
       "block_scores"},
      {"model.layers.{L}.self_attention_res_proj.weight", "1, residual", kResidualMixing,
       kEveryLayer, "block_scores"},
      {"model.layers.{L}.mlp_res_norm.weight", "residual", kNorm, kEveryLayer, "block_scores"},
      {"model.layers.{L}.mlp_res_proj.weight", "1, residual", kResidualMixing, kEveryLayer,
       "block_scores"},
      {"model.output_attn_res_norm.weight", "residual", kNorm, kOnce, "block_scores"},
      {"model.output_attn_res_proj.weight", "1, residual", kResidualMixing, kOnce, "block_scores"}};
}

Tensors KimiExperts() {
  return {{"model.layers.{L}.block_sparse_moe.gate.weight", "experts, residual", kRouter,
           kExpertLayers},
          Correction("model.layers.{L}.block_sparse_moe.gate.e_score_correction_bias", "experts"),
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w1.weight", "expert_width, expert_input",
           kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w2.weight", "expert_input, expert_width",
           kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.experts.{E}.w3.weight", "expert_width, expert_input",
           kRoutedExperts, kExpertLayers},
          // Of Kimi K3: all tokens take the way into the experts' latent vector and back.
          {"model.layers.{L}.block_sparse_moe.routed_expert_down_proj.weight",
           "expert_input, residual", kSharedExperts, kExpertLayers, "latent_experts"},
          {"model.layers.{L}.block_sparse_moe.routed_expert_norm.weight", "expert_input",
           kSharedExperts, kExpertLayers, "latent_norm"},
          {"model.layers.{L}.block_sparse_moe.routed_expert_up_proj.weight",
           "residual, expert_input", kSharedExperts, kExpertLayers, "latent_experts"},
          {"model.layers.{L}.block_sparse_moe.shared_experts.gate_proj.weight",
           "shared_width, residual", kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.block_sparse_moe.shared_experts.up_proj.weight",
           "shared_width, residual", kSharedExperts, kExpertLayers, "shared"},
          {"model.layers.{L}.block_sparse_moe.shared_experts.down_proj.weight",
           "residual, shared_width", kSharedExperts, kExpertLayers, "shared"}};
}

// Linear attention under its own module, so that none of its parts is taken for attention's.
Views KimiViews(const Tensors& delta, const Tensors& experts) {
  constexpr std::string_view kLinearModule = "model.layers.{L}.linear_attn.";
  Views linear = MovedViews(kSelfAttn, kLinearModule, delta);
  linear.push_back({.stored = "model.layers.{L}.self_attn.q_proj.weight",
                    .name = "model.layers.{L}.linear_attn.q_proj.weight",
                    .needs = kDelta});
  linear.push_back({.stored = "model.layers.{L}.self_attn.g_proj.weight",
                    .name = "model.layers.{L}.linear_attn.g_proj.weight",
                    .needs = kDelta});
  linear.push_back({.stored = "model.layers.{L}.self_attn.g_proj.weight",
                    .name = "model.layers.{L}.self_attn.output_gate.weight",
                    .needs = LayerPart::kAttention});
  linear.push_back({.stored = "model.layers.{L}.self_attn.o_proj.weight",
                    .name = "model.layers.{L}.linear_attn.out_proj.weight",
                    .needs = kDelta});
  Views moved = MovedViews("model.layers.{L}.block_sparse_moe.", "model.layers.{L}.mlp.", experts);
  std::erase_if(moved, [](const ViewRule& view) {
    return view.stored == "model.layers.{L}.block_sparse_moe.gate.weight" ||
           view.stored.find("{E}") != std::string_view::npos;
  });
  return Join<ViewRule>({linear, moved, BlockSparseViews()});
}

Family KimiLinear() {
  const Tensors delta = DeltaAttention();
  const Tensors experts = KimiExperts();
  return {
      .name = "kimi_linear",
      .title = "Kimi Linear, the text of Kimi K3",
      .model_types = {"kimi_linear"},
      .plan = LayerPlan::kDenseFirst,
      .sizes = {{"residual", "hidden_size"},
                {"layers", "num_hidden_layers"},
                {"heads", "num_attention_heads"},
                {"vocab", "vocab_size"},
                {"positions", "model_max_length|max_position_embeddings", "0"},
                {"query_rank", "q_lora_rank", "0", "0"},
                {"latent", "kv_lora_rank"},
                {"plain_dim", "qk_nope_head_dim"},
                {"rotary_dim", "qk_rope_head_dim"},
                {"value_dim", "v_head_dim"},
                {"width", "intermediate_size"},
                {"experts", "num_experts|num_local_experts"},
                {"experts_per_token", "num_experts_per_token|num_experts_per_tok"},
                {"expert_width", "moe_intermediate_size"},
                {"expert_input", "routed_expert_hidden_size", "residual"},
                {"shared_experts", "num_shared_experts|n_shared_experts", "1", "0"},
                {"shared_width", "", "expert_width * shared_experts"},
                {"dense_layers", "first_k_dense_replace", "1"},
                {"linear_heads", "linear_attn_config.num_heads|linear_num_heads", "32"},
                {"linear_dim", "linear_attn_config.head_dim|linear_head_dim", "128"},
                {"kernel", "linear_attn_config.short_conv_kernel_size|linear_conv_kernel_dim", "4"},
                {"linear_keys", "", "linear_heads * linear_dim"},
                {"query_width", "", "heads * (plain_dim + rotary_dim)"},
                {"output_width", "", "heads * value_dim"}},
      .flags = {{"query_low_rank", "q_lora_rank"},
                {"shared", "num_shared_experts", true},
                {"latent_experts", "routed_expert_hidden_size"},
                {"latent_norm", "latent_moe_use_norm"},
                {"full_gate", "linear_attn_config.use_full_rank_gate"},
                {"output_gate", "mla_use_output_gate"},
                {"block_scores", "attn_res_block_size"},
                {"tied", "tie_word_embeddings"}},
      .tensors = Join<TensorRule>(
          {Frame(), PreNorms(), delta, KimiAttention(), GatedMlp(), experts, BlockScores()}),
      .views = KimiViews(delta, experts),
      .attention = "multi-head latent",
      .router = "sigmoid; a correction bias takes part in the choice, not in the weights",
      .rotary = false,
      .layer_types = {{.types = {{.words = "full_attention",
                                  .parts = LayerPart::kAttention,
                                  .when = "query_low_rank"},
                                 {.words = "full_attention",
                                  .parts = LayerPart::kAttention | LayerPart::kDirectQueries,
                                  .when = "!query_low_rank"},
                                 {"linear_attention", kDelta | LayerPart::kDirectQueries}},
                       .list_keys = "layer_types",
                       .numbers_key = "linear_attn_config.full_attn_layers",
                       .first_number = 1}},
      .layer_sizes = {{"query_width", kDelta, "linear_keys"},
                      {"output_width", kDelta, "linear_keys"}}};
}

// DeepSeek-V4 keeps one vector a token that is key and value of all heads, and in most layers one
// for a run of tokens as well. Names are those of its published files.
Tensors CompressedAttention() {
  return Join<TensorRule>(
      {{{"layers.{L}.attn.wq_a.weight", "query_rank, residual", kAttention},
        {"layers.{L}.attn.q_norm.weight", "query_rank", kAttention},
        {"layers.{L}.attn.wq_b.weight", "heads * head_dim, query_rank", kAttention},
        {"layers.{L}.attn.wkv.weight", "head_dim, residual", kAttention},
        {"layers.{L}.attn.kv_norm.weight", "head_dim", kAttention},
        {"layers.{L}.attn.attn_sink", "heads", kAttention},
        {"layers.{L}.attn.wo_a.weight",
         "output_groups * output_rank, heads * head_dim / output_groups", kAttention},
        {"layers.{L}.attn.wo_b.weight", "residual, output_groups * output_rank", kAttention}},
       In(LayerPart::kCompressor,
          {{"layers.{L}.attn.compressor.ape", "run, run_parts * head_dim", kAttention},
           {"layers.{L}.attn.compressor.wkv.weight", "run_parts * head_dim, residual", kAttention},
           {"layers.{L}.attn.compressor.wgate.weight", "run_parts * head_dim, residual",
            kAttention},
           {"layers.{L}.attn.compressor.norm.weight", "head_dim", kAttention}}),
       In(LayerPart::kIndexer,
          {{"layers.{L}.attn.indexer.wq_b.weight", "index_heads * index_dim, query_rank", kIndexer},
           {"layers.{L}.attn.indexer.weights_proj.weight", "index_heads, residual", kIndexer},
           {"layers.{L}.attn.indexer.compressor.ape", "run, run_parts * index_dim", kIndexer},
           {"layers.{L}.attn.indexer.compressor.wkv.weight", "run_parts * index_dim, residual",
            kIndexer},
           {"layers.{L}.attn.indexer.compressor.wgate.weight", "run_parts * index_dim, residual",
            kIndexer},
           {"layers.{L}.attn.indexer.compressor.norm.weight", "index_dim", kIndexer}})});
}

// In the first layers a table says which experts a token gets.
Tensors V4Experts() {
  return {{"layers.{L}.ffn.gate.weight", "experts, residual", kRouter, kExpertLayers},
          {.name = "layers.{L}.ffn.gate.bias",
           .shape = "experts",
           .module = kRouter,
           .where = kExpertLayers,
           .always_f32 = true,
           .needs = LayerPart::kLearnedChoice},
          {.name = "layers.{L}.ffn.gate.tid2eid",
           .shape = "vocab, experts_per_token",
           .module = kBuffer,
           .where = kExpertLayers,
           .needs = LayerPart::kTabledChoice},
          {"layers.{L}.ffn.experts.{E}.w1.weight", "expert_width, residual", kRoutedExperts,
           kExpertLayers},
          {"layers.{L}.ffn.experts.{E}.w2.weight", "residual, expert_width", kRoutedExperts,
           kExpertLayers},
          {"layers.{L}.ffn.experts.{E}.w3.weight", "expert_width, residual", kRoutedExperts,
           kExpertLayers},
          {"layers.{L}.ffn.shared_experts.w1.weight", "shared_width, residual", kSharedExperts,
           kExpertLayers, "shared"},
          {"layers.{L}.ffn.shared_experts.w2.weight", "residual, shared_width", kSharedExperts,
           kExpertLayers, "shared"},
          {"layers.{L}.ffn.shared_experts.w3.weight", "shared_width, residual", kSharedExperts,
           kExpertLayers, "shared"}};
}

// Several residual streams of one width (hyper-connections, arXiv 2409.19606 and 2512.24880): what
// is read from them, written to them and passed between them comes of all of them.
Tensors HyperConnections() {
  Tensors tensors = {
      {"layers.{L}.hc_attn_fn", "(2 + streams) * streams, streams * residual", kResidualMixing},
      {"layers.{L}.hc_attn_base", "(2 + streams) * streams", kResidualMixing},
      {"layers.{L}.hc_attn_scale", "3", kResidualMixing},
      {"layers.{L}.hc_ffn_fn", "(2 + streams) * streams, streams * residual", kResidualMixing},
      {"layers.{L}.hc_ffn_base", "(2 + streams) * streams", kResidualMixing},
      {"layers.{L}.hc_ffn_scale", "3", kResidualMixing},
      {"hc_head_fn", "streams, streams * residual", kResidualMixing, kOnce},
      {"hc_head_base", "streams", kResidualMixing, kOnce},
      {"hc_head_scale", "1", kResidualMixing, kOnce}};
  for (TensorRule& rule : tensors) rule.always_f32 = true;
  return tensors;
}

Views V4Views() {
  return {
      {"embed.weight", "model.embed_tokens.weight"},
      {"norm.weight", "model.norm.weight"},
      {"head.weight", "lm_head.weight"},
      {"layers.{L}.attn_norm.weight", "model.layers.{L}.input_layernorm.weight"},
      {"layers.{L}.ffn_norm.weight", "model.layers.{L}.post_attention_layernorm.weight"},
      {"layers.{L}.attn.wq_a.weight", "model.layers.{L}.self_attn.q_a_proj.weight"},
      {"layers.{L}.attn.q_norm.weight", "model.layers.{L}.self_attn.q_a_layernorm.weight"},
      {"layers.{L}.attn.wq_b.weight", "model.layers.{L}.self_attn.q_b_proj.weight"},
      {"layers.{L}.attn.wkv.weight", "model.layers.{L}.self_attn.k_proj.weight"},
      {"layers.{L}.attn.kv_norm.weight", "model.layers.{L}.self_attn.k_norm.weight"},
      {"layers.{L}.attn.attn_sink", "model.layers.{L}.self_attn.sinks"},
      {"layers.{L}.attn.wo_a.weight", "model.layers.{L}.self_attn.o_a_proj.weight"},
      {"layers.{L}.attn.wo_b.weight", "model.layers.{L}.self_attn.o_b_proj.weight"},
      {"layers.{L}.ffn.gate.weight", "model.layers.{L}.mlp.gate.weight"},
      {"layers.{L}.ffn.gate.bias", "model.layers.{L}.mlp.gate.e_score_correction_bias"},
      {"layers.{L}.ffn.experts.{E}.w1.weight", "model.layers.{L}.mlp.experts.{E}.gate_proj.weight"},
      {"layers.{L}.ffn.experts.{E}.w2.weight", "model.layers.{L}.mlp.experts.{E}.down_proj.weight"},
      {"layers.{L}.ffn.experts.{E}.w3.weight", "model.layers.{L}.mlp.experts.{E}.up_proj.weight"},
      {"layers.{L}.ffn.shared_experts.w1.weight",
       "model.layers.{L}.mlp.shared_experts.gate_proj.weight"},
      {"layers.{L}.ffn.shared_experts.w2.weight",
       "model.layers.{L}.mlp.shared_experts.down_proj.weight"},
      {"layers.{L}.ffn.shared_experts.w3.weight",
       "model.layers.{L}.mlp.shared_experts.up_proj.weight"}};
}

Sizes V4Sizes() {
  return {{"residual", "hidden_size"},
          {"layers", "num_hidden_layers"},
          {"heads", "num_attention_heads"},
          {"kv_heads", "num_key_value_heads", "1"},
          {"head_dim", "head_dim", "512"},
          {"shared_key_value", "", "head_dim"},
          {"vocab", "vocab_size"},
          {"positions", "max_position_embeddings", "0"},
          {"query_rank", "q_lora_rank", "1024"},
          {"rotary_dim", "qk_rope_head_dim", "64"},
          {"output_groups", "o_groups", "8"},
          {"output_rank", "o_lora_rank", "1024"},
          {"index_heads", "index_n_heads", "64"},
          {"index_dim", "index_head_dim", "128"},
          {"experts", "n_routed_experts"},
          {"experts_per_token", "num_experts_per_tok"},
          {"expert_width", "moe_intermediate_size"},
          {"shared_experts", "n_shared_experts", "1", "0"},
          {"shared_width", "", "expert_width * shared_experts"},
          {"streams", "hc_mult", "4"},
          // Tokens of a run, and in how many parts of runs each takes part.
          {"run", "compress_rates.compressed_sparse_attention", "4"},
          {"long_run", "compress_rates.heavily_compressed_attention", "128"},
          {"run_parts", "", "2"}};
}

Family DeepSeekV4() {
  constexpr LayerParts kRuns = LayerPart::kAttention | LayerPart::kCompressor;
  return {.name = "deepseek_v4",
          .title = "DeepSeek-V4",
          .model_types = {"deepseek_v4"},
          .plan = LayerPlan::kExperts,
          .sizes = V4Sizes(),
          .flags = {{"shared", "n_shared_experts", true}, {"tied", "tie_word_embeddings"}},
          .tensors = Join<TensorRule>({{{"embed.weight", "vocab, residual", kEmbedding, kOnce},
                                        {"norm.weight", "residual", kNorm, kOnce},
                                        {"head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                                        {"layers.{L}.attn_norm.weight", "residual", kNorm},
                                        {"layers.{L}.ffn_norm.weight", "residual", kNorm}},
                                       CompressedAttention(),
                                       V4Experts(),
                                       HyperConnections()}),
          .views = V4Views(),
          .attention = "shared key and value (with sinks)",
          .router = "square root of softplus; a bias takes part in the choice, not in the weights",
          .window = WindowPlan::kAll,
          .layer_types = {{.types = {{"0|sliding_attention", LayerPart::kAttention},
                                     {"4|compressed_sparse_attention", kRuns | LayerPart::kIndexer},
                                     {"128|heavily_compressed_attention",
                                      kRuns | LayerPart::kLongRuns}},
                           .list_keys = "compress_ratios|layer_types"},
                          {.types = {{"hash_moe", LayerPart::kTabledChoice},
                                     {"moe", LayerPart::kLearnedChoice}},
                           .list_keys = "mlp_layer_types",
                           .count_key = "num_hash_layers",
                           .count = 3}},
          .layer_sizes = {{"run", LayerPart::kLongRuns, "long_run"},
                          {"run_parts", LayerPart::kLongRuns, "1"}}};
}

}  // namespace

std::vector<Family> SparseLatentDecoders() { return {LongCatFlash(), KimiLinear(), DeepSeekV4()}; }

}  // namespace modelkin::families
