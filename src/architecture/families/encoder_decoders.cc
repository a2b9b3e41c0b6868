// Encoders with a decoder that attends to what they make: T5, and Whisper's decoder.
#include <fmt/format.h>

#include "architecture/families/audio_parts.h"
#include "architecture/families/encoder_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// One of T5's stacks, whose parts are numbered: attention, in the decoder attention to the encoder,
// and the MLP.
Table T5Stack(std::string_view name, std::string_view named, Where where, Where with_positions) {
  const bool decoder = where == kDecoderLayers;
  const auto part = [](int number, std::string_view rest) {
    return Kept(fmt::format("layer.{}.{}", number, rest));
  };
  const auto attention = [&](int number, std::string_view module, std::string_view as) {
    const auto row = [&](std::string_view letter, bool output) -> ModuleRow {
      return {part(number, fmt::format("{}.{}", module, letter)),
              Kept(fmt::format("{}.{}_proj", as, letter)),
              output ? "residual" : "heads * head_dim",
              output ? "heads * head_dim" : "residual",
              kAttention,
              kNoBias};
    };
    return ModuleRows{row("q", false), row("k", false), row("v", false), row("o", true)};
  };
  ModuleRows rows = attention(0, "SelfAttention", "self_attn");
  rows.push_back(NormRow("layer.0.layer_norm", "input_layernorm", kNoBias));
  if (decoder) {
    for (const ModuleRow& row : attention(1, "EncDecAttention", "encoder_attn")) {
      rows.push_back(row);
    }
    rows.push_back(NormRow("layer.1.layer_norm", "encoder_attn_layernorm", kNoBias));
  }
  const int mlp = decoder ? 2 : 1;
  rows.push_back(UpRow(part(mlp, "DenseReluDense.wi"), "mlp.up_proj", kNoBias, "!gated"));
  rows.push_back(UpRow(part(mlp, "DenseReluDense.wi_0"), "mlp.gate_proj", kNoBias, "gated"));
  rows.push_back(UpRow(part(mlp, "DenseReluDense.wi_1"), "mlp.up_proj", kNoBias, "gated"));
  rows.push_back(DownRow(part(mlp, "DenseReluDense.wo"), kNoBias));
  rows.push_back(NormRow(part(mlp, "layer_norm"), "post_attention_layernorm", kNoBias));
  const std::string stored = fmt::format("{}.block.{{L}}.", name);
  const std::string beside = std::string(named.substr(0, named.find("layers")));
  return Joined({Modules({stored, std::string(named), where}, rows),
                 Modules({stored, std::string(named), with_positions},
                         {{"layer.0.SelfAttention.relative_attention_bias", "", "buckets", "heads",
                           kAttention, kNoBias}}),
                 Modules({fmt::format("{}.", name), beside, kOnce},
                         {NormRow("final_layer_norm", "norm", kNoBias)})});
}

Table T5Table(Where encoder_positions, Where decoder_positions) {
  return Joined(
      {Single("shared.weight", "vocab, residual", kEmbedding, "model.embed_tokens.weight"),
       // Older files have it under these names as well.
       Optional(Joined({Single("encoder.embed_tokens.weight", "vocab, residual", kEmbedding),
                        Single("decoder.embed_tokens.weight", "vocab, residual", kEmbedding)})),
       Single("lm_head.weight", "vocab, residual", kHead, "", "!tied"),
       T5Stack("encoder", "model.layers.{L}.", kEveryLayer, encoder_positions),
       T5Stack("decoder", "model.decoder.layers.{L}.", kDecoderLayers, decoder_positions)});
}

Family T5Like(std::string_view name, std::string_view title,
              std::vector<std::string_view> model_types, bool gated, Table table) {
  return {.name = name,
          .title = title,
          .model_types = std::move(model_types),
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "d_model", "512"},
                    {"layers", "num_layers", gated ? "8" : "6"},
                    {"decoder_layers", "num_decoder_layers", "layers", "layers"},
                    {"heads", "num_heads", gated ? "6" : "8"},
                    {"kv_heads", "", "heads"},
                    {"head_dim", "d_kv", "64"},
                    {"width", "d_ff", gated ? "1024" : "2048"},
                    {"vocab", "vocab_size"},
                    {"positions", "", "0"},
                    {"buckets", "relative_attention_num_buckets", "32"}},
          .flags = {{"tied", "tie_word_embeddings", true},
                    {"gated", "feed_forward_proj", gated, "gated"}},
          .tensors = std::move(table.tensors),
          .views = std::move(table.views),
          .attention = "bidirectional, then causal and to the encoder: multi-head",
          .activation_key = "dense_act_fn",
          .default_activation = gated ? "gelu_new" : "relu",
          .rotary = false,
          .causal = false};
}

Family T5() {
  return T5Like("t5", "T5 and FLAN-T5", {"t5"}, false, T5Table(kFirstLayer, kFirstDecoderLayer));
}

Family Mt5() {
  return T5Like("mt5", "mT5", {"mt5"}, true, T5Table(kFirstLayer, kFirstDecoderLayer));
}

// Every layer has a table of positions of its own.
Family Umt5() {
  return T5Like("umt5", "umT5", {"umt5"}, true, T5Table(kEveryLayer, kDecoderLayers));
}

Family WhisperDecoder() {
  const Table table = Joined(
      {Modules(Once("decoder."),
               {{"embed_tokens", "embed_tokens", "vocab", "residual", kEmbedding, kNoBias},
                {"embed_positions", "embed_positions", "positions", "residual", kPositionEmbedding,
                 kNoBias},
                NormRow("layer_norm", "norm")}),
       Single("proj_out.weight", "vocab, residual", kHead, "lm_head.weight", "!tied"),
       WhisperLayers("decoder.layers"),
       Modules(
           Layers("decoder.layers"),
           {{"encoder_attn.q_proj", "encoder_attn.q_proj", "residual", "residual", kAttention},
            {"encoder_attn.k_proj", "encoder_attn.k_proj", "residual", "residual", kAttention,
             kNoBias},
            {"encoder_attn.v_proj", "encoder_attn.v_proj", "residual", "residual", kAttention},
            {"encoder_attn.out_proj", "encoder_attn.o_proj", "residual", "residual", kAttention},
            NormRow("encoder_attn_layer_norm", "encoder_attn_layernorm")})});
  return {.name = "whisper",
          .title = "Whisper, the decoder",
          .model_types = {"whisper"},
          .plan = LayerPlan::kDense,
          .sizes = {{"residual", "d_model"},
                    {"layers", "decoder_layers"},
                    {"heads", "decoder_attention_heads"},
                    {"kv_heads", "", "heads"},
                    {"head_dim", "", "residual / heads"},
                    {"width", "decoder_ffn_dim"},
                    {"vocab", "vocab_size"},
                    {"positions", "max_target_positions", "448"}},
          .flags = {{"tied", "tie_word_embeddings", true}},
          .tensors = table.tensors,
          .views = table.views,
          .norm = "LayerNorm with bias",
          .attention = "multi-head, to the text and to the encoder:",
          .activation_key = "activation_function",
          .default_activation = "gelu",
          .rotary = false};
}

}  // namespace

std::vector<Family> EncoderDecoders() { return {T5(), Mt5(), Umt5(), WhisperDecoder()}; }

}  // namespace modelkin::families
