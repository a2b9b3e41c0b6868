// What is kept of a model to find its relatives among millions: docs/atlas.md, "The sketch".
#ifndef MODELKIN_SKETCH_SKETCH_H_
#define MODELKIN_SKETCH_SKETCH_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "architecture/placed_tensor.h"

namespace modelkin {

// Of the rules below and of the record's form. Sketches of different versions are not compared.
inline constexpr std::uint32_t kSketchVersion = 1;

inline constexpr std::size_t kComponentBits = 4096;
inline constexpr std::size_t kLayerBits = 512;
inline constexpr std::size_t kMostSketchLayers = 64;  // of a component
inline constexpr std::size_t kSpectrumValues = 16;
inline constexpr std::size_t kNormValues = 8;
inline constexpr std::size_t kMostSpectra = 16;  // of each kind
inline constexpr std::size_t kVocabularyHashes = 128;
inline constexpr std::size_t kMostFileDigests = 32;

// Bit k is bit k % 64 of word k / 64.
template <std::size_t bits>
using BitRow = std::array<std::uint64_t, bits / 64>;
using ComponentBits = BitRow<kComponentBits>;
using LayerBits = BitRow<kLayerBits>;

// Returns how many bits are the same in both.
template <std::size_t words>
std::uint64_t CountEqualBits(const std::array<std::uint64_t, words>& a,
                             const std::array<std::uint64_t, words>& b) {
  std::uint64_t agreements = 0;
  for (std::size_t i = 0; i < words; ++i) {
    agreements += static_cast<std::uint64_t>(std::popcount(~(a[i] ^ b[i])));
  }
  return agreements;
}

// A shape of a distribution that no order changes: quantiles beside its middle, each as
// round(128 + steps * log2(quantile / middle)), in 1 to 255. 0: a quantile of 0.
template <std::size_t count>
using Profile = std::array<std::uint8_t, count>;

// The matrices that were projected. Bits of two sketches are comparable where all three are equal.
struct SketchPlace {
  Role role = Role::kUnknown;
  std::uint64_t rows = 0, columns = 0;

  bool operator==(const SketchPlace&) const = default;
};

struct SketchedLayer {
  std::uint32_t layer = 0;
  LayerBits bits = {};
  // Sorted weights of the norms before attention and before the MLP; nullopt where there is none,
  // or all are the same. Of a model whose names tell no layers (SketchedComponent::nameless) the
  // first is that of any norm.
  std::optional<Profile<kNormValues>> attention_norm, mlp_norm;
};

struct SketchedSpectrum {
  std::uint32_t layer = 0;
  Profile<kSpectrumValues> values = {};
};

struct SketchedComponent {
  Component kind = Component::kText;
  SketchPlace place;
  ComponentBits bits = {};
  // How many independent values the projected matrix is worth: between strangers the cosine of two
  // such matrices has a variance of at most 1 / sqrt(product of the two), docs/atlas.md.
  std::uint64_t effective_values = 0;
  bool nameless = false;              // no name tells a layer: they are numbered matrices
  std::vector<SketchedLayer> layers;  // ascending
  // Singular values of keys, with the norm before them folded in, and of routers.
  std::vector<SketchedSpectrum> keys, routers;  // ascending by layer
};

struct SketchSizes {
  std::uint64_t parameters = 0, bytes = 0;
  std::uint64_t layers = 0, width = 0;  // 0: not known, as all below
  std::uint64_t heads = 0, groups = 0, experts = 0, vocabulary = 0;
};

struct Sketch {
  // What the model is called: "org/name", or the path that it was read from.
  std::string name;
  // Where it was read from, to read it again: hf://org/name@commit, or an absolute path.
  std::string location;
  std::string family;  // model_type of config.json; "" where there is none
  SketchSizes sizes;
  std::vector<std::string> base_models;     // that the model's card declares
  std::vector<std::uint64_t> file_digests;  // first 8 bytes, big-endian, of headers' SHA-256s
  std::string content;  // 64 hexadecimal digits: SHA-256 of all headers' and of the values read
  std::vector<SketchedComponent> components;
  // Signs of the embedding's rows of bytes that no text has.
  std::optional<LayerBits> untrained_rows;
  // b-bit MinHash of the vocabulary (Li & Koenig, "b-Bit Minwise Hashing", WWW 2010).
  std::optional<std::array<std::uint8_t, kVocabularyHashes>> vocabulary;
};

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_SKETCH_H_
