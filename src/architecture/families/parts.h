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
Sizes DenseSizes();                                // the MLP's width
Sizes ExpertSizes(std::string_view experts_keys);  // number, width and choice of experts
Sizes ExpertsAsWideAsMlp(std::string_view experts_key, std::string_view experts,
                         std::string_view chosen);  // with the families' defaults
Sizes GroupedChoice(std::string_view groups = "1",
                    std::string_view chosen = "1");  // groups that experts are chosen from
Tensors Frame();                                     // embedding, last norm, head
Tensors PreNorms();                                  // before attention and before the MLP
Tensors Attention();                                 // q, k, v, o without biases
Tensors QkvBiases();                                 // by "qkv_bias"
Tensors OutputBias();                                // of o, by "o_bias"
Tensors HeadNorms();                                 // of q and k, per head, by "qk_norm"
Tensors GatedMlp();                                  // of dense layers
Tensors GatedExperts();                              // each on its own, or fused
Tensors SharedExperts();                             // "mlp.shared_experts", by "shared"
Tensors BlockSparseExperts();                        // with Mixtral's names
Tensors PredictionLayer();                           // what a DeepSeek-like MTP layer adds

// Of families, under Llama-like names (views.cc).
Views FusedExpertViews();
Views BlockSparseViews();
Views PhiMoeViews();
Views Phi3Views();
Views GemmaViews();
Views Qwen2MoeViews();
Views GptOssViews();
Views Gpt2Views();
Views NanoGptViews();
Views GptNeoXViews();
Views BertViews();

std::vector<Family> DenseDecoders();
std::vector<Family> ExpertDecoders();
std::vector<Family> LatentAttentionDecoders();
std::vector<Family> OldNames();  // GPT-2, nanoGPT, GPT-NeoX, BERT

}  // namespace modelkin::families

#endif  // MODELKIN_ARCHITECTURE_FAMILIES_PARTS_H_
