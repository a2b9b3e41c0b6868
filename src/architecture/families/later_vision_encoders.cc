// Encoders of images: DINOv3 and Llama 3.2's.
#include "architecture/families/vision_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// Positions turn, as a decoder's do, so that there is no table. Keys have no bias.
Family Dinov3() {
  const Table layers = Modules(
      Layers("layer"),
      {{"attention.q_proj", "self_attn.q_proj", "residual", "residual", kAttention, "query_bias"},
       {"attention.k_proj", "self_attn.k_proj", "residual", "residual", kAttention, "key_bias"},
       {"attention.v_proj", "self_attn.v_proj", "residual", "residual", kAttention, "value_bias"},
       {"attention.o_proj", "self_attn.o_proj", "residual", "residual", kAttention, "output_bias"},
       NormRow("norm1", "input_layernorm"),
       NormRow("norm2", "post_attention_layernorm"),
       {"mlp.gate_proj", "mlp.gate_proj", "width", "residual", kDenseMlp, kWithBias, "gated"},
       UpRow("mlp.up_proj", "mlp.up_proj", "mlp_bias"),
       DownRow("mlp.down_proj", "mlp_bias")});
  const Table scales = {.tensors = {{"layer.{L}.layer_scale1.lambda1", "residual", kOther},
                                    {"layer.{L}.layer_scale2.lambda1", "residual", kOther}},
                        .views = {}};
  Family family = VisionEncoder(
      "dinov3_vit", "DINOv3", {"dinov3_vit"},
      VisionSizes({.residual = "384",
                   .layers = "12",
                   .heads = "6",
                   .width = "1536",
                   .image = "224",
                   .patch = "16"},
                  "0"),
      Joined({Single("embeddings.cls_token", "1, 1, residual", kEmbedding),
              Single("embeddings.mask_token", "1, 1, residual", kEmbedding),
              Single("embeddings.register_tokens", "1, registers, residual", kEmbedding),
              Modules(Once(""), {{"embeddings.patch_embeddings", "embed_patches", "residual",
                                  "channels, patch, patch", kEmbedding},
                                 NormRow("norm", "norm")}),
              layers, scales}));
  family.sizes.push_back({"registers", "num_register_tokens", "0"});
  family.flags = {{"query_bias", "query_bias", true}, {"key_bias", "key_bias"},
                  {"value_bias", "value_bias", true}, {"output_bias", "proj_bias", true},
                  {"mlp_bias", "mlp_bias", true},     {"gated", "use_gated_mlp"}};
  family.rotary = true;
  return family;
}

// An image is cut into tiles. Positions are of places in a tile and of tiles, for each ratio of
// sides, and a gate says how much of each is taken.
Table TilePositions() {
  return Joined({Single("gated_positional_embedding.embedding", "positions, residual",
                        kPositionEmbedding, "model.embed_positions.weight"),
                 Single("gated_positional_embedding.gate", "1", kPositionEmbedding),
                 Single("gated_positional_embedding.tile_embedding.weight",
                        "ratios + 1, tiles * positions * residual", kPositionEmbedding),
                 Single("pre_tile_positional_embedding.gate", "1", kPositionEmbedding),
                 Single("pre_tile_positional_embedding.embedding.weight",
                        "ratios + 1, tiles * residual", kPositionEmbedding),
                 Single("post_tile_positional_embedding.gate", "1", kPositionEmbedding),
                 Single("post_tile_positional_embedding.embedding.weight",
                        "ratios + 1, tiles * residual", kPositionEmbedding)});
}

Table MllamaLayers(const Place& place) {
  return Modules(place,
                 Join<ModuleRow>({AttentionRows({"self_attn.q_proj", "self_attn.k_proj",
                                                 "self_attn.v_proj", "self_attn.o_proj"},
                                                kNoBias),
                                  {NormRow("input_layernorm", "input_layernorm"),
                                   NormRow("post_attention_layernorm", "post_attention_layernorm"),
                                   UpRow("mlp.fc1", "mlp.up_proj"), DownRow("mlp.fc2")}}));
}

// Behind the layers of each tile there are such of all tiles, whose outputs are gated.
Family MllamaVision() {
  Table global = MllamaLayers(Layers("global_transformer.layers", kDecoderLayers));
  global.views.clear();
  global.tensors.push_back(
      {"global_transformer.layers.{L}.gate_attn", "1", kAttention, kDecoderLayers});
  global.tensors.push_back(
      {"global_transformer.layers.{L}.gate_ffn", "1", kDenseMlp, kDecoderLayers});
  Family family = VisionEncoder(
      "mllama_vision", "Llama 3.2, the encoder of images", {"mllama_vision_model", "mllama"},
      VisionSizes({.residual = "1280",
                   .layers = "32",
                   .heads = "16",
                   .width = "5120",
                   .image = "448",
                   .patch = "14"},
                  "grid * grid + 1"),
      Joined({Single("class_embedding", "residual", kEmbedding), TilePositions(),
              Modules(Once(""), {{"patch_embedding", "embed_patches", "residual",
                                  "channels, patch, patch", kEmbedding, kNoBias},
                                 NormRow("layernorm_pre", "embed_norm"),
                                 NormRow("layernorm_post", "norm")}),
              MllamaLayers(Layers("transformer.layers")), global}));
  for (SizeRule& size : family.sizes) {
    if (size.size == "heads") size.keys = "attention_heads|num_attention_heads";
  }
  family.sizes.push_back({"decoder_layers", "num_global_layers", "8"});
  family.sizes.push_back({"tiles", "max_num_tiles", "4"});
  family.sizes.push_back({"ratios", "#supported_aspect_ratios", "8"});
  return family;
}

}  // namespace

std::vector<Family> LaterVisionEncoders() { return {Dinov3(), MllamaVision()}; }

}  // namespace modelkin::families
