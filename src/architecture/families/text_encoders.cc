// Encoders of text: BERT and what came of it.
#include <algorithm>
#include <utility>

#include "architecture/families/encoder_parts.h"

namespace modelkin::families {
namespace {

using enum ModuleKind;
using enum Where;

// What the layers of BERT's descendants call their attention; the rest is the same in most.
struct BertNames {
  std::vector<std::string_view> attention = {"attention.self.query", "attention.self.key",
                                             "attention.self.value", "attention.output.dense"};
  std::string_view attention_norm = "attention.output.LayerNorm";
};

Table BertLayers(const BertNames& names = {}) {
  return Modules(
      Layers("encoder.layer"),
      Join<ModuleRow>({AttentionRows(names.attention),
                       {NormRow(names.attention_norm, "attention_output_layernorm"),
                        UpRow("intermediate.dense", "mlp.up_proj"), DownRow("output.dense"),
                        NormRow("output.LayerNorm", "mlp_output_layernorm")}}));
}

// Tables of tokens, positions and types of tokens, as wide as `width` says.
Table BertEmbeddings(bool types, std::string_view positions_if = {},
                     std::string_view width = "residual") {
  ModuleRows rows = {{"word_embeddings", "embed_tokens", "vocab", width, kEmbedding, kNoBias},
                     {"position_embeddings", "embed_positions", "positions", width,
                      kPositionEmbedding, kNoBias, positions_if}};
  if (types) {
    rows.push_back({"token_type_embeddings", "embed_token_types", "types", width,
                    kPositionEmbedding, kNoBias});
  }
  rows.push_back({"LayerNorm", "embed_norm", width, "", kNorm});
  return Joined({Modules(Once("embeddings."), rows),
                 Single("embeddings.position_ids", "1, positions", kBuffer)});
}

Table BertPooler() {
  return Modules(Once(""), {{"pooler.dense", "", "residual", "residual", kPooler}});
}

// What is stored beside the encoder where it was trained to fill gaps: a transform, and a bias. The
// matrix is the embedding's.
Table MaskedHead(std::string_view dense, std::string_view norm, std::string_view bias) {
  return Optional(
      Joined({Modules(Once(""), {{dense, "", "residual", "residual", kPooler}, NormRow(norm, "")}),
              Single(bias, "vocab", kHead)}));
}

Sizes BertSizes(const Sizes& more = {}) {
  return Join<SizeRule>({{{"residual", "hidden_size|dim"},
                          {"layers", "num_hidden_layers|n_layers"},
                          {"heads", "num_attention_heads|n_heads"},
                          {"kv_heads", "", "heads"},
                          {"head_dim", "", "residual / heads"},
                          {"vocab", "vocab_size"},
                          {"positions", "max_position_embeddings", "512"},
                          {"width", "intermediate_size|hidden_dim"}},
                         more});
}

Family BertLike(std::string_view name, std::string_view title,
                std::vector<std::string_view> model_types, const Sizes& sizes, Table table) {
  return {.name = name,
          .title = title,
          .model_types = std::move(model_types),
          .plan = LayerPlan::kDense,
          .sizes = BertSizes(sizes),
          .flags = {{"tied", "", true}},
          .tensors = std::move(table.tensors),
          .views = std::move(table.views),
          .norm = "LayerNorm with bias",
          .attention = "bidirectional multi-head",
          .norm_place = NormPlace::kAfter,
          .default_activation = "gelu",
          .rotary = false,
          .causal = false};
}

// RoBERTa's have the same names. Of its table of positions, the first rows are none's: places count
// from after the number of the padding.
Family Bert() {
  return BertLike(
      "bert", "BERT, RoBERTa, XLM-RoBERTa and CamemBERT",
      {"bert", "roberta", "xlm-roberta", "camembert"}, {{"types", "type_vocab_size", "2"}},
      Joined(
          {BertEmbeddings(true), BertPooler(), BertLayers(),
           MaskedHead("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
           MaskedHead("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm",
                      "cls.predictions.bias"),
           Optional(Modules(Once(""), {{"cls.seq_relationship", "", "2", "residual", kPooler}}))}));
}

Family DistilBert() {
  const Table layers =
      Modules(Layers("transformer.layer"),
              Join<ModuleRow>({AttentionRows({"attention.q_lin", "attention.k_lin",
                                              "attention.v_lin", "attention.out_lin"}),
                               {NormRow("sa_layer_norm", "attention_output_layernorm"),
                                UpRow("ffn.lin1", "mlp.up_proj"), DownRow("ffn.lin2"),
                                NormRow("output_layer_norm", "mlp_output_layernorm")}}));
  Family family =
      BertLike("distilbert", "DistilBERT", {"distilbert"}, {},
               Joined({BertEmbeddings(false), layers,
                       MaskedHead("vocab_transform", "vocab_layer_norm", "vocab_projector.bias")}));
  family.activation_key = "activation";
  return family;
}

Family Mpnet() {
  const BertNames names{
      .attention = {"attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"},
      .attention_norm = "attention.LayerNorm"};
  return BertLike(
      "mpnet", "MPNet", {"mpnet"}, {{"buckets", "relative_attention_num_buckets", "32"}},
      Joined({BertEmbeddings(false), BertPooler(), BertLayers(names),
              Single("encoder.relative_attention_bias.weight", "buckets, heads", kAttention),
              MaskedHead("lm_head.dense", "lm_head.layer_norm", "lm_head.bias")}));
}

// Tables may be narrower than the layers.
Family Electra() {
  Family family =
      BertLike("electra", "ELECTRA", {"electra"},
               {{"types", "type_vocab_size", "2"}, {"table_width", "embedding_size", "128"}},
               Joined({BertEmbeddings(true, "", "table_width"),
                       Modules(Once(""), {{"embeddings_project", "", "residual", "table_width",
                                           kEmbedding, kWithBias, "projected"}}),
                       BertLayers(),
                       Optional(Modules(Once(""), {{"discriminator_predictions.dense", "",
                                                    "residual", "residual", kPooler},
                                                   {"discriminator_predictions.dense_prediction",
                                                    "", "1", "residual", kPooler}}))}));
  family.flags.push_back({"projected", "", false, "", "table_width, residual"});
  return family;
}

// Of the variants, the one in which positions share the matrices of keys and queries: version 3,
// and the larger ones of version 2.
Family DebertaV2() {
  const BertNames names{.attention = {"attention.self.query_proj", "attention.self.key_proj",
                                      "attention.self.value_proj", "attention.output.dense"}};
  Family family = BertLike(
      "deberta_v2", "DeBERTa, versions 2 and 3", {"deberta-v2"},
      {{"buckets", "position_buckets"}, {"kernel", "conv_kernel_size", "0"}},
      Joined(
          {BertEmbeddings(false, "absolute"), BertLayers(names),
           Modules(Once("encoder."),
                   {{"rel_embeddings", "", "2 * buckets", "residual", kPositionEmbedding, kNoBias},
                    NormRow("LayerNorm", ""),
                    {"conv.conv", "", "residual", "residual, kernel", kOther, kWithBias, "conv"},
                    {"conv.LayerNorm", "", "residual", "", kNorm, kWithBias, "conv"}}),
           MaskedHead("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm",
                      "cls.predictions.bias")}));
  family.flags.push_back({"absolute", "position_biased_input", true});
  family.flags.push_back({"conv", "conv_kernel_size"});
  return family;
}

// Norms come before attention and MLP, of which the first layer's has none; MLPs are gated.
Family ModernBert() {
  const Table table = Joined(
      {Modules(Once("model.embeddings."),
               {{"tok_embeddings", "embed_tokens", "vocab", "residual", kEmbedding, kNoBias},
                NormRow("norm", "embed_norm", "norm_bias")}),
       Modules(Layers("model.layers", kLaterLayers),
               {NormRow("attn_norm", "input_layernorm", "norm_bias")}),
       Modules(Layers("model.layers"),
               Join<ModuleRow>(
                   {FusedAttentionRows("attn.Wqkv", "attn.Wo", "attention_bias", "attention_bias"),
                    {NormRow("mlp_norm", "post_attention_layernorm", "norm_bias"),
                     UpRow("mlp.Wi", "mlp.gate_proj|mlp.up_proj", "mlp_bias"),
                     DownRow("mlp.Wo", "mlp_bias")}})),
       Modules(Once("model."), {NormRow("final_norm", "norm", "norm_bias")}),
       Optional(Joined({Modules(Once(""), {{"head.dense", "", "residual", "residual", kPooler,
                                            "classifier_bias"},
                                           NormRow("head.norm", "", "norm_bias")}),
                        Single("decoder.bias", "vocab", kHead)}))});
  Family family = BertLike("modernbert", "ModernBERT", {"modernbert"}, {}, table);
  family.flags = {{"tied", "", true},
                  {"attention_bias", "attention_bias"},
                  {"mlp_bias", "mlp_bias"},
                  {"norm_bias", "norm_bias"},
                  {"classifier_bias", "classifier_bias"}};
  std::ranges::find(family.sizes, "positions", &SizeRule::size)->fallback = "8192";
  family.norm = "LayerNorm";
  family.norm_place = NormPlace::kBefore;
  family.activation_key = "hidden_activation";
  family.rotary = true;
  return family;
}

}  // namespace

std::vector<Family> TextEncoders() {
  return {Bert(), DistilBert(), Mpnet(), Electra(), DebertaV2(), ModernBert()};
}

}  // namespace modelkin::families
