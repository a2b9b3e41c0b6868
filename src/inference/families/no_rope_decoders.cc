// Decoders some of whose layers have no rotary positions: SmolLM3, and Llama 4, whose other layers
// attend to chunks, and whose experts' inputs are multiplied by the router's weights.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

// By "no_rope_layers", 1 for each layer that rotates; or all but every so many.
class NoRopeDecoder : public Decoder {
 public:
  NoRopeDecoder(const ModelFacts& facts, const DecoderTraits& traits) : Decoder(facts, traits) {
    const auto* const listed = facts.config().Find("no_rope_layers");
    const std::size_t layers = facts.Size("layers");
    if (listed != nullptr && listed->is_array() && !listed->empty()) {
      const auto is_number = [](const auto& item) { return item.is_number_integer(); };
      if (listed->size() < layers || !std::ranges::all_of(*listed, is_number)) {
        facts.Fail("no_rope_layers", "is no list of a number for each layer");
      }
      for (std::size_t i = 0; i < layers; ++i) rotates_.push_back((*listed)[i] != 0);
      return;
    }
    const double interval = facts.Positive("no_rope_layer_interval", 4);
    for (std::size_t i = 0; i < layers; ++i) {
      rotates_.push_back((i + 1) % std::max<std::size_t>(1, static_cast<std::size_t>(interval)) !=
                         0);
    }
  }

 protected:
  bool Rotates(std::size_t layer) const override { return rotates_[layer]; }

 private:
  std::vector<bool> rotates_;
};

class SmolLm3 final : public NoRopeDecoder {
 public:
  explicit SmolLm3(const ModelFacts& facts) : NoRopeDecoder(facts, {.theta = 2e6}) {}
};

class Llama4 final : public NoRopeDecoder {
 public:
  explicit Llama4(const ModelFacts& facts)
      : NoRopeDecoder(facts, {.epsilon = 1e-5, .theta = 500000, .pairs = RotaryPairs::kNeighbours}),
        normed_(facts.Flag("use_qk_norm", true)) {
    const auto* const chunk = facts.config().Find("attention_chunk_size");
    if (chunk == nullptr || !chunk->is_null()) {
      chunk_ = static_cast<std::size_t>(facts.Positive("attention_chunk_size", 8192));
    }
    if (facts.Flag("attn_temperature_tuning", true)) {
      growth_ = {.slope = facts.Number("attn_scale", 0.1),
                 .first = 1,
                 .step = facts.Positive("floor_scale", 8192)};
    }
  }

 private:
  GroupedAttention AttentionOf(std::size_t layer) const override {
    GroupedAttention attention = Decoder::AttentionOf(layer);
    if (IsChunked(layer)) attention.rules.chunk = chunk_;
    if (!Rotates(layer)) attention.growth = growth_;
    if (Rotates(layer) && normed_) attention.rotated_norm_epsilon = epsilon_;
    return attention;
  }

  // Those that rotate, unless "layer_types" says otherwise.
  bool IsChunked(std::size_t layer) const {
    const auto* const types = facts_.config().Find("layer_types");
    if (types == nullptr || !types->is_array()) return Rotates(layer);
    return (*types)[layer] == "chunked_attention";
  }

  // A sigmoid of the chosen scores multiplies what goes into their experts.
  Activations Mixture(const LayerPass& pass, const Activations& x) const override {
    const std::size_t experts = facts_.Size("experts");
    const RouterChoice choice = SigmoidRouter(
        RouterLogits(pass, x), std::vector<float>(experts, 0.0F),
        {.chosen = facts_.Size("experts_per_token"), .normalise = false}, pass.probe_router());
    Activations out =
        MixExperts(pass, x, choice, GatedExpert(pass, facts_.Size("expert_width"), function_),
                   ExpertWeighing::kInputs);
    pass.Add(out, GatedMlp(pass, x, {ModuleKind::kSharedExperts}, facts_.Size("shared_width"),
                           function_));
    return out;
  }

  bool normed_;
  std::optional<std::size_t> chunk_;
  QueryGrowth growth_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeLlama4(const ModelFacts& facts) {
  return Make<Llama4>(facts);
}
std::unique_ptr<const FamilyModel> MakeSmolLm3(const ModelFacts& facts) {
  return Make<SmolLm3>(facts);
}

}  // namespace modelkin::families
