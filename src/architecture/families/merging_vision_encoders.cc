// Encoders of images that join the vectors of neighbouring patches behind their layers: those of
// Qwen, GLM and Kimi.
#include <fmt/format.h>

#include <utility>

#include "architecture/families/vision_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// Sizes of the encoders whose layers are "blocks"; patches reach over several frames.
Sizes BlockSizes(const VisionDefaults& without, std::string_view residual_keys,
                 const SizeRule& width, const SizeRule& out) {
  return {{"residual", residual_keys, without.residual},
          {"layers", "depth", without.layers},
          {"heads", "num_heads", without.heads},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"channels", "in_channels|in_chans", "3"},
          {"patch", "patch_size", without.patch},
          {"frames", "temporal_patch_size", "2"},
          {"merged", "spatial_merge_size", "2"},
          out,
          width,
          {"joined", "", "residual * merged * merged"}};
}

ModuleRow FramePatchRow(std::string_view bias) {
  return {"patch_embed.proj", "embed_patches",
          "residual",         "channels, frames, patch, patch",
          kEmbedding,         bias};
}

ModuleRows BlockNorms(std::string_view bias) {
  return {NormRow("norm1", "input_layernorm", bias),
          NormRow("norm2", "post_attention_layernorm", bias)};
}

ModuleRows PlainMlpRows(std::string_view up, std::string_view down) {
  return {UpRow(up, "mlp.up_proj"), DownRow(down)};
}

ModuleRows GatedMlpRows(std::string_view bias) {
  return {UpRow("mlp.gate_proj", "mlp.gate_proj", bias), UpRow("mlp.up_proj", "mlp.up_proj", bias),
          DownRow("mlp.down_proj", bias)};
}

Table Blocks(const ModuleRows& norms, const ModuleRows& mlp, std::string_view bias = kWithBias,
             std::string_view output_bias = kWithBias) {
  return Modules(Layers("visual.blocks"),
                 Join<ModuleRow>(
                     {FusedAttentionRows("attn.qkv", "attn.proj", bias, output_bias), norms, mlp}));
}

// A norm, then an MLP over joined patches into the text model's residual stream.
ModuleRows MergerRows(std::string_view prefix, std::string_view norm, std::string_view first,
                      std::string_view second, std::string_view norm_width,
                      std::string_view norm_bias = kWithBias, std::string_view when = {}) {
  const auto name = [&](std::string_view rest) { return Kept(fmt::format("{}.{}", prefix, rest)); };
  // Called "norm" it would be taken for the model's last one.
  return {{name(norm), name("ln_q"), norm_width, "", kNorm, norm_bias, when},
          {name(first), "", "joined", "joined", kPooler, kWithBias, when},
          {name(second), "", "out", "joined", kPooler, kWithBias, when}};
}

Family Qwen2Vl() {
  Family family = VisionEncoder(
      "qwen2_vl_vision", "Qwen2-VL, the encoder of images", {"qwen2_vl_vision", "qwen2_vl"},
      Join<SizeRule>({{{"ratio", "mlp_ratio", "4"}},
                      BlockSizes({.residual = "1280", .layers = "32", .heads = "16", .patch = "14"},
                                 "embed_dim", {"width", "", "residual * ratio"},
                                 {"out", "hidden_size", "3584"})}),
      Joined({Modules(Once("visual."), Join<ModuleRow>({{FramePatchRow(kNoBias)},
                                                        MergerRows("merger", "ln_q", "mlp.0",
                                                                   "mlp.2", "residual")})),
              Blocks(BlockNorms(kWithBias), PlainMlpRows("mlp.fc1", "mlp.fc2"))}));
  family.default_activation = "quick_gelu";
  return family;
}

Family Qwen25Vl() {
  Family family = VisionEncoder(
      "qwen2_5_vl_vision", "Qwen2.5-VL, the encoder of images", {"qwen2_5_vl_vision", "qwen2_5_vl"},
      BlockSizes({.residual = "3584", .layers = "32", .heads = "16", .patch = "14"}, "hidden_size",
                 {"width", "intermediate_size", "3420"}, {"out", "out_hidden_size", "3584"}),
      Joined({Modules(Once("visual."), Join<ModuleRow>({{FramePatchRow(kNoBias)},
                                                        MergerRows("merger", "ln_q", "mlp.0",
                                                                   "mlp.2", "residual", kNoBias)})),
              Blocks(BlockNorms(kNoBias), GatedMlpRows(kWithBias))}));
  family.norm = "RMSNorm";
  family.default_activation = "silu";
  return family;
}

// Of some layers in the middle, what they make goes to the text model's first layers: each has a
// merger of its own. Published models have three of these or none.
Table Qwen3Mergers(std::string_view merger, std::string_view others, std::string_view norm,
                   std::string_view first, std::string_view second) {
  ModuleRows rows = MergerRows(merger, norm, first, second, "residual");
  for (int i = 0; i < 3; ++i) {
    for (const ModuleRow& row : MergerRows(Kept(fmt::format("{}.{}", others, i)), norm, first,
                                           second, "joined", kWithBias, "deepstack")) {
      rows.push_back(row);
    }
  }
  return Modules(Once("visual."), rows);
}

Family Qwen3Like(std::string_view name, std::string_view title,
                 std::vector<std::string_view> model_types, const Table& mergers) {
  Family family = VisionEncoder(
      name, title, std::move(model_types),
      Join<SizeRule>({BlockSizes({.residual = "1152", .layers = "27", .heads = "16", .patch = "16"},
                                 "hidden_size", {"width", "intermediate_size", "4304"},
                                 {"out", "out_hidden_size", "3584"}),
                      {{"positions", "num_position_embeddings", "2304"}}}),
      Joined({Modules(Once("visual."), {FramePatchRow(kWithBias),
                                        {"pos_embed", "embed_positions", "positions", "residual",
                                         kPositionEmbedding, kNoBias}}),
              mergers,
              Blocks(BlockNorms(kWithBias), PlainMlpRows("mlp.linear_fc1", "mlp.linear_fc2"))}));
  family.flags = {{"deepstack", "deepstack_visual_indexes", true}};
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

Family Qwen3Vl() {
  return Qwen3Like(
      "qwen3_vl_vision", "Qwen3-VL, the encoder of images",
      {"qwen3_vl_vision", "qwen3_vl", "qwen3_vl_moe_vision", "qwen3_vl_moe"},
      Qwen3Mergers("merger", "deepstack_merger_list", "norm", "linear_fc1", "linear_fc2"));
}

// The same without the further mergers, whatever its "deepstack_visual_indexes" says.
Family Qwen35Vision() {
  Family family = Qwen3Like("qwen3_5_vision", "Qwen3.5, the encoder of images",
                            {"qwen3_5_vision", "qwen3_5", "qwen3_5_moe_vision", "qwen3_5_moe"},
                            Modules(Once("visual."), MergerRows("merger", "norm", "linear_fc1",
                                                                "linear_fc2", "residual")));
  family.flags = {};
  return family;
}

Family Qwen3Omni() {
  return Qwen3Like("qwen3_omni_vision", "Qwen3-Omni, the encoder of images",
                   {"qwen3_omni_moe_vision_encoder", "qwen3_omni_moe"},
                   Qwen3Mergers("merger", "merger_list", "ln_q", "mlp.0", "mlp.2"));
}

// MLPs of the layers are as wide as the text model, and that of the merger as "intermediate_size".
Family Glm4v() {
  Sizes sizes = BlockSizes({.residual = "1536", .layers = "24", .heads = "12", .patch = "14"},
                           "hidden_size", {"width", "", "out"}, {"out", "out_hidden_size", "4096"});
  sizes = Join<SizeRule>({sizes,
                          {{"merger_width", "intermediate_size", "13696"},
                           {"image", "image_size", "336"},
                           {"grid", "", "image // patch"},
                           {"positions", "", "grid * grid"}}});
  Family family = VisionEncoder(
      "glm4v_vision", "GLM-4.1V, GLM-4.5V and GLM-4.6V, the encoder of images",
      {"glm4v_vision", "glm4v", "glm4v_moe_vision", "glm4v_moe"}, std::move(sizes),
      Joined({Modules(Once("visual."),
                      {FramePatchRow(kWithBias),
                       {"embeddings.position_embedding", "embed_positions", "positions", "residual",
                        kPositionEmbedding, kNoBias},
                       NormRow("post_conv_layernorm", "embed_norm", kNoBias),
                       NormRow("post_layernorm", "norm", kNoBias),
                       {"downsample", "", "out", "residual, merged, merged", kPooler},
                       {"merger.proj", "", "out", "out", kPooler, kNoBias},
                       {"merger.post_projection_norm", "", "out", "", kNorm},
                       {"merger.gate_proj", "", "merger_width", "out", kPooler, kNoBias},
                       {"merger.up_proj", "", "merger_width", "out", kPooler, kNoBias},
                       {"merger.down_proj", "", "out", "merger_width", kPooler, kNoBias}}),
              Blocks(BlockNorms(kNoBias), GatedMlpRows(kNoBias), "attention_bias", kNoBias)}));
  family.flags = {{"attention_bias", "attention_bias"}};
  family.norm = "RMSNorm";
  family.default_activation = "silu";
  return family;
}

Family MoonVit() {
  const Table layers =
      Modules(Layers("encoder.blocks"),
              Join<ModuleRow>({FusedAttentionRows("wqkv", "wo"),
                               {NormRow("norm0", "input_layernorm"),
                                NormRow("norm1", "post_attention_layernorm"),
                                UpRow("mlp.fc0", "mlp.up_proj"), DownRow("mlp.fc1")}}));
  Family family = VisionEncoder(
      "moonvit", "MoonViT of Kimi-VL and Kimi K2.5", {"moonvit", "kimi_k25_vision", "kimi_k25"},
      {{"residual", "vt_hidden_size|hidden_size", "1152"},
       {"layers", "vt_num_hidden_layers|num_hidden_layers", "27"},
       {"heads", "vt_num_attention_heads|num_attention_heads", "16"},
       {"kv_heads", "", "heads"},
       {"head_dim", "", "residual / heads"},
       {"width", "vt_intermediate_size|intermediate_size", "4304"},
       {"channels", "", "3"},
       {"patch", "patch_size", "14"},
       {"rows", "init_pos_emb_height|pos_emb_height", "64"},
       {"columns", "init_pos_emb_width|pos_emb_width", "64"},
       {"positions", "", "rows * columns"}},
      Joined({Modules(Once(""), {{"patch_embed.proj", "embed_patches", "residual",
                                  "channels, patch, patch", kEmbedding},
                                 {"patch_embed.pos_emb", "embed_positions", "rows",
                                  "columns, residual", kPositionEmbedding, kNoBias},
                                 NormRow("encoder.final_layernorm", "norm")}),
              layers}));
  family.activation_key = "activation_func";
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

}  // namespace

std::vector<Family> MergingVisionEncoders() {
  return {Qwen2Vl(), Qwen25Vl(), Qwen3Vl(), Qwen35Vision(), Qwen3Omni(), Glm4v(), MoonVit()};
}

}  // namespace modelkin::families
