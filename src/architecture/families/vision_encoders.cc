// Encoders of images with layers of their own: ViT, DINOv2, InternViT, Pixtral, Llama 4, Gemma 4.
#include <fmt/format.h>

#include <utility>

#include "architecture/families/vision_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// What stands before the patches, and the table of positions, stored with an axis of length 1.
Table TokensBesidePatches(std::string_view first, std::string_view positions) {
  return Joined({Single(first, "1, 1, residual", kEmbedding),
                 Single(positions, "1, positions, residual", kPositionEmbedding,
                        "model.embed_positions.weight")});
}

ModuleRow PatchRow(std::string_view stored, std::string_view bias = kWithBias) {
  return {stored, "embed_patches", "residual", "channels, patch, patch", kEmbedding, bias};
}

const std::vector<std::string_view>& VitAttention() {
  static const std::vector<std::string_view> names = {
      "attention.attention.query", "attention.attention.key", "attention.attention.value",
      "attention.output.dense"};
  return names;
}

// In its layers' attention, queries, keys and values may be without biases.
ModuleRows AttentionOf(const std::vector<std::string_view>& names, std::string_view bias) {
  ModuleRows rows = AttentionRows(names, bias);
  rows.at(3).bias = kWithBias;
  return rows;
}

Family Vit() {
  Family family = VisionEncoder(
      "vit", "ViT", {"vit"},
      VisionSizes({.residual = "768",
                   .layers = "12",
                   .heads = "12",
                   .width = "3072",
                   .image = "224",
                   .patch = "16"},
                  "grid * grid + 1"),
      Joined({TokensBesidePatches("embeddings.cls_token", "embeddings.position_embeddings"),
              Modules(Once(""), {PatchRow("embeddings.patch_embeddings.projection"),
                                 NormRow("layernorm", "norm"),
                                 {"pooler.dense", "", "residual", "residual", kPooler}}),
              Modules(Layers("encoder.layer"),
                      Join<ModuleRow>({AttentionOf(VitAttention(), "qkv_bias"),
                                       {NormRow("layernorm_before", "input_layernorm"),
                                        NormRow("layernorm_after", "post_attention_layernorm"),
                                        UpRow("intermediate.dense", "mlp.up_proj"),
                                        DownRow("output.dense")}}))}));
  family.flags = {{"qkv_bias", "qkv_bias", true}};
  return family;
}

// A tensor of one scale for each coordinate of the residual stream, in every layer.
Table LayerScale(std::string_view stored) {
  return {.tensors = {{.name = stored, .shape = "residual", .module = kOther}}, .views = {}};
}

Family Dinov2(std::string_view name, std::string_view title, std::string_view patch,
              const Table& registers) {
  Family family = VisionEncoder(
      name, title, {name},
      VisionSizes({.residual = "768",
                   .layers = "12",
                   .heads = "12",
                   .width = "residual * ratio",
                   .image = "224",
                   .patch = patch},
                  "grid * grid + 1"),
      Joined({TokensBesidePatches("embeddings.cls_token", "embeddings.position_embeddings"),
              Single("embeddings.mask_token", "1, residual", kEmbedding, "", "mask"), registers,
              Modules(Once(""), {PatchRow("embeddings.patch_embeddings.projection"),
                                 NormRow("layernorm", "norm")}),
              Modules(Layers("encoder.layer"),
                      Join<ModuleRow>({AttentionOf(VitAttention(), "qkv_bias"),
                                       {NormRow("norm1", "input_layernorm"),
                                        NormRow("norm2", "post_attention_layernorm"),
                                        {"mlp.fc1", "mlp.up_proj", "width", "residual", kDenseMlp,
                                         kWithBias, "!gated"},
                                        {"mlp.fc2", "mlp.down_proj", "residual", "width", kDenseMlp,
                                         kWithBias, "!gated"},
                                        {"mlp.weights_in", "mlp.gate_proj|mlp.up_proj",
                                         "gated_width", "residual", kDenseMlp, kWithBias, "gated"},
                                        {"mlp.weights_out", "mlp.down_proj", "residual",
                                         "gated_width", kDenseMlp, kWithBias, "gated"}}})),
              LayerScale("encoder.layer.{L}.layer_scale1.lambda1"),
              LayerScale("encoder.layer.{L}.layer_scale2.lambda1")}));
  family.sizes.insert(family.sizes.begin(), {"ratio", "mlp_ratio", "4"});
  family.sizes.push_back({"gated_width", "", "(residual * ratio * 2 // 3 + 7) // 8 * 8"});
  family.flags = {{"qkv_bias", "qkv_bias", true},
                  {"mask", "use_mask_token", true},
                  {"gated", "use_swiglu_ffn"}};
  return family;
}

Family Dinov2Plain() { return Dinov2("dinov2", "DINOv2", "14", {}); }

Family Dinov2WithRegisters() {
  Family family =
      Dinov2("dinov2_with_registers", "DINOv2 with registers", "16",
             Single("embeddings.register_tokens", "1, registers, residual", kEmbedding));
  family.sizes.push_back({"registers", "num_register_tokens", "4"});
  return family;
}

constexpr VisionDefaults kInternVit = {.residual = "1024",
                                       .layers = "24",
                                       .heads = "16",
                                       .width = "4096",
                                       .image = "448",
                                       .patch = "14"};

Family InternVl() {
  const Table layers = Modules(
      Layers("encoder.layer"),
      Join<ModuleRow>(
          {AttentionOf({"attention.q_proj", "attention.k_proj", "attention.v_proj",
                        "attention.projection_layer"},
                       "attention_bias"),
           {NormRow("layernorm_before", "input_layernorm", "norm_bias"),
            NormRow("layernorm_after", "post_attention_layernorm", "norm_bias"),
            {"attention.q_norm", "", "heads * head_dim", "", kAttention, kNoBias, "qk_norm"},
            {"attention.k_norm", "", "heads * head_dim", "", kAttention, kNoBias, "qk_norm"},
            UpRow("mlp.fc1", "mlp.up_proj"),
            DownRow("mlp.fc2")}}));
  Family family = VisionEncoder(
      "internvl_vision", "InternVL, the encoder of images", {"internvl_vision", "internvl"},
      VisionSizes(kInternVit, "grid * grid + 1"),
      Joined({TokensBesidePatches("embeddings.cls_token", "embeddings.position_embeddings"),
              Single("embeddings.mask_token", "1, 1, residual", kEmbedding, "", "mask"),
              Modules(Once(""), {PatchRow("embeddings.patch_embeddings.projection")}), layers,
              LayerScale("encoder.layer.{L}.lambda_1"), LayerScale("encoder.layer.{L}.lambda_2")}));
  family.flags = {{"attention_bias", "attention_bias"},
                  {"qk_norm", "use_qk_norm"},
                  {"mask", "use_mask_token"},
                  {"norm_bias", "norm_type", true, "layer_norm"}};
  return family;
}

// The same encoder under the names of its first publication.
Family InternVit() {
  ModuleRows attention = FusedAttentionRows("attn.qkv", "attn.proj", "qkv_bias");
  Family family = VisionEncoder(
      "intern_vit", "InternViT", {"intern_vit_6b"},
      VisionSizes({.residual = "3200",
                   .layers = "48",
                   .heads = "25",
                   .width = "12800",
                   .image = "224",
                   .patch = "14"},
                  "grid * grid + 1"),
      Joined({TokensBesidePatches("vision_model.embeddings.class_embedding",
                                  "vision_model.embeddings.position_embedding"),
              Modules(Once("vision_model."), {PatchRow("embeddings.patch_embedding")}),
              Modules(
                  Layers("vision_model.encoder.layers"),
                  Join<ModuleRow>(
                      {attention,
                       {NormRow("norm1", "input_layernorm", "norm_bias"),
                        NormRow("norm2", "post_attention_layernorm", "norm_bias"),
                        {"attn.q_norm", "", "heads * head_dim", "", kAttention, kNoBias, "qk_norm"},
                        {"attn.k_norm", "", "heads * head_dim", "", kAttention, kNoBias, "qk_norm"},
                        UpRow("mlp.fc1", "mlp.up_proj"),
                        DownRow("mlp.fc2")}})),
              LayerScale("vision_model.encoder.layers.{L}.ls1"),
              LayerScale("vision_model.encoder.layers.{L}.ls2")}));
  family.flags = {{"qkv_bias", "qkv_bias"},
                  {"qk_norm", "qk_normalization", true},
                  {"norm_bias", "norm_type", false, "layer_norm"}};
  return family;
}

Family Pixtral() {
  Family family = VisionEncoder(
      "pixtral", "Pixtral and Mistral Small 3, the encoder of images", {"pixtral"},
      VisionSizes({.residual = "1024",
                   .layers = "24",
                   .heads = "16",
                   .width = "4096",
                   .image = "1024",
                   .patch = "16"}),
      Joined({Modules(Once(""),
                      {PatchRow("patch_conv", kNoBias), NormRow("ln_pre", "embed_norm", kNoBias)}),
              Modules(Layers("transformer.layers"),
                      Join<ModuleRow>({AttentionRows({"attention.q_proj", "attention.k_proj",
                                                      "attention.v_proj", "attention.o_proj"},
                                                     kNoBias),
                                       {NormRow("attention_norm", "input_layernorm", kNoBias),
                                        NormRow("ffn_norm", "post_attention_layernorm", kNoBias),
                                        UpRow("feed_forward.gate_proj", "mlp.gate_proj", kNoBias),
                                        UpRow("feed_forward.up_proj", "mlp.up_proj", kNoBias),
                                        DownRow("feed_forward.down_proj", kNoBias)}}))}));
  family.norm = "RMSNorm";
  family.default_activation = "gelu";
  return family;
}

// Patches come as rows; four neighbours' vectors are joined behind the layers.
Family Llama4Vision() {
  return VisionEncoder(
      "llama4_vision", "Llama 4, the encoder of images", {"llama4_vision_model", "llama4"},
      Join<SizeRule>({VisionSizes({.residual = "768",
                                   .layers = "34",
                                   .heads = "16",
                                   .width = "5632",
                                   .image = "448",
                                   .patch = "14"},
                                  "grid * grid + 1"),
                      {{"adapter_width", "projector_input_dim", "4096"},
                       {"out", "projector_output_dim", "4096"}}}),
      Joined({Single("vision_model.class_embedding", "residual", kEmbedding),
              Single("vision_model.positional_embedding_vlm", "positions, residual",
                     kPositionEmbedding, "model.embed_positions.weight"),
              Modules(Once("vision_model."),
                      {{"patch_embedding.linear", "embed_patches", "residual",
                        "channels * patch * patch", kEmbedding, kNoBias},
                       NormRow("layernorm_pre", "embed_norm"),
                       NormRow("layernorm_post", "norm"),
                       {"vision_adapter.mlp.fc1", "", "adapter_width", "width", kPooler, kNoBias},
                       {"vision_adapter.mlp.fc2", "", "out", "adapter_width", kPooler, kNoBias}}),
              Modules(
                  Layers("vision_model.model.layers"),
                  Join<ModuleRow>({AttentionRows({"self_attn.q_proj", "self_attn.k_proj",
                                                  "self_attn.v_proj", "self_attn.o_proj"}),
                                   {NormRow("input_layernorm", "input_layernorm"),
                                    NormRow("post_attention_layernorm", "post_attention_layernorm"),
                                    UpRow("mlp.fc1", "mlp.up_proj"), DownRow("mlp.fc2")}}))}));
}

// What its linear layers keep of the range of their inputs and outputs.
Tensors Gemma4Ranges() {
  Tensors ranges;
  for (const char* layer : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                            "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) {
    for (const char* range : {"input_min", "input_max", "output_min", "output_max"}) {
      ranges.push_back({.name = Kept(fmt::format("encoder.layers.{{L}}.{}.{}", layer, range)),
                        .shape = "",
                        .module = kBuffer});
    }
  }
  return ranges;
}

Family Gemma4Vision() {
  const ModuleRow query = {"self_attn.q_proj.linear",
                           "self_attn.q_proj",
                           "heads * head_dim",
                           "residual",
                           kAttention,
                           kNoBias},
                  key = {"self_attn.k_proj.linear",
                         "self_attn.k_proj",
                         "kv_heads * head_dim",
                         "residual",
                         kAttention,
                         kNoBias},
                  value = {"self_attn.v_proj.linear",
                           "self_attn.v_proj",
                           "kv_heads * head_dim",
                           "residual",
                           kAttention,
                           kNoBias},
                  output = {"self_attn.o_proj.linear", "self_attn.o_proj", "residual",
                            "heads * head_dim",        kAttention,         kNoBias};
  Table table = Joined(
      {Modules(Once("patch_embedder."), {{"input_proj", "embed_patches", "residual",
                                          "channels * patch * patch", kEmbedding, kNoBias}}),
       // Of columns and of rows of patches.
       Single("patch_embedder.position_embedding_table", "2, positions, residual",
              kPositionEmbedding, "model.embed_positions.weight"),
       Single("std_bias", "residual", kNorm, "", "standardised"),
       Single("std_scale", "residual", kNorm, "", "standardised"),
       Modules(Layers("encoder.layers"),
               {query,
                key,
                value,
                output,
                {"self_attn.q_norm", "self_attn.q_norm", "head_dim", "", kAttention, kNoBias},
                {"self_attn.k_norm", "self_attn.k_norm", "head_dim", "", kAttention, kNoBias},
                UpRow("mlp.gate_proj.linear", "mlp.gate_proj", kNoBias),
                UpRow("mlp.up_proj.linear", "mlp.up_proj", kNoBias),
                DownRow("mlp.down_proj.linear", kNoBias),
                NormRow("input_layernorm", "input_layernorm", kNoBias),
                NormRow("post_attention_layernorm", "attention_output_layernorm", kNoBias),
                NormRow("pre_feedforward_layernorm", "post_attention_layernorm", kNoBias),
                NormRow("post_feedforward_layernorm", "mlp_output_layernorm", kNoBias)}),
       {.tensors = Gemma4Ranges(), .views = {}}});
  Family family =
      VisionEncoder("gemma4_vision", "Gemma 4, the encoder of images", {"gemma4_vision", "gemma4"},
                    {{"residual", "hidden_size", "768"},
                     {"layers", "num_hidden_layers", "16"},
                     {"heads", "num_attention_heads", "12"},
                     {"kv_heads", "num_key_value_heads", "12"},
                     {"head_dim", "head_dim", "64"},
                     {"width", "intermediate_size", "3072"},
                     {"channels", "", "3"},
                     {"patch", "patch_size", "16"},
                     {"positions", "position_embedding_size", "10240"}},
                    std::move(table));
  family.flags = {{"standardised", "standardize"}};
  family.norm = "RMSNorm";
  family.norm_place = NormPlace::kAround;
  family.activation_key = "hidden_activation";
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

}  // namespace

std::vector<Family> VisionEncoders() {
  return {Vit(),       Dinov2Plain(), Dinov2WithRegisters(), InternVl(),
          InternVit(), Pixtral(),     Llama4Vision(),        Gemma4Vision()};
}

}  // namespace modelkin::families
