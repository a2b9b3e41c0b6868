// Mamba (arXiv 2312.00752), Mamba-2 (arXiv 2405.21060), and decoders with some layers or heads of
// either beside attention.
#include "architecture/families/mamba_parts.h"
#include "architecture/families/parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// Names of Mamba's own models: one norm a layer, on the way in.
Tensors BackboneFrame() {
  return {{"backbone.embeddings.weight", "vocab, residual", kEmbedding, kOnce},
          {"backbone.norm_f.weight", "residual", kNorm, kOnce},
          {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
          {"backbone.layers.{L}.norm.weight", "residual", kNorm}};
}

Views BackboneViews() {
  return {{"backbone.embeddings.weight", "model.embed_tokens.weight"},
          {"backbone.norm_f.weight", "model.norm.weight"},
          {.stored = "backbone.layers.{L}.norm.weight",
           .name = "model.layers.{L}.input_layernorm.weight",
           .needs = kMamba}};
}

Sizes BackboneSizes(std::string_view vocab) {
  return {{"residual", "hidden_size"},
          {"layers", "num_hidden_layers"},
          {"vocab", "vocab_size", vocab},
          {"positions", "", "0"}};
}

constexpr std::string_view kBelow = "backbone.layers.{L}.mixer.";
constexpr std::string_view kLlamaMamba = "model.layers.{L}.mamba.";
constexpr std::string_view kLlamaMlp = "model.layers.{L}.mlp.";

// A model of nothing but Mamba layers.
Family MambaAlone(const Tensors& mixer, const Sizes& sizes, std::string_view vocab, bool tied) {
  const Tensors below = Moved(kLlamaMamba, kBelow, mixer);
  return {.plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({BackboneSizes(vocab), sizes}),
          .flags = Join<FlagRule>(
              {StateFlags("use_conv_bias", "use_bias"), {{"tied", "tie_word_embeddings", tied}}}),
          .tensors = Join<TensorRule>({BackboneFrame(), below}),
          .views = Join<ViewRule>({BackboneViews(), MovedViews(kBelow, kLlamaMamba, below)}),
          .attention = "no",
          .rotary = false,
          .layer_types = {{.types = {{"", kMamba, LayerMlp::kNone}}}}};
}

Family Mamba1() {
  Family family = MambaAlone(
      Mamba1Mixer(),
      ChannelSizes({.state = "state_size", .kernel = "conv_kernel"}, "expand", "time_step_rank"),
      "50280", true);
  family.name = "mamba";
  family.title = "Mamba";
  family.model_types = {"mamba"};
  return family;
}

Family Mamba2() {
  Family family = MambaAlone(Mamba2Mixer(),
                             StateHeadSizes({.heads = "num_heads",
                                             .head_dim = "head_dim",
                                             .groups = "n_groups",
                                             .state = "state_size",
                                             .kernel = "conv_kernel",
                                             .default_heads = "128",
                                             .default_head_dim = "64",
                                             .default_groups = "8",
                                             .default_state = "128"}),
                             "32768", false);
  family.name = "mamba2";
  family.title = "Mamba-2";
  family.model_types = {"mamba2"};
  return family;
}

// Layers of one kind each: Mamba, attention, an MLP, or experts. MLPs are not gated. Where experts
// are of a latent vector, all tokens take the way into it and back.
Tensors NemotronExperts() {
  return {{"backbone.layers.{L}.mixer.gate.weight", "experts, residual", kRouter, kExpertLayers},
          {.name = "backbone.layers.{L}.mixer.gate.e_score_correction_bias",
           .shape = "experts",
           .module = kRouter,
           .where = kExpertLayers,
           .always_f32 = true},
          {"backbone.layers.{L}.mixer.fc1_latent_proj.weight", "expert_input, residual",
           kSharedExperts, kExpertLayers, "latent_experts"},
          {"backbone.layers.{L}.mixer.fc2_latent_proj.weight", "residual, expert_input",
           kSharedExperts, kExpertLayers, "latent_experts"},
          {"backbone.layers.{L}.mixer.experts.{E}.up_proj.weight", "expert_width, expert_input",
           kRoutedExperts, kExpertLayers},
          {"backbone.layers.{L}.mixer.experts.{E}.down_proj.weight", "expert_input, expert_width",
           kRoutedExperts, kExpertLayers},
          {"backbone.layers.{L}.mixer.shared_experts.up_proj.weight", "shared_width, residual",
           kSharedExperts, kExpertLayers},
          {"backbone.layers.{L}.mixer.shared_experts.down_proj.weight", "residual, shared_width",
           kSharedExperts, kExpertLayers}};
}

Tensors NemotronMlps() {
  return {
      {"backbone.layers.{L}.mixer.up_proj.weight", "width, residual", kDenseMlp, kDenseLayers},
      {"backbone.layers.{L}.mixer.down_proj.weight", "residual, width", kDenseMlp, kDenseLayers}};
}

// By "mlp_bias".
Tensors NemotronBiases() {
  return {
      {"backbone.layers.{L}.mixer.up_proj.bias", "width", kDenseMlp, kDenseLayers, "mlp_bias"},
      {"backbone.layers.{L}.mixer.down_proj.bias", "residual", kDenseMlp, kDenseLayers, "mlp_bias"},
      {"backbone.layers.{L}.mixer.shared_experts.up_proj.bias", "shared_width", kSharedExperts,
       kExpertLayers, "mlp_bias"},
      {"backbone.layers.{L}.mixer.shared_experts.down_proj.bias", "residual", kSharedExperts,
       kExpertLayers, "mlp_bias"}};
}

Family NemotronH() {
  constexpr std::string_view kSelf = "model.layers.{L}.self_attn.";
  const Tensors mamba = Moved(kLlamaMamba, kBelow, Mamba2Mixer());
  const Tensors attention = Moved(kSelf, kBelow, In(LayerPart::kAttention, Attention()));
  const Tensors mlps = Join<TensorRule>({NemotronMlps(), NemotronExperts(), NemotronBiases()});
  const auto norm_before = [](std::string_view name, LayerPart part) {
    return ViewRule{.stored = "backbone.layers.{L}.norm.weight", .name = name, .needs = part};
  };
  return {
      .name = "nemotron_h",
      .title = "Nemotron-H and Nemotron 3",
      .model_types = {"nemotron_h"},
      .plan = LayerPlan::kDense,
      .sizes = Join<SizeRule>(
          {{{"residual", "hidden_size"},
            {"layers", "#layers_block_type|#hybrid_override_pattern|num_hidden_layers"},
            {"heads", "num_attention_heads", "32"},
            {"kv_heads", "num_key_value_heads", "8", "heads"},
            {"head_dim", "head_dim|attention_head_dim", "128"},
            {"vocab", "vocab_size", "131072"},
            {"positions", "max_position_embeddings", "4096"},
            {"width", "intermediate_size", "21504"},
            {"experts", "n_routed_experts", "8"},
            {"experts_per_token", "num_experts_per_tok", "2"},
            {"expert_width", "moe_intermediate_size", "7688"},
            {"expert_input", "moe_latent_size", "residual"},
            {"shared_width", "moe_shared_expert_intermediate_size", "7688"}},
           StateHeadSizes({.heads = "mamba_num_heads",
                           .head_dim = "mamba_head_dim",
                           .groups = "n_groups|mamba_n_groups",
                           .state = "ssm_state_size",
                           .kernel = "conv_kernel|mamba_d_conv",
                           .default_heads = "128",
                           .default_head_dim = "64",
                           .default_groups = "8",
                           .default_state = "128"}),
           GroupedChoice()}),
      .flags = Join<FlagRule>({StateFlags("use_conv_bias", "use_bias"),
                               {{"mlp_bias", "mlp_bias"},
                                {"latent_experts", "moe_latent_size"},
                                {"tied", "tie_word_embeddings"}}}),
      .tensors = Join<TensorRule>({BackboneFrame(), mamba, attention, mlps}),
      .views = Join<ViewRule>(
          {BackboneViews(),
           {norm_before("model.layers.{L}.input_layernorm.weight", LayerPart::kAttention),
            norm_before("model.layers.{L}.post_attention_layernorm.weight", LayerPart::kMlpAlone)},
           MovedViews(kBelow, kLlamaMamba, mamba),
           MovedViews(kBelow, kSelf, attention),
           MovedViews(kBelow, kLlamaMlp, mlps)}),
      .router = "sigmoid; a correction bias takes part in the choice, not in the weights",
      .activation_key = "mlp_hidden_act",
      .default_activation = "relu2",
      .rotary = false,
      .layer_types = {
          {.types = {{"M|mamba|linear_attention", kMamba, LayerMlp::kNone},
                     {"*|attention|full_attention", LayerPart::kAttention, LayerMlp::kNone},
                     {"-|mlp", LayerPart::kMlpAlone, LayerMlp::kDense},
                     {"E|moe", LayerPart::kMlpAlone, LayerMlp::kExperts}},
           .list_keys = "layers_block_type|layer_types|hybrid_override_pattern"}}};
}

// Decoders of Mamba and attention layers that have an MLP each, below "feed_forward".
struct MambaDecoder {
  Tensors mixer, mlps;
  Sizes sizes;
  Flags flags;
};

Family WithFeedForward(const MambaDecoder& parts) {
  constexpr std::string_view kForward = "model.layers.{L}.feed_forward.";
  constexpr std::string_view kPreNorm = "model.layers.{L}.pre_ff_layernorm.weight";
  const Tensors mlps = Moved(kLlamaMlp, kForward, parts.mlps);
  return {
      .plan = LayerPlan::kDense,
      .sizes = parts.sizes,
      .flags = Join<FlagRule>({parts.flags, {{"tied", "tie_word_embeddings"}}}),
      .tensors = Join<TensorRule>(
          {{{"model.embed_tokens.weight", "vocab, residual", kEmbedding, kOnce},
            {"model.final_layernorm.weight", "residual", kNorm, kOnce},
            {"lm_head.weight", "vocab, residual", kHead, kOnce, "!tied"},
            {"model.layers.{L}.input_layernorm.weight", "residual", kNorm},
            {kPreNorm, "residual", kNorm}},
           In(LayerPart::kAttention, Join<TensorRule>({Attention(), QkvBiases(), OutputBias()})),
           parts.mixer,
           mlps}),
      .views = Join<ViewRule>({{{"model.final_layernorm.weight", "model.norm.weight"},
                                {kPreNorm, "model.layers.{L}.post_attention_layernorm.weight"}},
                               MovedViews(kForward, kLlamaMlp, mlps)})};
}

Tensors MlpBiases() {
  return {{"model.layers.{L}.mlp.gate_proj.bias", "width", kDenseMlp, kDenseLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.up_proj.bias", "width", kDenseMlp, kDenseLayers, "mlp_bias"},
          {"model.layers.{L}.mlp.down_proj.bias", "residual", kDenseMlp, kDenseLayers, "mlp_bias"}};
}

Flags AttentionBiases() { return {{"qkv_bias", "attention_bias"}, {"o_bias", "attention_bias"}}; }

// Of Bamba and its like.
StateKeys MambaKeys(std::string_view head_dim) {
  return {.heads = "mamba_n_heads",
          .head_dim = "mamba_d_head",
          .groups = "mamba_n_groups",
          .state = "mamba_d_state",
          .kernel = "mamba_d_conv",
          .default_heads = "128",
          .default_head_dim = head_dim,
          .default_state = "256"};
}

Family Bamba() {
  Family family = WithFeedForward(
      {.mixer = Mamba2Mixer(),
       .mlps = Join<TensorRule>({GatedMlp(), MlpBiases()}),
       .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}),
                                DenseSizes(),
                                {{"expand", "mamba_expand", "2"}},
                                StateHeadSizes(MambaKeys("expand * residual / state_heads"))}),
       .flags = Join<FlagRule>({StateFlags("mamba_conv_bias", "mamba_proj_bias"),
                                AttentionBiases(),
                                {{"mlp_bias", "mlp_bias"}}})});
  family.name = "bamba";
  family.title = "Bamba";
  family.model_types = {"bamba"};
  family.default_rotary_share = 0.5;
  family.layer_types = {{.types = {{"attention|full_attention", LayerPart::kAttention},
                                   {"mamba|linear_attention", kMamba}},
                         .list_keys = "layers_block_type|layer_types",
                         .numbers_key = "attn_layer_indices"}};
  return family;
}

// Attention and Mamba side by side in every layer.
Family FalconH1() {
  Family family = WithFeedForward(
      {.mixer = Mamba2Mixer(),
       .mlps = Join<TensorRule>({GatedMlp(), MlpBiases()}),
       .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}),
                                DenseSizes(),
                                {{"expand", "mamba_expand", "2"},
                                 {"all_state_dims", "mamba_d_ssm", "1024", "expand * residual"}},
                                StateHeadSizes(MambaKeys("all_state_dims / state_heads"))}),
       .flags = Join<FlagRule>({StateFlags("mamba_conv_bias", "mamba_proj_bias"),
                                AttentionBiases(),
                                {{"mlp_bias", "mlp_bias"},
                                 {"state_norm", "mamba_rms_norm"},
                                 {"state_output_bias", "projectors_bias"}}})});
  for (TensorRule& rule : family.tensors) {
    if (rule.name == "model.layers.{L}.mamba.norm.weight") rule.when = "state_norm";
    if (rule.name == "model.layers.{L}.mamba.out_proj.bias") rule.when = "state_output_bias";
  }
  family.name = "falcon_h1";
  family.title = "Falcon-H1";
  family.model_types = {"falcon_h1"};
  family.layer_types = {{.types = {{"", LayerPart::kAttention | kMamba}}}};
  return family;
}

// What Jamba has beside Mamba: norms of what writes and reads the state, and of steps.
Tensors JambaMixer() {
  return Join<TensorRule>(
      {Mamba1Mixer(),
       In(kMamba, {{"model.layers.{L}.mamba.dt_layernorm.weight", "step_rank", kStateSpace},
                   {"model.layers.{L}.mamba.b_layernorm.weight", "state", kStateSpace},
                   {"model.layers.{L}.mamba.c_layernorm.weight", "state", kStateSpace}})});
}

Family Jamba() {
  Tensors mlps = Join<TensorRule>({GatedMlp(), GatedExperts()});
  std::erase_if(mlps, [](const TensorRule& rule) {
    return rule.module == kRouter || rule.storage == ExpertStorage::kFused;
  });
  Family family = WithFeedForward(
      {.mixer = JambaMixer(),
       .mlps = mlps,
       .sizes = Join<SizeRule>({DecoderSizes({.kv_heads = "8"}), DenseSizes(),
                                ExpertsAsWideAsMlp("num_experts|num_local_experts", "16", "2"),
                                ChannelSizes({.state = "mamba_d_state", .kernel = "mamba_d_conv"},
                                             "mamba_expand", "mamba_dt_rank")}),
       .flags = Join<FlagRule>({StateFlags("mamba_conv_bias", "mamba_proj_bias"),
                                {{"qkv_bias", "", false}, {"o_bias", "", false}}})});
  family.name = "jamba";
  family.title = "Jamba";
  family.model_types = {"jamba"};
  family.plan = LayerPlan::kPeriod;
  constexpr std::string_view kRouterName = "model.layers.{L}.feed_forward.router.weight";
  family.tensors.push_back({kRouterName, "experts, residual", kRouter, kExpertLayers});
  family.views.push_back({kRouterName, "model.layers.{L}.mlp.gate.weight"});
  family.router = "softmax over all";
  family.rotary = false;
  family.layer_types = {{.types = {{"attention|full_attention", LayerPart::kAttention},
                                   {"mamba|linear_attention", kMamba}},
                         .list_keys = "layers_block_type|layer_types",
                         .step_key = "attn_layer_period",
                         .offset_key = "attn_layer_offset",
                         .step = 8,
                         .offset = 4}};
  return family;
}

// Granite 4: layers with experts have a shared MLP beside them, and those without have it alone.
Tensors GraniteMlps() {
  return {{"model.layers.{L}.block_sparse_moe.router.layer.weight", "experts, residual", kRouter,
           kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.input_linear.weight",
           "experts, 2 * expert_width, residual", kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.block_sparse_moe.output_linear.weight",
           "experts, residual, expert_width", kRoutedExperts, kExpertLayers},
          {"model.layers.{L}.shared_mlp.input_linear.weight", "2 * shared_width, residual",
           kSharedExperts},
          {"model.layers.{L}.shared_mlp.output_linear.weight", "residual, shared_width",
           kSharedExperts}};
}

// Of the shared MLP, in layers that have the part.
Views GraniteSharedViews(LayerPart part, std::string_view gate, std::string_view up,
                         std::string_view down) {
  constexpr std::string_view kInput = "model.layers.{L}.shared_mlp.input_linear.weight";
  return {
      {.stored = kInput, .name = gate, .shape = "shared_width, residual", .needs = part},
      {.stored = kInput,
       .name = up,
       .shape = "shared_width, residual",
       .offset = "shared_width * residual",
       .needs = part},
      {.stored = "model.layers.{L}.shared_mlp.output_linear.weight", .name = down, .needs = part}};
}

Views GraniteViews() {
  constexpr std::string_view kInput = "model.layers.{L}.block_sparse_moe.input_linear.weight";
  return Join<ViewRule>(
      {{{"model.layers.{L}.block_sparse_moe.router.layer.weight",
         "model.layers.{L}.mlp.gate.weight"},
        {kInput, "model.layers.{L}.mlp.experts.{E}.gate_proj.weight", "expert_width, residual",
         "expert * 2 * expert_width * residual"},
        {kInput, "model.layers.{L}.mlp.experts.{E}.up_proj.weight", "expert_width, residual",
         "(expert * 2 + 1) * expert_width * residual"},
        {"model.layers.{L}.block_sparse_moe.output_linear.weight",
         "model.layers.{L}.mlp.experts.{E}.down_proj.weight", "residual, expert_width",
         "expert * residual * expert_width"}},
       GraniteSharedViews(LayerPart::kLearnedChoice,
                          "model.layers.{L}.mlp.shared_experts.gate_proj.weight",
                          "model.layers.{L}.mlp.shared_experts.up_proj.weight",
                          "model.layers.{L}.mlp.shared_experts.down_proj.weight"),
       GraniteSharedViews(LayerPart::kPlainMlp, "model.layers.{L}.mlp.gate_proj.weight",
                          "model.layers.{L}.mlp.up_proj.weight",
                          "model.layers.{L}.mlp.down_proj.weight")});
}

Family GraniteMoeHybrid() {
  return {
      .name = "granitemoehybrid",
      .title = "Granite 4",
      .model_types = {"granitemoehybrid"},
      .plan = LayerPlan::kSparseStep,
      .sizes = Join<SizeRule>({DecoderSizes(),
                               {{"experts", "num_local_experts", "8"},
                                {"experts_per_token", "num_experts_per_tok", "2"},
                                {"expert_width", "intermediate_size", "11008"},
                                {"shared_width", "shared_intermediate_size", "1024"},
                                {"expand", "mamba_expand", "2"}},
                               StateHeadSizes(MambaKeys("expand * residual / state_heads"))}),
      .flags = Join<FlagRule>(
          {StateFlags("mamba_conv_bias", "mamba_proj_bias"),
           AttentionBiases(),
           {{"experts", "num_local_experts", true}, {"tied", "tie_word_embeddings"}}}),
      .tensors = Join<TensorRule>(
          {Frame(), PreNorms(),
           In(LayerPart::kAttention, Join<TensorRule>({Attention(), QkvBiases(), OutputBias()})),
           Mamba2Mixer(), GraniteMlps()}),
      .views = GraniteViews(),
      .router = "softmax over the chosen",
      .layer_types = {{.types = {{"attention|full_attention", LayerPart::kAttention},
                                 {"mamba|linear_attention", kMamba}},
                       .list_keys = "layer_types|layers_block_type",
                       .numbers_key = "attention_layers"},
                      {.types = {{.parts = LayerPart::kLearnedChoice, .when = "experts"},
                                 {.parts = LayerPart::kPlainMlp, .when = "!experts"}}}}};
}

}  // namespace

std::vector<Family> StateSpaceDecoders() {
  return {Mamba1(), Mamba2(), NemotronH(), Bamba(), FalconH1(), Jamba(), GraniteMoeHybrid()};
}

}  // namespace modelkin::families
