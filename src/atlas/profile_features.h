// The shapes of a component's norms and spectra in 56 bytes, whatever its layers and sizes.
#ifndef MODELKIN_ATLAS_PROFILE_FEATURES_H_
#define MODELKIN_ATLAS_PROFILE_FEATURES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "sketch/sketch.h"

namespace modelkin {

inline constexpr std::size_t kProfileFeatures = 3 * kNormValues + 2 * kSpectrumValues;
inline constexpr std::size_t kLeastSharedFeatures = kNormValues;

// Means over layers of the profiles' values, 1 to 255: of the norms before attention and before the
// MLP, of keys' spectra, of routers', and of all norms, which alone a nameless component has. 0: no
// layer has it.
using ProfileFeatures = std::array<std::uint8_t, kProfileFeatures>;

// Values of 0, which stand for a quantile of 0, are left out of the means.
ProfileFeatures FeaturesOf(const SketchedComponent& component);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_PROFILE_FEATURES_H_
