// Encoders of sound: Whisper's, and those that came of it.
#include <utility>

#include "architecture/families/audio_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// Two convolutions over frames, the second of which takes every other frame.
Table FrameConvolutions(std::string_view prefix) {
  return Modules(Once(prefix), {{"conv1", "embed_patches", "residual", "channels, 3", kEmbedding},
                                {"conv2", "", "residual", "residual, 3", kEmbedding}});
}

Table StoredPositions(std::string_view prefix) {
  return Modules(Once(prefix), {{"embed_positions", "embed_positions", "positions", "residual",
                                 kPositionEmbedding, kNoBias}});
}

Family AudioEncoder(std::string_view name, std::string_view title,
                    std::vector<std::string_view> model_types, const Sizes& more, Table table) {
  return {.name = name,
          .title = title,
          .model_types = std::move(model_types),
          .plan = LayerPlan::kDense,
          .sizes = Join<SizeRule>({{{"residual", "d_model|hidden_size", "1280"},
                                    {"layers", "encoder_layers|num_hidden_layers", "32"},
                                    {"heads", "encoder_attention_heads|num_attention_heads", "20"},
                                    {"kv_heads", "", "heads"},
                                    {"head_dim", "", "residual / heads"},
                                    {"width", "encoder_ffn_dim|intermediate_size", "5120"},
                                    {"channels", "num_mel_bins", "128"},
                                    {"positions", "max_source_positions", "1500"}},
                                   more}),
          .flags = {},
          .tensors = std::move(table.tensors),
          .views = std::move(table.views),
          .component = Component::kAudio,
          .norm = "LayerNorm with bias",
          .attention = "bidirectional multi-head",
          .activation_key = "activation_function",
          .default_activation = "gelu",
          .rotary = false,
          .causal = false};
}

Family WhisperEncoder() {
  return AudioEncoder("whisper_encoder", "Whisper, the encoder", {"whisper"}, {},
                      Joined({FrameConvolutions("encoder."), StoredPositions("encoder."),
                              WhisperLayers("encoder.layers"),
                              Modules(Once("encoder."), {NormRow("layer_norm", "norm")})}));
}

// Whisper's encoder, as part of other models.
Family WhisperTower() {
  return AudioEncoder("whisper_tower", "Qwen2-Audio and Voxtral, the encoder of sound",
                      {"qwen2_audio_encoder", "qwen2_audio", "voxtral_encoder", "voxtral"}, {},
                      Joined({FrameConvolutions("audio_tower."), StoredPositions("audio_tower."),
                              WhisperLayers("audio_tower.layers"),
                              Modules(Once("audio_tower."), {NormRow("layer_norm", "norm")})}));
}

Family Qwen25OmniAudio() {
  return AudioEncoder(
      "qwen2_5_omni_audio", "Qwen2.5-Omni, the encoder of sound",
      {"qwen2_5_omni_audio_encoder", "qwen2_5_omni"}, {{"out", "output_dim", "3584"}},
      Joined({FrameConvolutions("audio_tower."), WhisperLayers("audio_tower.layers"),
              Modules(Once("audio_tower."),
                      {NormRow("ln_post", "norm"),
                       {"proj", "", "out", "residual", kPooler},
                       {"audio_bos_eos_token", "", "2", "out", kEmbedding, kNoBias}})}));
}

// Three convolutions over frames and channels, each of which halves both.
Family Qwen3OmniAudio() {
  return AudioEncoder("qwen3_omni_audio", "Qwen3-Omni, the encoder of sound",
                      {"qwen3_omni_moe_audio_encoder", "qwen3_omni_moe"},
                      {{"filters", "downsample_hidden_size", "480"},
                       {"out", "output_dim", "3584"},
                       {"left_channels", "", "(((channels + 1) // 2 + 1) // 2 + 1) // 2"}},
                      Joined({Modules(Once("audio_tower."),
                                      {{"conv2d1", "", "filters", "1, 3, 3", kEmbedding},
                                       {"conv2d2", "", "filters", "filters, 3, 3", kEmbedding},
                                       {"conv2d3", "", "filters", "filters, 3, 3", kEmbedding},
                                       {"conv_out", "embed_patches", "residual",
                                        "filters * left_channels", kEmbedding, kNoBias},
                                       NormRow("ln_post", "norm"),
                                       {"proj1", "", "residual", "residual", kPooler},
                                       {"proj2", "", "out", "residual", kPooler}}),
                              WhisperLayers("audio_tower.layers", kWithBias)}));
}

}  // namespace

Table WhisperLayers(std::string_view stored, std::string_view key_bias) {
  ModuleRows rows = AttentionRows(
      {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"});
  rows.at(1).bias = key_bias;
  return Modules(Layers(stored),
                 Join<ModuleRow>({rows,
                                  {NormRow("self_attn_layer_norm", "input_layernorm"),
                                   NormRow("final_layer_norm", "post_attention_layernorm"),
                                   UpRow("fc1", "mlp.up_proj"), DownRow("fc2")}}));
}

std::vector<Family> AudioEncoders() {
  return {WhisperEncoder(), WhisperTower(), Qwen25OmniAudio(), Qwen3OmniAudio()};
}

}  // namespace modelkin::families
