// Decoders with Llama's names and norms before attention and MLP. They differ by what the tables
// say of defaults, of biases, of windows, and in what multiplies what (src/inference/families).
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

Sizes LlamaLikeSizes(const DecoderDefaults& without) {
  return Join<SizeRule>({DecoderSizes(without), DenseSizes()});
}

Family SmolLm3() {
  return {.name = "smollm3",
          .title = "SmolLM3",
          .model_types = {"smollm3"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "4"}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"mlp_bias", "mlp_bias"},
                    Tied(true)},
          .tensors = LlamaTensors(),
          .attention = "grouped-query, without rotation in every fourth layer,",
          .window_if_told = true};
}

Family Granite() {
  return {.name = "granite",
          .title = "Granite 3",
          .model_types = {"granite"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({}),
          .flags = LlamaFlags(),
          .tensors = LlamaTensors(),
          .score_scale_key = "attention_multiplier"};
}

Family GraniteSwa() {
  return {.name = "granite_swa",
          .title = "Granite with windows and sinks",
          .model_types = {"granite_swa"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "4"}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"mlp_bias", "mlp_bias"},
                    Tied(true)},
          .tensors = Join<TensorRule>(
              {LlamaTensors(), {{"model.layers.{L}.self_attn.sinks", "heads", kAttention}}}),
          .attention = "grouped-query (with sinks)",
          .window = WindowPlan::kAllButFirstOfN,
          .default_window = 128,
          .default_window_period = 4,
          .score_scale_key = "attention_multiplier"};
}

Family SeedOss() {
  return {.name = "seed_oss",
          .title = "Seed-OSS",
          .model_types = {"seed_oss"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "8", .head_dim = "128"}),
          .flags = {{"qkv_bias", "attention_bias", true},
                    {"o_bias", "attention_out_bias"},
                    {"mlp_bias", "mlp_bias"},
                    Tied()},
          .tensors = LlamaTensors()};
}

// Queries of later positions are scaled up, by "llama_4_scaling_beta".
Family Ministral3() {
  return {.name = "ministral3",
          .title = "Ministral 3 and Mistral Small 3.2 and later",
          .model_types = {"ministral3"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "8", .head_dim = "128"}),
          .flags = {Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), GatedMlp()}),
          .window = WindowPlan::kAll};
}

Family Ministral() {
  return {.name = "ministral",
          .title = "Ministral",
          .model_types = {"ministral"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "8"}),
          .flags = {Tied()},
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), GatedMlp()}),
          .window = WindowPlan::kAll,
          .default_window = 4096};
}

Family Helium() {
  return {.name = "helium",
          .title = "Helium",
          .model_types = {"helium"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "20", .head_dim = "128"}),
          .flags = {{"qkv_bias", "attention_bias"}, {"mlp_bias", "mlp_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {Frame(), PreNorms(), Attention(), QkvBiases(), GatedMlp(), GatedMlpBiases()})};
}

// An MLP without a gate.
Family Arcee() {
  return {.name = "arcee",
          .title = "Arcee AFM",
          .model_types = {"arcee"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({}),
          .flags = LlamaFlags(),
          .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), QkvBiases(), OutputBias(),
                                       PlainMlp(), PlainMlpBiases()}),
          .default_activation = "relu2"};
}

Family Ernie45() {
  return {.name = "ernie4_5",
          .title = "ERNIE 4.5",
          .model_types = {"ernie4_5"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "2", .head_dim = "128"}),
          .flags = {{"qkv_bias", "use_bias"},
                    {"o_bias", "use_bias"},
                    {"mlp_bias", "use_bias"},
                    Tied(true)},
          .tensors = LlamaTensors()};
}

Family Cwm() {
  return {
      .name = "cwm",
      .title = "Code World Model",
      .model_types = {"cwm"},
      .plan = LayerPlan::kDense,
      .sizes = LlamaLikeSizes({.kv_heads = "8", .head_dim = "128"}),
      .flags = {{"mlp_bias", "mlp_bias"}, Tied()},
      .tensors = Join<TensorRule>({Frame(), PreNorms(), Attention(), GatedMlp(), GatedMlpBiases()}),
      .window = WindowPlan::kAllButFirstOfN,
      .default_window = 8192,
      .default_window_period = 4};
}

Family InternLm3() {
  return {.name = "internlm3",
          .title = "InternLM3",
          .model_types = {"internlm3"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "2", .head_dim = "128"}),
          .flags = {{"qkv_bias", "qkv_bias|attention_bias"},
                    {"o_bias", "bias|attention_bias"},
                    {"mlp_bias", "bias|mlp_bias"},
                    Tied()},
          .tensors = LlamaTensors()};
}

// MiniCPM scales embeddings, what layers add, and logits, by numbers of its config.json.
Family MiniCpm() {
  return {.name = "minicpm",
          .title = "MiniCPM",
          .model_types = {"minicpm"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({}),
          .flags = {{"qkv_bias", "attention_bias"},
                    {"o_bias", "attention_bias"},
                    {"mlp_bias", "mlp_bias"},
                    Tied(true)},
          .tensors = LlamaTensors()};
}

// "post_norm1" and "post_norm2" scale what attention and MLP add.
Family HyperClovaX() {
  return {
      .name = "hyperclovax",
      .title = "HyperCLOVA X",
      .model_types = {"hyperclovax"},
      .plan = LayerPlan::kDense,
      .sizes = LlamaLikeSizes({}),
      .flags = {{"qkv_bias", "attention_bias"},
                {"o_bias", "attention_bias"},
                {"mlp_bias", "mlp_bias"},
                {"post_norm", "use_post_norm", true},
                Tied()},
      .tensors = Join<TensorRule>(
          {LlamaTensors(),
           {{"model.layers.{L}.post_norm1.weight", "residual", kNorm, kEveryLayer, "post_norm"},
            {"model.layers.{L}.post_norm2.weight", "residual", kNorm, kEveryLayer, "post_norm"}}}),
      .views = {{"model.layers.{L}.post_norm1.weight",
                 "model.layers.{L}.attention_output_layernorm.weight"},
                {"model.layers.{L}.post_norm2.weight",
                 "model.layers.{L}.mlp_output_layernorm.weight"}},
      .norm_place = NormPlace::kAround};
}

// The difference of two softmaxes (arXiv 2410.05258), weighed by four vectors.
Family DiffLlama() {
  return {.name = "diffllama",
          .title = "DiffLlama",
          .model_types = {"diffllama"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({}),
          .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {Frame(),
               PreNorms(),
               Attention(),
               QkvBiases(),
               OutputBias(),
               GatedMlp(),
               {{"model.layers.{L}.self_attn.lambda_q1", "head_dim", kAttention},
                {"model.layers.{L}.self_attn.lambda_k1", "head_dim", kAttention},
                {"model.layers.{L}.self_attn.lambda_q2", "head_dim", kAttention},
                {"model.layers.{L}.self_attn.lambda_k2", "head_dim", kAttention}}}),
          .attention = "differential grouped-query"};
}

// Norms before the output projections of attention and MLP.
Family BitNet() {
  return {.name = "bitnet",
          .title = "BitNet b1.58",
          .model_types = {"bitnet"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "5"}),
          .flags = {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}, Tied()},
          .tensors = Join<TensorRule>(
              {Frame(),
               PreNorms(),
               Attention(),
               QkvBiases(),
               OutputBias(),
               GatedMlp(),
               {{"model.layers.{L}.self_attn.attn_sub_norm.weight", "residual", kNorm},
                {"model.layers.{L}.mlp.ffn_sub_norm.weight", "width", kNorm}}}),
          .default_activation = "relu2"};
}

// What MiMo's layer for the prediction of a further token has, beside norms of its inputs.
Tensors MimoPrediction() {
  constexpr auto kOf = kMultiTokenPrediction;
  constexpr std::string_view kIf = "prediction";
  return {
      {"model.mtp_layers.0.token_layernorm.weight", "residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.hidden_layernorm.weight", "residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.input_proj.weight", "residual, 2 * residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.final_layernorm.weight", "residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.input_layernorm.weight", "residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.post_attention_layernorm.weight", "residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.self_attn.q_proj.weight", "heads * head_dim, residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.self_attn.k_proj.weight", "kv_heads * head_dim, residual", kOf, kOnce,
       kIf},
      {"model.mtp_layers.0.self_attn.v_proj.weight", "kv_heads * head_dim, residual", kOf, kOnce,
       kIf},
      {"model.mtp_layers.0.self_attn.o_proj.weight", "residual, heads * head_dim", kOf, kOnce, kIf},
      {"model.mtp_layers.0.self_attn.q_proj.bias", "heads * head_dim", kOf, kOnce, kIf},
      {"model.mtp_layers.0.self_attn.k_proj.bias", "kv_heads * head_dim", kOf, kOnce, kIf},
      {"model.mtp_layers.0.self_attn.v_proj.bias", "kv_heads * head_dim", kOf, kOnce, kIf},
      {"model.mtp_layers.0.mlp.gate_proj.weight", "width, residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.mlp.up_proj.weight", "width, residual", kOf, kOnce, kIf},
      {"model.mtp_layers.0.mlp.down_proj.weight", "residual, width", kOf, kOnce, kIf}};
}

// Qwen2 with a layer that predicts a further token, under a name of its own.
Family Mimo() {
  return {.name = "mimo",
          .title = "MiMo",
          .model_types = {"mimo"},
          .plan = LayerPlan::kDense,
          .sizes = LlamaLikeSizes({.kv_heads = "32"}),
          .flags = {{"qkv_bias", "", true}, {"prediction", "num_nextn_predict_layers"}, Tied()},
          .tensors = Join<TensorRule>(
              {Frame(), PreNorms(), Attention(), QkvBiases(), GatedMlp(), MimoPrediction()}),
          .window = WindowPlan::kFromLayer,
          .window_if_told = true,
          .default_window = 4096};
}

}  // namespace

std::vector<Family> LlamaLikeDecoders() {
  return {SmolLm3(),     Granite(),   GraniteSwa(), SeedOss(), Ministral3(), Ministral(),
          Helium(),      Arcee(),     Ernie45(),    Cwm(),     InternLm3(),  MiniCpm(),
          HyperClovaX(), DiffLlama(), BitNet(),     Mimo()};
}

}  // namespace modelkin::families
