// Decoders of 2021 to 2023 with LayerNorm, an MLP without a gate, and q, k and v in one tensor:
// BLOOM, Falcon, MPT, StarCoder, Persimmon, CodeGen.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr std::string_view kQkvRows = "(heads + 2 * kv_heads) * head_dim";
constexpr std::string_view kQkvShape = "(heads + 2 * kv_heads) * head_dim, residual";
constexpr std::string_view kSquareWeight = "residual, residual";

Sizes OldSizes(std::string_view kv_heads_key, std::string_view kv_heads, std::string_view width_key,
               std::string_view width) {
  return {{"residual", "hidden_size|n_embed|n_embd|d_model"},
          {"layers", "num_hidden_layers|n_layer|n_layers"},
          {"heads", "num_attention_heads|n_head|n_heads"},
          {"kv_heads", kv_heads_key, kv_heads, "heads"},
          {"head_dim", "", "residual / heads"},
          {"vocab", "vocab_size"},
          {"positions", "max_position_embeddings|n_positions|max_seq_len|seq_length", "0"},
          {"width", width_key, width}};
}

// What BLOOM and Falcon have outside layers.
Tensors BloomFrame() {
  return {{"transformer.word_embeddings.weight", "vocab, residual", kEmbedding, kOnce},
          {"transformer.ln_f.weight", "residual", kNorm, kOnce},
          {"transformer.ln_f.bias", "residual", kNorm, kOnce},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"}};
}

// Biases by "bias".
Tensors BloomBlocks() {
  return {
      {"transformer.h.{L}.self_attention.query_key_value.weight", kQkvShape, kAttention},
      {"transformer.h.{L}.self_attention.query_key_value.bias", kQkvRows, kAttention, kEveryLayer,
       "bias"},
      {"transformer.h.{L}.self_attention.dense.weight", kSquareWeight, kAttention},
      {"transformer.h.{L}.self_attention.dense.bias", "residual", kAttention, kEveryLayer, "bias"},
      {"transformer.h.{L}.mlp.dense_h_to_4h.weight", "width, residual", kDenseMlp},
      {"transformer.h.{L}.mlp.dense_h_to_4h.bias", "width", kDenseMlp, kEveryLayer, "bias"},
      {"transformer.h.{L}.mlp.dense_4h_to_h.weight", "residual, width", kDenseMlp},
      {"transformer.h.{L}.mlp.dense_4h_to_h.bias", "residual", kDenseMlp, kEveryLayer, "bias"}};
}

Views BloomViews() {
  return Join<ViewRule>(
      {GroupedQkvViews("transformer.h.{L}.self_attention.query_key_value.weight",
                       "transformer.h.{L}.self_attention.query_key_value.bias"),
       {{"transformer.word_embeddings.weight", "model.embed_tokens.weight"},
        {"transformer.ln_f.weight", "model.norm.weight"},
        {"transformer.ln_f.bias", "model.norm.bias"},
        {"transformer.h.{L}.self_attention.dense.weight",
         "model.layers.{L}.self_attn.o_proj.weight"},
        {"transformer.h.{L}.self_attention.dense.bias", "model.layers.{L}.self_attn.o_proj.bias"},
        {"transformer.h.{L}.mlp.dense_h_to_4h.weight", "model.layers.{L}.mlp.up_proj.weight"},
        {"transformer.h.{L}.mlp.dense_h_to_4h.bias", "model.layers.{L}.mlp.up_proj.bias"},
        {"transformer.h.{L}.mlp.dense_4h_to_h.weight", "model.layers.{L}.mlp.down_proj.weight"},
        {"transformer.h.{L}.mlp.dense_4h_to_h.bias", "model.layers.{L}.mlp.down_proj.bias"}}});
}

Tensors InputNorm() {
  return {{"transformer.h.{L}.input_layernorm.weight", "residual", kNorm},
          {"transformer.h.{L}.input_layernorm.bias", "residual", kNorm}};
}

Views InputNormViews() {
  return {{"transformer.h.{L}.input_layernorm.weight", "model.layers.{L}.input_layernorm.weight"},
          {"transformer.h.{L}.input_layernorm.bias", "model.layers.{L}.input_layernorm.bias"}};
}

// After attention, before the MLP; "" for all layers.
Tensors MlpNorm(std::string_view when) {
  return {
      {"transformer.h.{L}.post_attention_layernorm.weight", "residual", kNorm, kEveryLayer, when},
      {"transformer.h.{L}.post_attention_layernorm.bias", "residual", kNorm, kEveryLayer, when}};
}

Views MlpNormViews() {
  return {{"transformer.h.{L}.post_attention_layernorm.weight",
           "model.layers.{L}.post_attention_layernorm.weight"},
          {"transformer.h.{L}.post_attention_layernorm.bias",
           "model.layers.{L}.post_attention_layernorm.bias"}};
}

// Positions are slopes of scores (ALiBi).
Family Bloom() {
  return {.name = "bloom",
          .title = "BLOOM and BLOOMZ",
          .model_types = {"bloom"},
          .plan = LayerPlan::kDense,
          .sizes = OldSizes("", "heads", "", "4 * residual"),
          .flags = {{"bias", "", true}, Tied(true)},
          .tensors = Join<TensorRule>(
              {BloomFrame(),
               InputNorm(),
               MlpNorm(""),
               BloomBlocks(),
               {{"transformer.word_embeddings_layernorm.weight", "residual", kNorm, kOnce},
                {"transformer.word_embeddings_layernorm.bias", "residual", kNorm, kOnce}}}),
          .views = Join<ViewRule>(
              {BloomViews(),
               InputNormViews(),
               MlpNormViews(),
               {{"transformer.word_embeddings_layernorm.weight", "model.embed_norm.weight"},
                {"transformer.word_embeddings_layernorm.bias", "model.embed_norm.bias"}}}),
          .norm = "LayerNorm with bias",
          .attention = "multi-head (ALiBi)",
          .default_activation = "gelu_pytorch_tanh",
          .rotary = false};
}

// One head of keys and values for all queries, whatever "num_kv_heads" says.
Family Falcon() {
  return {
      .name = "falcon",
      .title = "Falcon 7B",
      .model_types = {"falcon"},
      .plan = LayerPlan::kDense,
      .sizes = OldSizes("", "1", "ffn_hidden_size", "4 * residual"),
      .flags = {{"bias", "bias"}, {"parallel", "parallel_attn", true}, Tied(true)},
      .tensors = Join<TensorRule>({BloomFrame(), InputNorm(), MlpNorm("!parallel"), BloomBlocks()}),
      .views = Join<ViewRule>({BloomViews(), InputNormViews(), MlpNormViews()}),
      .norm = "LayerNorm with bias",
      .attention = "multi-query",
      .activation_key = "activation",
      .default_activation = "gelu"};
}

// Groups of queries, each with a head of keys.
Family Falcon2() {
  Family family = Falcon();
  family.name = "falcon2";
  family.title = "Falcon 2 11B";
  family.model_types = {"falcon2", "falcon"};
  family.sizes = OldSizes("num_kv_heads|n_head_kv", "heads", "ffn_hidden_size", "4 * residual");
  family.attention = "grouped-query";
  return family;
}

// The same, and attention and MLP have a norm each.
Family Falcon40B() {
  Family family = Falcon2();
  family.name = "falcon_40b";
  family.title = "Falcon 40B and 180B";
  family.model_types = {"falcon_40b", "falcon"};
  family.tensors = Join<TensorRule>({BloomFrame(),
                                     {{"transformer.h.{L}.ln_attn.weight", "residual", kNorm},
                                      {"transformer.h.{L}.ln_attn.bias", "residual", kNorm},
                                      {"transformer.h.{L}.ln_mlp.weight", "residual", kNorm},
                                      {"transformer.h.{L}.ln_mlp.bias", "residual", kNorm}},
                                     BloomBlocks()});
  family.views = Join<ViewRule>(
      {BloomViews(),
       {{"transformer.h.{L}.ln_attn.weight", "model.layers.{L}.input_layernorm.weight"},
        {"transformer.h.{L}.ln_attn.bias", "model.layers.{L}.input_layernorm.bias"},
        {"transformer.h.{L}.ln_mlp.weight", "model.layers.{L}.post_attention_layernorm.weight"},
        {"transformer.h.{L}.ln_mlp.bias", "model.layers.{L}.post_attention_layernorm.bias"}}});
  return family;
}

// q above k above v; no biases.
Family Mpt() {
  constexpr std::string_view kQkv = "transformer.blocks.{L}.attn.Wqkv.weight";
  return {
      .name = "mpt",
      .title = "MPT",
      .model_types = {"mpt"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({{{"expansion", "expansion_ratio", "4"}},
                               OldSizes("", "heads", "", "expansion * residual")}),
      .flags = {Tied(true)},
      .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                  {"transformer.norm_f.weight", "residual", kNorm, kOnce},
                  {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"transformer.blocks.{L}.norm_1.weight", "residual", kNorm},
                  {"transformer.blocks.{L}.norm_2.weight", "residual", kNorm},
                  {kQkv, kQkvShape, kAttention},
                  {"transformer.blocks.{L}.attn.out_proj.weight", kSquareWeight, kAttention},
                  {"transformer.blocks.{L}.ffn.up_proj.weight", "width, residual", kDenseMlp},
                  {"transformer.blocks.{L}.ffn.down_proj.weight", "residual, width", kDenseMlp}},
      .views = Join<ViewRule>(
          {StackedQkvViews(kQkv),
           {{"transformer.wte.weight", "model.embed_tokens.weight"},
            {"transformer.norm_f.weight", "model.norm.weight"},
            {"transformer.blocks.{L}.norm_1.weight", "model.layers.{L}.input_layernorm.weight"},
            {"transformer.blocks.{L}.norm_2.weight",
             "model.layers.{L}.post_attention_layernorm.weight"},
            {"transformer.blocks.{L}.attn.out_proj.weight",
             "model.layers.{L}.self_attn.o_proj.weight"},
            {"transformer.blocks.{L}.ffn.up_proj.weight", "model.layers.{L}.mlp.up_proj.weight"},
            {"transformer.blocks.{L}.ffn.down_proj.weight",
             "model.layers.{L}.mlp.down_proj.weight"}}}),
      .norm = "LayerNorm",
      .attention = "multi-head (ALiBi)",
      .default_activation = "gelu",
      .rotary = false};
}

Tensors Gpt2LikeTensors() {
  return {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
          {"transformer.wpe.weight", "positions, residual", kPositionEmbedding, kOnce},
          {"transformer.ln_f.weight", "residual", kNorm, kOnce},
          {"transformer.ln_f.bias", "residual", kNorm, kOnce},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
          {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
          {"transformer.h.{L}.ln_1.bias", "residual", kNorm},
          {"transformer.h.{L}.ln_2.weight", "residual", kNorm},
          {"transformer.h.{L}.ln_2.bias", "residual", kNorm},
          {"transformer.h.{L}.attn.c_attn.weight", kQkvShape, kAttention},
          {"transformer.h.{L}.attn.c_attn.bias", kQkvRows, kAttention},
          {"transformer.h.{L}.attn.c_proj.weight", kSquareWeight, kAttention},
          {"transformer.h.{L}.attn.c_proj.bias", "residual", kAttention},
          {"transformer.h.{L}.mlp.c_fc.weight", "width, residual", kDenseMlp},
          {"transformer.h.{L}.mlp.c_fc.bias", "width", kDenseMlp},
          {"transformer.h.{L}.mlp.c_proj.weight", "residual, width", kDenseMlp},
          {"transformer.h.{L}.mlp.c_proj.bias", "residual", kDenseMlp}};
}

// GPT-2 with one head of keys and values, on Linear layers.
Family GptBigCode() {
  return {
      .name = "gpt_bigcode",
      .title = "SantaCoder and StarCoder",
      .model_types = {"gpt_bigcode"},
      .plan = LayerPlan::kDense,
      .sizes = OldSizes("", "1", "n_inner", "4 * residual"),
      .flags = {Tied(true)},
      .tensors = Gpt2LikeTensors(),
      .views = Join<ViewRule>(
          {StackedQkvViews("transformer.h.{L}.attn.c_attn.weight",
                           "transformer.h.{L}.attn.c_attn.bias"),
           {{"transformer.wte.weight", "model.embed_tokens.weight"},
            {"transformer.wpe.weight", "model.embed_positions.weight"},
            {"transformer.ln_f.weight", "model.norm.weight"},
            {"transformer.ln_f.bias", "model.norm.bias"},
            {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
            {"transformer.h.{L}.ln_1.bias", "model.layers.{L}.input_layernorm.bias"},
            {"transformer.h.{L}.ln_2.weight", "model.layers.{L}.post_attention_layernorm.weight"},
            {"transformer.h.{L}.ln_2.bias", "model.layers.{L}.post_attention_layernorm.bias"},
            {"transformer.h.{L}.attn.c_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
            {"transformer.h.{L}.attn.c_proj.bias", "model.layers.{L}.self_attn.o_proj.bias"},
            {"transformer.h.{L}.mlp.c_fc.weight", "model.layers.{L}.mlp.up_proj.weight"},
            {"transformer.h.{L}.mlp.c_fc.bias", "model.layers.{L}.mlp.up_proj.bias"},
            {"transformer.h.{L}.mlp.c_proj.weight", "model.layers.{L}.mlp.down_proj.weight"},
            {"transformer.h.{L}.mlp.c_proj.bias", "model.layers.{L}.mlp.down_proj.bias"}}}),
      .norm = "LayerNorm with bias",
      .attention = "multi-query",
      .activation_key = "activation_function",
      .default_activation = "gelu_pytorch_tanh",
      .rotary = false};
}

Views PersimmonViews() {
  return Join<ViewRule>(
      {GroupedQkvViews("model.layers.{L}.self_attn.query_key_value.weight",
                       "model.layers.{L}.self_attn.query_key_value.bias"),
       {{"model.final_layernorm.weight", "model.norm.weight"},
        {"model.final_layernorm.bias", "model.norm.bias"},
        {"model.layers.{L}.self_attn.dense.weight", "model.layers.{L}.self_attn.o_proj.weight"},
        {"model.layers.{L}.self_attn.dense.bias", "model.layers.{L}.self_attn.o_proj.bias"},
        {"model.layers.{L}.self_attn.q_layernorm.weight",
         "model.layers.{L}.self_attn.q_norm.weight"},
        {"model.layers.{L}.self_attn.q_layernorm.bias", "model.layers.{L}.self_attn.q_norm.bias"},
        {"model.layers.{L}.self_attn.k_layernorm.weight",
         "model.layers.{L}.self_attn.k_norm.weight"},
        {"model.layers.{L}.self_attn.k_layernorm.bias", "model.layers.{L}.self_attn.k_norm.bias"},
        {"model.layers.{L}.mlp.dense_h_to_4h.weight", "model.layers.{L}.mlp.up_proj.weight"},
        {"model.layers.{L}.mlp.dense_h_to_4h.bias", "model.layers.{L}.mlp.up_proj.bias"},
        {"model.layers.{L}.mlp.dense_4h_to_h.weight", "model.layers.{L}.mlp.down_proj.weight"},
        {"model.layers.{L}.mlp.dense_4h_to_h.bias", "model.layers.{L}.mlp.down_proj.bias"}}});
}

Tensors PersimmonLayers() {
  constexpr std::string_view kIf = "qk_norm";
  return {
      {"model.layers.{L}.self_attn.query_key_value.weight", kQkvShape, kAttention},
      {"model.layers.{L}.self_attn.query_key_value.bias", kQkvRows, kAttention},
      {"model.layers.{L}.self_attn.dense.weight", kSquareWeight, kAttention},
      {"model.layers.{L}.self_attn.dense.bias", "residual", kAttention},
      {"model.layers.{L}.self_attn.q_layernorm.weight", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.q_layernorm.bias", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.k_layernorm.weight", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.self_attn.k_layernorm.bias", "head_dim", kAttention, kEveryLayer, kIf},
      {"model.layers.{L}.input_layernorm.bias", "residual", kNorm},
      {"model.layers.{L}.post_attention_layernorm.bias", "residual", kNorm},
      {"model.layers.{L}.mlp.dense_h_to_4h.weight", "width, residual", kDenseMlp},
      {"model.layers.{L}.mlp.dense_h_to_4h.bias", "width", kDenseMlp},
      {"model.layers.{L}.mlp.dense_4h_to_h.weight", "residual, width", kDenseMlp},
      {"model.layers.{L}.mlp.dense_4h_to_h.bias", "residual", kDenseMlp}};
}

Family Persimmon() {
  return {.name = "persimmon",
          .title = "Persimmon",
          .model_types = {"persimmon"},
          .plan = LayerPlan::kDense,
          .sizes = OldSizes("", "heads", "intermediate_size", ""),
          .flags = {{"qk_norm", "qk_layernorm", true}, Tied()},
          .tensors = Join<TensorRule>(
              {{{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
                {"model.final_layernorm.weight", "residual", kNorm, kOnce},
                {"model.final_layernorm.bias", "residual", kNorm, kOnce},
                {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"}},
               PreNorms(),
               PersimmonLayers()}),
          .views = PersimmonViews(),
          .norm = "LayerNorm with bias",
          .attention = "multi-head",
          .default_rotary_share = 0.5,
          .default_activation = "relu2"};
}

// Four blocks of q, v and k, as many as chips once trained it.
Views CodeGenViews() {
  constexpr std::string_view kQkv = "transformer.h.{L}.attn.qkv_proj.weight";
  constexpr std::string_view kStrides = "3 * (residual / 4) * residual, residual, 1";
  constexpr std::string_view kDimensions = "4, residual / 4, residual";
  return {
      {kQkv, "model.layers.{L}.self_attn.q_proj.weight", kSquareWeight, "0", kStrides, kDimensions},
      {kQkv, "model.layers.{L}.self_attn.v_proj.weight", kSquareWeight, "residual / 4 * residual",
       kStrides, kDimensions},
      {kQkv, "model.layers.{L}.self_attn.k_proj.weight", kSquareWeight,
       "2 * (residual / 4) * residual", kStrides, kDimensions},
      {"transformer.wte.weight", "model.embed_tokens.weight"},
      {"transformer.ln_f.weight", "model.norm.weight"},
      {"transformer.ln_f.bias", "model.norm.bias"},
      {"transformer.h.{L}.ln_1.weight", "model.layers.{L}.input_layernorm.weight"},
      {"transformer.h.{L}.ln_1.bias", "model.layers.{L}.input_layernorm.bias"},
      {"transformer.h.{L}.attn.out_proj.weight", "model.layers.{L}.self_attn.o_proj.weight"},
      {"transformer.h.{L}.mlp.fc_in.weight", "model.layers.{L}.mlp.up_proj.weight"},
      {"transformer.h.{L}.mlp.fc_in.bias", "model.layers.{L}.mlp.up_proj.bias"},
      {"transformer.h.{L}.mlp.fc_out.weight", "model.layers.{L}.mlp.down_proj.weight"},
      {"transformer.h.{L}.mlp.fc_out.bias", "model.layers.{L}.mlp.down_proj.bias"}};
}

Family CodeGen() {
  return {
      .name = "codegen",
      .title = "CodeGen",
      .model_types = {"codegen"},
      .plan = LayerPlan::kDense,
      .sizes = OldSizes("", "heads", "n_inner", "4 * residual"),
      .flags = {{"parallel", "", true}, {"head_bias", "", true}, Tied()},
      .tensors = {{"transformer.wte.weight", "vocab, residual", kEmbedding, kOnce},
                  {"transformer.ln_f.weight", "residual", kNorm, kOnce},
                  {"transformer.ln_f.bias", "residual", kNorm, kOnce},
                  {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
                  {"lm_head.bias", "vocab", kHead, kOnce},
                  {"transformer.h.{L}.ln_1.weight", "residual", kNorm},
                  {"transformer.h.{L}.ln_1.bias", "residual", kNorm},
                  {"transformer.h.{L}.attn.qkv_proj.weight", "3 * residual, residual", kAttention},
                  {"transformer.h.{L}.attn.out_proj.weight", kSquareWeight, kAttention},
                  {"transformer.h.{L}.attn.causal_mask", "1, 1, positions, positions", kBuffer},
                  {"transformer.h.{L}.mlp.fc_in.weight", "width, residual", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_in.bias", "width", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_out.weight", "residual, width", kDenseMlp},
                  {"transformer.h.{L}.mlp.fc_out.bias", "residual", kDenseMlp}},
      .views = CodeGenViews(),
      .norm = "LayerNorm with bias",
      .attention = "multi-head",
      .activation_key = "activation_function",
      .default_activation = "gelu_new"};
}

}  // namespace

std::vector<Family> GroupedQkvDecoders() {
  return {Bloom(), Falcon(), Falcon2(), Falcon40B(), Mpt(), GptBigCode(), Persimmon(), CodeGen()};
}

}  // namespace modelkin::families
