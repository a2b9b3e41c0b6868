// Looks through all records of an atlas for those whose norms and spectra are shaped most alike: a
// model in disguise may have no bit in common with its origin. It only nominates.
#ifndef MODELKIN_ATLAS_PROFILE_SCAN_H_
#define MODELKIN_ATLAS_PROFILE_SCAN_H_

#include <cstdint>
#include <vector>

#include "atlas/atlas.h"
#include "atlas/profile_features.h"

namespace modelkin {

struct ProfileMatch {
  std::uint64_t id = 0;  // of the record
  // Sum of absolute differences over the features that both have, and how many those are.
  std::uint64_t difference = 0, features = 0;

  double mean_difference() const {
    return static_cast<double>(difference) / static_cast<double>(features);
  }
  bool operator==(const ProfileMatch&) const = default;
};

// Returns the up to `most` components of that kind with the smallest mean differences, ties by id.
// Those with fewer than kLeastSharedFeatures in common are none. Otherwise as ScanBits.
std::vector<ProfileMatch> ScanProfiles(const Atlas& atlas, Component kind,
                                       const ProfileFeatures& query, std::size_t most,
                                       unsigned threads);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_PROFILE_SCAN_H_
