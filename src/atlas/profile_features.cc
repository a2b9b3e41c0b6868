#include "atlas/profile_features.h"

#include <optional>
#include <span>

namespace modelkin {
namespace {

// Sums of values above 0, feature by feature.
class FeatureSums {
 public:
  void Add(std::size_t first, std::span<const std::uint8_t> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      sums_[first + i] += values[i];
      counts_[first + i] += values[i] > 0;
    }
  }
  ProfileFeatures Means() const {
    ProfileFeatures means = {};
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (counts_[i] == 0) continue;
      means[i] = static_cast<std::uint8_t>((sums_[i] + counts_[i] / 2) / counts_[i]);
    }
    return means;
  }

 private:
  std::array<std::uint64_t, kProfileFeatures> sums_ = {}, counts_ = {};
};

}  // namespace

ProfileFeatures FeaturesOf(const SketchedComponent& component) {
  FeatureSums sums;
  constexpr std::size_t kAllNorms = 2 * kNormValues + 2 * kSpectrumValues;
  for (const SketchedLayer& layer : component.layers) {
    for (const auto& norm : {layer.attention_norm, layer.mlp_norm}) {
      if (norm) sums.Add(kAllNorms, *norm);
    }
    if (component.nameless) continue;
    if (layer.attention_norm) sums.Add(0, *layer.attention_norm);
    if (layer.mlp_norm) sums.Add(kNormValues, *layer.mlp_norm);
  }
  for (const SketchedSpectrum& keys : component.keys) sums.Add(2 * kNormValues, keys.values);
  for (const SketchedSpectrum& routers : component.routers) {
    sums.Add(2 * kNormValues + kSpectrumValues, routers.values);
  }
  return sums.Means();
}

}  // namespace modelkin
