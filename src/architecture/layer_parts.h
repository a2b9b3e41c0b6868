// What a layer has that others of its model may lack.
#ifndef MODELKIN_ARCHITECTURE_LAYER_PARTS_H_
#define MODELKIN_ARCHITECTURE_LAYER_PARTS_H_

#include <cstdint>

namespace modelkin {

enum class LayerPart : std::uint32_t {
  // What mixes tokens: mostly one of these, or none where a layer is an MLP.
  kAttention = 1,
  kLinearAttention = 2,  // with a state in place of past keys and values
  kStateSpace = 4,       // Mamba
  kConvolution = 8,      // over a few tokens
  // Of attention.
  kWindow = 16,            // to the last tokens only
  kOwnKeys = 32,           // and values, of the layer itself
  kSharedKeys = 64,        // and values, of an earlier layer
  kOwnValues = 128,        // that are not the keys once more
  kIndexer = 256,          // that chooses which tokens to attend to
  kCompressor = 512,       // of runs of past tokens to one each
  kLongRuns = 1024,        // which are of many tokens
  kDirectQueries = 32768,  // of the residual stream, not of a low rank
  // Of MLPs.
  kMlpAlone = 2048,       // and nothing that mixes tokens
  kLearnedChoice = 4096,  // of experts, by a router and not by a table of tokens
  kTabledChoice = 8192,   // by that table
  kPlainMlp = 16384,      // no experts stand beside it
};

// A set of them.
class LayerParts {
 public:
  constexpr LayerParts() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a part is a set of one.
  constexpr LayerParts(LayerPart part) : bits_(static_cast<std::uint32_t>(part)) {}

  constexpr bool Has(LayerParts parts) const { return (bits_ & parts.bits_) == parts.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }

  friend constexpr LayerParts operator|(LayerParts a, LayerParts b) {
    a.bits_ = static_cast<std::uint32_t>(a.bits_ | b.bits_);
    return a;
  }
  constexpr bool operator==(const LayerParts&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

constexpr LayerParts operator|(LayerPart a, LayerPart b) { return LayerParts(a) | LayerParts(b); }

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_LAYER_PARTS_H_
