// SigLIP and CLIP: an encoder of images and one of texts, trained to agree; and encoders of images
// that others took from them.
#include <utility>

#include "architecture/families/vision_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

constexpr VisionDefaults kBasePatch16 = {.residual = "768",
                                         .layers = "12",
                                         .heads = "12",
                                         .width = "3072",
                                         .image = "224",
                                         .patch = "16"};

// Patches by a convolution, and a table of positions.
Table SiglipInputs() {
  return Modules(
      Once("vision_model.embeddings."),
      {{"patch_embedding", "embed_patches", "residual", "channels, patch, patch", kEmbedding},
       {"position_embedding", "embed_positions", "positions", "residual", kPositionEmbedding,
        kNoBias}});
}

Table SiglipLayers() {
  return Joined({ClipLayers("vision_model.encoder.layers"),
                 Modules(Once("vision_model."), {NormRow("post_layernorm", "norm")})});
}

// An attention of one learnt query to all patches, and an MLP.
Table AttentionPooling() {
  Table table = Joined(
      {Single("vision_model.head.probe", "1, 1, residual", kPooler, "", "head"),
       Single("vision_model.head.attention.in_proj_weight", "3 * residual, residual", kPooler, "",
              "head"),
       Single("vision_model.head.attention.in_proj_bias", "3 * residual", kPooler, "", "head"),
       Modules(Once("vision_model.head."),
               {{"attention.out_proj", "", "residual", "residual", kPooler},
                NormRow("layernorm", ""),
                {"mlp.fc1", "", "width", "residual", kPooler},
                {"mlp.fc2", "", "residual", "width", kPooler}})});
  for (TensorRule& rule : table.tensors) rule.when = "head";
  return table;
}

Family SiglipVision() {
  Family family = VisionEncoder("siglip_vision", "SigLIP, the encoder of images",
                                {"siglip_vision_model", "siglip"}, VisionSizes(kBasePatch16),
                                Joined({SiglipInputs(), SiglipLayers(), AttentionPooling()}));
  family.flags = {{"head", "vision_use_head", true}};
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

// Takes images of any sides: patches come as rows, and positions are interpolated.
Family Siglip2Vision() {
  Family family =
      VisionEncoder("siglip2_vision", "SigLIP 2 for any resolution, the encoder of images",
                    {"siglip2_vision_model", "siglip2"}, VisionSizes(kBasePatch16, ""),
                    Joined({Modules(Once("vision_model.embeddings."),
                                    {{"patch_embedding", "embed_patches", "residual",
                                      "channels * patch * patch", kEmbedding},
                                     {"position_embedding", "embed_positions", "positions",
                                      "residual", kPositionEmbedding, kNoBias}}),
                            SiglipLayers(), AttentionPooling()}));
  family.sizes.back() = {"positions", "num_patches", "256"};
  family.flags = {{"head", "vision_use_head", true}};
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

// SigLIP's encoder without what pools patches.
Family SiglipTower() {
  Family family = VisionEncoder(
      "siglip_tower", "SigLIP's encoder of images, in Idefics 2 and 3 and SmolVLM",
      {"idefics3_vision", "idefics3", "idefics2_vision", "idefics2", "smolvlm_vision", "smolvlm"},
      VisionSizes({.residual = "1152",
                   .layers = "12",
                   .heads = "16",
                   .width = "3072",
                   .image = "224",
                   .patch = "32"}),
      Joined({SiglipInputs(), SiglipLayers()}));
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

Family ClipVision() {
  VisionDefaults sizes = kBasePatch16;
  sizes.patch = "32";
  Family family = VisionEncoder(
      "clip_vision", "CLIP, the encoder of images", {"clip_vision_model", "clip"},
      VisionSizes(sizes, "grid * grid + 1"),
      Joined({Single("vision_model.embeddings.class_embedding", "residual", kEmbedding),
              Modules(Once("vision_model."),
                      {{"embeddings.patch_embedding", "embed_patches", "residual",
                        "channels, patch, patch", kEmbedding, kNoBias},
                       {"embeddings.position_embedding", "embed_positions", "positions", "residual",
                        kPositionEmbedding, kNoBias},
                       // The name has been misspelt from the first.
                       NormRow("pre_layrnorm", "embed_norm"),
                       NormRow("post_layernorm", "norm")}),
              Single("vision_model.embeddings.position_ids", "1, positions", kBuffer),
              ClipLayers("vision_model.encoder.layers"),
              Optional(Single("visual_projection.weight", "projection, residual", kPooler))}));
  family.sizes.push_back({"projection", "projection_dim", "512"});
  family.default_activation = "quick_gelu";
  return family;
}

Sizes TextSizes(const VisionDefaults& without, std::string_view vocab, std::string_view positions,
                std::string_view projection) {
  return {{"residual", "hidden_size", without.residual},
          {"layers", "num_hidden_layers", without.layers},
          {"heads", "num_attention_heads", without.heads},
          {"kv_heads", "", "heads"},
          {"head_dim", "", "residual / heads"},
          {"width", "intermediate_size", without.width},
          {"vocab", "vocab_size", vocab},
          {"positions", "max_position_embeddings", positions},
          {"projection", "projection_size|projection_dim", projection}};
}

Table TextTower() {
  return Joined(
      {Modules(Once("text_model."), {{"embeddings.token_embedding", "embed_tokens", "vocab",
                                      "residual", kEmbedding, kNoBias},
                                     {"embeddings.position_embedding", "embed_positions",
                                      "positions", "residual", kPositionEmbedding, kNoBias},
                                     NormRow("final_layer_norm", "norm")}),
       Single("text_model.embeddings.position_ids", "1, positions", kBuffer),
       ClipLayers("text_model.encoder.layers")});
}

Family TextEncoder(std::string_view name, std::string_view title,
                   std::vector<std::string_view> model_types, Sizes sizes, Table table) {
  Family family =
      VisionEncoder(name, title, std::move(model_types), std::move(sizes), std::move(table));
  family.component = Component::kText;
  family.flags = {{"tied", "", true}};
  return family;
}

Family SiglipText() {
  Family family = TextEncoder(
      "siglip_text", "SigLIP, the encoder of texts",
      {"siglip_text_model", "siglip", "siglip2_text_model", "siglip2"},
      TextSizes(kBasePatch16, "32000", "64", "residual"),
      Joined({TextTower(),
              Modules(Once("text_model."), {{"head", "", "projection", "residual", kPooler}}),
              Optional(Joined(
                  {Single("logit_scale", "1", kOther), Single("logit_bias", "1", kOther)}))}));
  family.default_activation = "gelu_pytorch_tanh";
  return family;
}

Family ClipText() {
  Family family = TextEncoder(
      "clip_text", "CLIP, the encoder of texts", {"clip_text_model", "clip"},
      TextSizes({.residual = "512", .layers = "12", .heads = "8", .width = "2048"}, "49408", "77",
                "512"),
      Joined({TextTower(),
              Optional(Joined({Single("text_projection.weight", "projection, residual", kPooler),
                               Single("logit_scale", "", kOther)}))}));
  family.attention = "multi-head";
  family.default_activation = "quick_gelu";
  family.causal = true;
  return family;
}

}  // namespace

std::vector<Family> ImageTextEncoders() {
  return {SiglipVision(), Siglip2Vision(), SiglipTower(), ClipVision(), SiglipText(), ClipText()};
}

}  // namespace modelkin::families
