// What a layer has that others of its model may lack.
#ifndef MODELKIN_ARCHITECTURE_LAYER_PARTS_H_
#define MODELKIN_ARCHITECTURE_LAYER_PARTS_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace modelkin {

enum class LayerPart : std::uint32_t {
  // What mixes tokens: mostly one of these, or none where a layer is an MLP.
  kAttention = 1 << 0,
  kLinearAttention = 1 << 1,  // with a state in place of past keys and values
  kStateSpace = 1 << 2,       // Mamba
  kConvolution = 1 << 3,      // over a few tokens
  // Of attention.
  kWindow = 1 << 4,         // to the last tokens only
  kOwnKeys = 1 << 5,        // and values, of the layer itself
  kSharedKeys = 1 << 6,     // and values, of an earlier layer
  kOwnValues = 1 << 7,      // that are not the keys once more
  kDirectQueries = 1 << 8,  // of the residual stream, not of a low rank
  kIndexer = 1 << 9,        // that chooses which tokens to attend to
  kCompressor = 1 << 10,    // of runs of past tokens to one each
  kLongRuns = 1 << 11,      // which are of many tokens
  // Of MLPs.
  kMlpAlone = 1 << 12,       // and nothing that mixes tokens
  kPlainMlp = 1 << 13,       // no experts stand beside it
  kLearnedChoice = 1 << 14,  // of experts, by a router and not by a table of tokens
  kTabledChoice = 1 << 15,   // by that table
};

// What a layer that has it is said to have.
inline constexpr std::array<std::pair<LayerPart, std::string_view>, 16> kLayerPartNames = {{
    {LayerPart::kAttention, "attention"},
    {LayerPart::kLinearAttention, "linear attention"},
    {LayerPart::kStateSpace, "a state space"},
    {LayerPart::kConvolution, "a convolution"},
    {LayerPart::kWindow, "a window"},
    {LayerPart::kOwnKeys, "keys of its own"},
    {LayerPart::kSharedKeys, "an earlier layer's keys"},
    {LayerPart::kOwnValues, "values that are not its keys"},
    {LayerPart::kDirectQueries, "queries of no low rank"},
    {LayerPart::kIndexer, "an indexer"},
    {LayerPart::kCompressor, "runs of tokens"},
    {LayerPart::kLongRuns, "long runs"},
    {LayerPart::kMlpAlone, "an MLP alone"},
    {LayerPart::kPlainMlp, "no experts"},
    {LayerPart::kLearnedChoice, "a router"},
    {LayerPart::kTabledChoice, "a table of experts"},
}};

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
    a.bits_ |= b.bits_;
    return a;
  }
  constexpr bool operator==(const LayerParts&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

constexpr LayerParts operator|(LayerPart a, LayerPart b) { return LayerParts(a) | LayerParts(b); }

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_LAYER_PARTS_H_
