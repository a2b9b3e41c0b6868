// What config.json says a model is, once the family's rules and defaults are applied.
#ifndef MODELKIN_ARCHITECTURE_MODEL_SPEC_H_
#define MODELKIN_ARCHITECTURE_MODEL_SPEC_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "architecture/family.h"
#include "architecture/finding.h"
#include "architecture/model_config.h"

namespace modelkin {

// By a layer's MLP; kNoMlp: it has none.
enum class LayerKind : std::uint8_t { kDense, kExperts, kPrediction, kNoMlp };

struct SizeValue {
  std::uint64_t value = 0;
  std::string key;  // of config.json; "" if the family's rule gave it
};

struct RotaryEmbedding {
  std::uint64_t dims = 0;  // of a head that rotate; 0: no rotary embedding
  double theta = 0;        // 0: not said
  std::string scaling;     // "yarn, factor 2"; "" for none
};

struct ModelSpec {
  const Family* family = nullptr;
  std::map<std::string_view, SizeValue> sizes;
  std::set<std::string_view> flags;
  std::vector<LayerKind> layers;  // those of multi-token prediction last
  std::vector<LayerParts> parts;  // of each of them
  // Sizes that layers differ by, for each of them.
  std::map<std::string_view, std::vector<std::uint64_t>> layer_sizes;
  RotaryEmbedding rotary;
  std::optional<std::uint64_t> window;  // tokens that windowed layers attend to
  std::vector<bool> windowed;           // which layers those are; empty for none
  std::string dtype;                    // "bfloat16"; "" if not said
  bool quantised = false;               // weights are stored in other types than that

  std::optional<std::uint64_t> Size(std::string_view name) const;
  // The same in a layer, if there is such a layer; else that of the model.
  std::optional<std::uint64_t> Size(std::string_view name,
                                    std::optional<std::uint64_t> layer) const;
  // Returns the size of a shape's axis, in a layer if it is one's; nullopt where EvaluateSize has
  // none.
  std::optional<std::uint64_t> Evaluate(std::string_view expression,
                                        std::optional<std::uint64_t> layer = {}) const;
  bool Applies(std::string_view when) const;  // a flag, "!flag", or "" for always
  bool Applies(const TensorRule& rule) const { return Applies(rule.when); }
  std::uint64_t LayersWith(const TensorRule& rule) const;
  bool OccursIn(const TensorRule& rule, std::uint64_t layer) const;
  std::uint64_t CountLayers(LayerKind kind) const;
  // Those that have the parts, without multi-token prediction.
  std::uint64_t CountLayers(LayerParts parts) const;
  std::uint64_t CountWindowedLayers() const;
};

// Returns what `config` says by the family's rules; nullopt if a size that the family needs is
// missing or absurd, which `findings` then says. Sizes are bounded (10,000 layers, 2^20 experts,
// else 2^32), so that nothing is allocated or counted by a number that a file merely claims.
std::optional<ModelSpec> ResolveSpec(const ModelConfig& config, const Family& family,
                                     std::vector<Finding>& findings);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_MODEL_SPEC_H_
