// Ministral 3 (arXiv 2601.08584): queries at later positions are longer, so that attention over
// long texts stays sharp.
#include <nlohmann/json.hpp>

#include "inference/families/decoder.h"
#include "inference/families/families.h"

namespace modelkin::families {
namespace {

class Ministral3 final : public Decoder {
 public:
  explicit Ministral3(const ModelFacts& facts) : Decoder(facts, {.epsilon = 1e-5}) {
    const auto* const rope = facts.config().Find("rope_parameters");
    if (rope == nullptr || !rope->is_object()) {
      facts.Fail("rope_parameters", "is missing, and says how queries grow");
    }
    growth_.slope = NumberIn(*rope, "llama_4_scaling_beta");
    growth_.step = NumberIn(*rope, "original_max_position_embeddings");
    if (!(growth_.step > 0)) {
      facts.Fail("rope_parameters", "has no \"original_max_position_embeddings\" above 0");
    }
  }

 private:
  double NumberIn(const nlohmann::json& rope, const char* key) const {
    const auto value = rope.find(key);
    if (value == rope.end() || !value->is_number()) {
      facts_.Fail("rope_parameters", std::string("has no number \"") + key + "\"");
    }
    return value->get<double>();
  }

  GroupedAttention AttentionOf(std::size_t layer) const override {
    GroupedAttention attention = Decoder::AttentionOf(layer);
    attention.growth = growth_;
    return attention;
  }

  QueryGrowth growth_;
};

}  // namespace

std::unique_ptr<const FamilyModel> MakeMinistral3(const ModelFacts& facts) {
  return Make<Ministral3>(facts);
}

}  // namespace modelkin::families
