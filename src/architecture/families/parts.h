// What family tables are put together from.
#ifndef MODELKIN_ARCHITECTURE_FAMILIES_PARTS_H_
#define MODELKIN_ARCHITECTURE_FAMILIES_PARTS_H_

#include <vector>

#include "architecture/family.h"

namespace modelkin::families {

using Sizes = std::vector<SizeRule>;
using Flags = std::vector<FlagRule>;
using Tensors = std::vector<TensorRule>;
using Views = std::vector<ViewRule>;

template <class Rule>
std::vector<Rule> Join(const std::vector<std::vector<Rule>>& parts) {
  std::vector<Rule> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// What sizes are without a key for them.
struct DecoderDefaults {
  std::string_view heads = {}, kv_heads = "heads", head_dim = "residual / heads";
  std::string_view vocab = {}, positions = "0";
};

// Of decoders with names as Llama has them ("model.layers.0.self_attn.q_proj.weight").
Sizes DecoderSizes(const DecoderDefaults& without = {});
Sizes MultiHeadSizes();  // as many heads of keys and values as of queries, and the MLP's width
Sizes DenseSizes();      // the MLP's width
Sizes ExpertSizes(std::string_view experts_keys);  // number, width and choice of experts
Sizes ExpertsAsWideAsMlp(std::string_view experts_key, std::string_view experts,
                         std::string_view chosen);  // with the families' defaults
Sizes GroupedChoice(std::string_view groups = "1",
                    std::string_view chosen = "1");  // groups that experts are chosen from
// Shared experts, all in one MLP: as wide as so many experts.
Sizes SharedSizes(std::string_view key, std::string_view count);
SizeRule DenseLayers(std::string_view key, std::string_view count);  // those before experts begin
Flags LlamaFlags();  // by "attention_bias", "mlp_bias", "tie_word_embeddings"
FlagRule Tied(bool fallback = false);
Tensors Frame();            // embedding, last norm, head
Tensors PreNorms();         // before attention and before the MLP
Tensors Attention();        // q, k, v, o without biases
Tensors QkvBiases();        // by "qkv_bias"
Tensors OutputBias();       // of o, by "o_bias"
Tensors HeadNorms();        // of q and k, per head, by "qk_norm"
Tensors ProjectionNorms();  // of all of q and of k
Tensors NormBiases();       // of PreNorms and the last norm
Tensors OutputNorms();      // after attention and after the MLP
Tensors GemmaNorms();       // those and PreNorms
Tensors GatedMlp();         // of dense layers
Tensors PlainMlp();         // without a gate
Tensors GatedMlpBiases();   // by "mlp_bias"
Tensors PlainMlpBiases();
Tensors LlamaTensors();        // all that Llama has
Tensors RouterGate();          // the router and its correction, as AFMoE and Hunyuan 3 name them
Tensors RoutedExperts();       // each on its own, or fused
Tensors GatedExperts();        // the same and the router
Tensors SharedExperts();       // "mlp.shared_experts", by "shared"
Tensors SharedExpertBiases();  // by "mlp_bias"
Tensors BlockSparseExperts();  // with Mixtral's names
Tensors PredictionLayer();     // what a DeepSeek-like MTP layer adds
TensorRule CorrectionBias(
    std::string_view name = "model.layers.{L}.mlp.gate.e_score_correction_bias");

inline constexpr std::string_view kSigmoidRouter =
    "sigmoid; a correction bias takes part in the choice, not in the weights";
// Keys and values of a latent vector (DeepSeek-V2), with families' defaults.
Sizes LatentSizes(std::string_view shared_experts, std::string_view dense_layers);
Tensors LatentAttention();

// The tensors, for layers that have all of the parts.
Tensors In(LayerParts parts, Tensors tensors);
// The tensors with another beginning of those names that have the first.
Tensors Moved(std::string_view from, std::string_view to, Tensors tensors);
// Views of tensors whose names have the first beginning, under names with the other.
Views MovedViews(std::string_view from, std::string_view to, const Tensors& tensors);

// Of families, under Llama-like names (views.cc).
Views FusedExpertViews();
Views TurnedExpertViews();  // of experts with inputs first
Views BlockSparseViews();
Views PhiMoeViews();
Views StackedQkvViews(std::string_view weight, std::string_view bias = {});
Views GroupedQkvViews(std::string_view weight, std::string_view bias = {});
Views GateUpViews();
Views Phi3Views();
Views GemmaViews();
Views OutputNormViews();
Views RouterGateViews();
Views Qwen2MoeViews();
Views GptOssViews();
Views Gpt2Views();
Views NanoGptViews();
Views GptNeoXViews();

std::vector<Family> DenseDecoders();
std::vector<Family> LlamaLikeDecoders();
std::vector<Family> GemmaLikeDecoders();
std::vector<Family> LayerNormDecoders();
std::vector<Family> OutputNormDecoders();
std::vector<Family> RenamedDecoders();
std::vector<Family> RemoteCodeDecoders();
std::vector<Family> ExpertDecoders();
std::vector<Family> SigmoidExpertDecoders();
std::vector<Family> SoftmaxExpertDecoders();
std::vector<Family> FusedExpertDecoders();
std::vector<Family> HunYuanDecoders();
std::vector<Family> LatentAttentionDecoders();
std::vector<Family> LinearAttentionDecoders();
std::vector<Family> StateSpaceDecoders();
std::vector<Family> ConvolutionDecoders();
std::vector<Family> PerLayerEmbeddingDecoders();
std::vector<Family> SparseLatentDecoders();
std::vector<Family> OldNames();  // GPT-2, nanoGPT, GPT-NeoX
std::vector<Family> EarlyDecoders();
std::vector<Family> GroupedQkvDecoders();

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_PARTS_H_
