// Gemma's encoders of sound: Conformers (Gulati et al., arXiv 2005.08100), whose layers have an MLP
// before attention and a convolution and another MLP behind it.
#include <fmt/format.h>

#include <utility>

#include "architecture/families/encoder_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// What Gemma 3n and Gemma 4 call the modules of a layer.
struct ConformerNames {
  std::string_view layers, first_mlp, second_mlp, before_attention, after_attention, attention,
      positions, output, last_norm;
  std::string_view linear;  // what follows the name of a linear layer
};

constexpr ConformerNames kGemma3nNames = {.layers = "audio_tower.conformer",
                                          .first_mlp = "ffw_layer_start",
                                          .second_mlp = "ffw_layer_end",
                                          .before_attention = "attention.pre_attn_norm",
                                          .after_attention = "attention.post_norm",
                                          .attention = "attention.attn",
                                          .positions = "relative_position_embedding.pos_proj",
                                          .output = "attention.post",
                                          .last_norm = "norm",
                                          .linear = ""};

constexpr ConformerNames kGemma4Names = {.layers = "audio_tower.layers",
                                         .first_mlp = "feed_forward1",
                                         .second_mlp = "feed_forward2",
                                         .before_attention = "norm_pre_attn",
                                         .after_attention = "norm_post_attn",
                                         .attention = "self_attn",
                                         .positions = "relative_k_proj",
                                         .output = "self_attn.post",
                                         .last_norm = "norm_out",
                                         .linear = ".linear"};

// The second MLP is the one that stands where a decoder's does.
Table ConformerLayers(const ConformerNames& names) {
  const auto of = [](std::string_view module, std::string_view rest) {
    return Kept(fmt::format("{}.{}", module, rest));
  };
  const auto linear = [&](std::string_view module) {
    return Kept(fmt::format("{}{}", module, names.linear));
  };
  const Table modules = Modules(
      Layers(names.layers),
      Join<ModuleRow>(
          {AttentionRows(
               {linear(of(names.attention, "q_proj")), linear(of(names.attention, "k_proj")),
                linear(of(names.attention, "v_proj")), linear(names.output)},
               kNoBias),
           {{of(names.attention, names.positions), "", "residual", "residual", kAttention, kNoBias},
            NormRow(names.before_attention, "input_layernorm", kNoBias),
            NormRow(names.after_attention, "attention_output_layernorm", kNoBias),
            {linear(of(names.first_mlp, "ffw_layer_1")), "", "width", "residual", kDenseMlp,
             kNoBias},
            {linear(of(names.first_mlp, "ffw_layer_2")), "", "residual", "width", kDenseMlp,
             kNoBias},
            NormRow(of(names.first_mlp, "pre_layer_norm"), "", kNoBias),
            NormRow(of(names.first_mlp, "post_layer_norm"), "", kNoBias),
            UpRow(linear(of(names.second_mlp, "ffw_layer_1")), "mlp.up_proj", kNoBias),
            DownRow(linear(of(names.second_mlp, "ffw_layer_2")), kNoBias),
            NormRow(of(names.second_mlp, "pre_layer_norm"), "post_attention_layernorm", kNoBias),
            NormRow(of(names.second_mlp, "post_layer_norm"), "mlp_output_layernorm", kNoBias),
            {linear("lconv1d.linear_start"), "", "2 * residual", "residual", kOther, kNoBias},
            {linear("lconv1d.linear_end"), "", "residual", "residual", kOther, kNoBias},
            {"lconv1d.depthwise_conv1d", "", "residual", "1, kernel", kOther, kNoBias},
            NormRow("lconv1d.pre_layer_norm", "", kNoBias),
            NormRow("lconv1d.conv_norm", "", kNoBias),
            NormRow(names.last_norm, "", kNoBias)}}));
  return Joined({modules,
                 {.tensors = {{.name = Kept(fmt::format("{}.{{L}}.{}.per_dim_scale", names.layers,
                                                        names.attention)),
                               .shape = "head_dim",
                               .module = kAttention}},
                  .views = {}}});
}

// Two convolutions over frames and channels, each of which halves both. Their norms are no "norm",
// as which they would be taken for the model's last one.
Table ConformerInputs(std::string_view first, std::string_view second) {
  constexpr std::string_view kInputs = "audio_tower.subsample_conv_projection.";
  const auto of = [](std::string_view layer, std::string_view rest) {
    return Kept(fmt::format("{}.{}", layer, rest));
  };
  return Modules(Once(kInputs), {{of(first, "conv"), "", "128", "1, 3, 3", kEmbedding, kNoBias},
                                 {of(first, "norm"), "conv_norm_0", "128", "", kNorm, kNoBias},
                                 {of(second, "conv"), "", "32", "128, 3, 3", kEmbedding, kNoBias},
                                 {of(second, "norm"), "conv_norm_1", "32", "", kNorm, kNoBias},
                                 {"input_proj_linear", "embed_patches", "residual",
                                  "32 * (channels // 4)", kEmbedding, kNoBias}});
}

// What its linear layers keep of the range of their inputs and outputs.
Table ConformerRanges(std::string_view layers) {
  Table ranges;
  for (const char* module :
       {"feed_forward1.ffw_layer_1", "feed_forward1.ffw_layer_2", "feed_forward2.ffw_layer_1",
        "feed_forward2.ffw_layer_2", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
        "self_attn.post", "lconv1d.linear_start", "lconv1d.linear_end"}) {
    for (const char* range : {"input_min", "input_max", "output_min", "output_max"}) {
      ranges.tensors.push_back({.name = Kept(fmt::format("{}.{{L}}.{}.{}", layers, module, range)),
                                .shape = "",
                                .module = kBuffer});
    }
  }
  return ranges;
}

Family Conformer(std::string_view name, std::string_view title,
                 std::vector<std::string_view> model_types, const Table& table) {
  return {.name = name,
          .title = title,
          .model_types = std::move(model_types),
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "hidden_size"},
                    {"layers", "conf_num_hidden_layers|num_hidden_layers", "12"},
                    {"heads", "conf_num_attention_heads|num_attention_heads", "8"},
                    {"kv_heads", "", "heads"},
                    {"head_dim", "", "residual / heads"},
                    {"width", "", "4 * residual"},
                    {"kernel", "conf_conv_kernel_size|conv_kernel_size", "5"},
                    {"channels", "input_feat_size", "128"},
                    {"positions", "", "0"},
                    {"out", "output_proj_dims", "0"}},
          .flags = {},
          .tensors = table.tensors,
          .views = table.views,
          .component = Component::kAudio,
          .attention = "bidirectional multi-head, in chunks,",
          .norm_place = NormPlace::kAround,
          .rotary = false,
          .causal = false};
}

}  // namespace

std::vector<Family> ConformerEncoders() {
  return {Conformer("gemma3n_audio", "Gemma 3n, the encoder of sound", {"gemma3n_audio", "gemma3n"},
                    Joined({ConformerInputs("conv_0", "conv_1"), ConformerLayers(kGemma3nNames)})),
          Conformer("gemma4_audio", "Gemma 4, the encoder of sound", {"gemma4_audio", "gemma4"},
                    Joined({ConformerInputs("layer0", "layer1"), ConformerLayers(kGemma4Names),
                            ConformerRanges(kGemma4Names.layers),
                            Modules(Once("audio_tower."),
                                    {{"output_proj", "", "out", "residual", kPooler}})}))};
}

}  // namespace modelkin::families
