// Mixtral (Jiang et al., arXiv 2401.04088) and Qwen3-MoE (arXiv 2505.09388): a softmax over all
// experts chooses; Mixtral's weights sum to 1, Qwen3's where "norm_topk_prob" says so.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class SoftmaxExperts : public Decoder {
 public:
  SoftmaxExperts(const ModelFacts& facts, double epsilon, double theta, bool normalise)
      : Decoder(facts, {.epsilon = epsilon, .theta = theta}), normalise_(normalise) {}

 private:
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    const RouterChoice choice = SoftmaxRouter(
        RouterLogits(pass, x), facts_.Size("experts_per_token"), normalise_, pass.probe_router());
    return MixExperts(pass, x, choice, GatedExpert(pass, facts_.Size("expert_width"), function_));
  }

  bool normalise_;
};

class Mixtral final : public SoftmaxExperts {
 public:
  explicit Mixtral(const ModelFacts& facts) : SoftmaxExperts(facts, 1e-5, 1e6, true) {}
};

class Qwen3Moe final : public SoftmaxExperts {
 public:
  explicit Qwen3Moe(const ModelFacts& facts)
      : SoftmaxExperts(facts, 1e-6, 10000, facts.Flag("norm_topk_prob", false)) {
    const auto* const dense = facts.config().Find("mlp_only_layers");
    const auto is_layer = [](const auto& layer) { return layer.is_number_unsigned(); };
    if (dense == nullptr || dense->is_null()) return;
    if (!dense->is_array() || !std::ranges::all_of(*dense, is_layer)) {
      facts.Fail("mlp_only_layers", "is no list of layers");
    }
  }
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeMixtral(const ModelFacts& facts) {
  return Make<Mixtral>(facts);
}
std::unique_ptr<const FamilyModel> MakeQwen3Moe(const ModelFacts& facts) {
  return Make<Qwen3Moe>(facts);
}

}  // namespace modelkin::families
