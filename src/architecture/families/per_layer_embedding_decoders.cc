// Gemma 3n and Gemma 4: each layer has an embedding of tokens of its own, and the last layers may
// use an earlier one's keys and values.
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr LayerParts kOwnKeys = LayerPart::kAttention | LayerPart::kOwnKeys;

// Sizes of what each layer gets of tokens, and how many layers have no keys of their own.
Sizes PerLayerSizes(std::string_view layer_input, std::string_view sharing) {
  return {{"layer_input", "hidden_size_per_layer_input", layer_input},
          {"layer_vocab", "vocab_size_per_layer_input", "262144"},
          {"layers_sharing_keys", "num_kv_shared_layers", sharing}};
}

// Published files hold keys and values of layers that use another one's.
Tensors Unused(Tensors tensors) {
  for (TensorRule& rule : tensors) rule.may_idle = true;
  return tensors;
}

// Values have a norm without weights.
Tensors SharingAttention() {
  return Join<TensorRule>(
      {In(LayerPart::kAttention,
          {{"model.layers.{L}.self_attn.q_proj.weight", "heads * head_dim, residual", kAttention},
           {"model.layers.{L}.self_attn.o_proj.weight", "residual, heads * head_dim", kAttention},
           {"model.layers.{L}.self_attn.q_norm.weight", "head_dim", kAttention}}),
       Unused(In(kOwnKeys, {{"model.layers.{L}.self_attn.k_proj.weight",
                             "kv_heads * head_dim, residual", kAttention},
                            {"model.layers.{L}.self_attn.k_norm.weight", "head_dim", kAttention}})),
       Unused(
           In(kOwnKeys | LayerPart::kOwnValues, {{"model.layers.{L}.self_attn.v_proj.weight",
                                                  "kv_heads * head_dim, residual", kAttention}}))});
}

Tensors FourNorms() {
  return Join<TensorRule>(
      {PreNorms(),
       {{"model.layers.{L}.pre_feedforward_layernorm.weight", "residual", kNorm},
        {"model.layers.{L}.post_feedforward_layernorm.weight", "residual", kNorm}}});
}

Tensors MlpOfEveryLayer() {
  Tensors mlp = GatedMlp();
  for (TensorRule& rule : mlp) rule.where = kEveryLayer;
  return mlp;
}

// A row of the table is a token's vector for every layer; each layer gates and projects its own.
Tensors PerLayerInputs(std::string_view flag) {
  return {
      {"model.embed_tokens_per_layer.weight", "layer_vocab, layers * layer_input", kEmbedding,
       kOnce, flag},
      {"model.per_layer_model_projection.weight", "layers * layer_input, residual", kResidualMixing,
       kOnce, flag},
      {"model.per_layer_projection_norm.weight", "layer_input", kNorm, kOnce, flag},
      {"model.layers.{L}.per_layer_input_gate.weight", "layer_input, residual", kResidualMixing,
       kEveryLayer, flag},
      {"model.layers.{L}.per_layer_projection.weight", "residual, layer_input", kResidualMixing,
       kEveryLayer, flag},
      {"model.layers.{L}.post_per_layer_input_norm.weight", "residual", kNorm, kEveryLayer, flag}};
}

// Four residual streams, of which layers read and write one and predict the others (AltUp, arXiv
// 2301.13310), and a low-rank way beside attention (LAuReL, arXiv 2411.07501).
Tensors FourStreams() {
  return {
      {"model.altup_projections.0.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.altup_projections.1.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.altup_projections.2.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.altup_unembed_projections.0.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.altup_unembed_projections.1.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.altup_unembed_projections.2.weight", "residual, residual", kResidualMixing, kOnce},
      {"model.layers.{L}.altup.correct_output_scale", "residual", kResidualMixing},
      {"model.layers.{L}.altup.correction_coefs.weight", "streams, streams", kResidualMixing},
      {"model.layers.{L}.altup.prediction_coefs.weight", "streams * streams, streams",
       kResidualMixing},
      {"model.layers.{L}.altup.modality_router.weight", "streams, residual", kResidualMixing},
      {"model.layers.{L}.altup.router_norm.weight", "residual", kNorm},
      {"model.layers.{L}.laurel.linear_left.weight", "laurel_rank, residual", kResidualMixing},
      {"model.layers.{L}.laurel.linear_right.weight", "residual, laurel_rank", kResidualMixing},
      {"model.layers.{L}.laurel.post_laurel_norm.weight", "residual", kNorm}};
}

Family Gemma3n() {
  return {
      .name = "gemma3n",
      .title = "Gemma 3n",
      .model_types = {"gemma3n_text", "gemma3n"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>({DecoderSizes({.heads = "8",
                                             .kv_heads = "2",
                                             .head_dim = "256",
                                             .vocab = "262400",
                                             .positions = "32768"}),
                               {{"width", "intermediate_size", "16384"},
                                {"streams", "altup_num_inputs", "4"},
                                {"laurel_rank", "laurel_rank", "64"}},
                               PerLayerSizes("256", "15")}),
      .flags = {{"tied", "tie_word_embeddings", true}},
      .tensors = Join<TensorRule>({Frame(), FourNorms(), SharingAttention(), GatedMlp(),
                                   PerLayerInputs(""), FourStreams()}),
      .views = GemmaViews(),
      .norm_place = NormPlace::kAround,
      .window = WindowPlan::kAllButEveryNth,
      .default_window = 512,
      .activation_key = "hidden_activation",
      .default_activation = "gelu_pytorch_tanh",
      .layer_types = {{.types = {{"full_attention", LayerPart::kAttention | LayerPart::kOwnValues},
                                 {"sliding_attention", LayerPart::kAttention | LayerPart::kWindow |
                                                           LayerPart::kOwnValues}},
                       .list_keys = "layer_types",
                       .step = 5}}};
}

// Beside the MLP, which then has norms of its own, where the model has experts.
Tensors Gemma4Experts() {
  return {
      {"model.layers.{L}.router.proj.weight", "experts, residual", kRouter, kExpertLayers},
      {"model.layers.{L}.router.scale", "residual", kRouter, kExpertLayers},
      {"model.layers.{L}.router.per_expert_scale", "experts", kRouter, kExpertLayers},
      {"model.layers.{L}.experts.gate_up_proj", "experts, 2 * expert_width, residual",
       kRoutedExperts, kExpertLayers},
      {"model.layers.{L}.experts.down_proj", "experts, residual, expert_width", kRoutedExperts,
       kExpertLayers},
      {"model.layers.{L}.post_feedforward_layernorm_1.weight", "residual", kNorm, kExpertLayers},
      {"model.layers.{L}.post_feedforward_layernorm_2.weight", "residual", kNorm, kExpertLayers},
      {"model.layers.{L}.pre_feedforward_layernorm_2.weight", "residual", kNorm, kExpertLayers}};
}

Views Gemma4ExpertViews() {
  constexpr std::string_view kGateUp = "model.layers.{L}.experts.gate_up_proj";
  return {
      {"model.layers.{L}.router.proj.weight", "model.layers.{L}.mlp.gate.weight"},
      {kGateUp, "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
       "expert * 2 * expert_width * residual"},
      {kGateUp, "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
       "(expert * 2 + 1) * expert_width * residual"},
      {"model.layers.{L}.experts.down_proj", "model.layers.{L}.mlp.experts.{E}.down_proj.weight",
       "residual, expert_width", "expert * residual * expert_width"}};
}

// Layers that see all tokens have larger heads, and may have fewer keys, which are the values too.
std::vector<LayerTypeRule> Gemma4Types() {
  return {{.types = {{.words = "full_attention",
                      .parts = LayerPart::kAttention | LayerPart::kOwnValues,
                      .when = "!keys_are_values"},
                     {.words = "full_attention",
                      .parts = LayerPart::kAttention,
                      .when = "keys_are_values"},
                     {"sliding_attention",
                      LayerPart::kAttention | LayerPart::kWindow | LayerPart::kOwnValues}},
           .list_keys = "layer_types",
           .step = 6}};
}

// Layers that see all tokens have sizes of their own; transformers 5.24 and later say so layer by
// layer.
Sizes Gemma4Sizes() {
  return {{"residual", "hidden_size", "2304"},
          {"layers", "num_hidden_layers", "30"},
          {"heads", "num_attention_heads", "8"},
          {"window_kv_heads", "num_key_value_heads", "4"},
          {"kv_heads", "num_global_key_value_heads|per_layer_config.*.num_key_value_heads",
           "window_kv_heads"},
          {"window_head_dim", "head_dim", "256"},
          {"head_dim", "global_head_dim|per_layer_config.*.head_dim", "512"},
          {"vocab", "vocab_size", "262144"},
          {"positions", "max_position_embeddings", "131072"},
          {"width", "intermediate_size", "9216"},
          {"experts", "num_experts", "0"},
          {"experts_per_token", "top_k_experts", "0"},
          {"expert_width", "moe_intermediate_size|expert_intermediate_size", "0"}};
}

Family Gemma4() {
  return {.name = "gemma4",
          .title = "Gemma 4",
          .model_types = {"gemma4_text", "gemma4"},
          .plan = LayerPlan::kSparseStep,
          .sizes = Join<SizeRule>({Gemma4Sizes(), PerLayerSizes("256", "0")}),
          .flags = {{"layer_inputs", "hidden_size_per_layer_input", true},
                    {"keys_are_values", "attention_k_eq_v"},
                    {"wide_where_shared", "use_double_wide_mlp"},
                    {"tied", "tie_word_embeddings", true}},
          .tensors = Join<TensorRule>({Frame(),
                                       FourNorms(),
                                       SharingAttention(),
                                       MlpOfEveryLayer(),
                                       Gemma4Experts(),
                                       PerLayerInputs("layer_inputs"),
                                       {{"model.layers.{L}.layer_scalar", "1", kResidualMixing}}}),
          .views = Join<ViewRule>({GemmaViews(), Gemma4ExpertViews()}),
          .router = "softmax over all, weights of the chosen scaled to sum to 1",
          .norm_place = NormPlace::kAround,
          .window = WindowPlan::kAllButEveryNth,
          .default_window = 512,
          .activation_key = "hidden_activation",
          .default_activation = "gelu_pytorch_tanh",
          .router_normalises = true,
          .layer_types = Gemma4Types(),
          .layer_sizes = {{"head_dim", LayerPart::kWindow, "window_head_dim"},
                          // Only keys that are values as well come in another number.
                          {"kv_heads", LayerPart::kOwnValues, "window_kv_heads"},
                          {"width", LayerPart::kSharedKeys, "2 * width", "wide_where_shared"}}};
}

}  // namespace

std::vector<Family> PerLayerEmbeddingDecoders() { return {Gemma3n(), Gemma4()}; }

}  // namespace modelkin::families
