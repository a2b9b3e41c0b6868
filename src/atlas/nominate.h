// Which models of an atlas may be relatives of one, for `trace` to decide: docs/atlas.md.
#ifndef MODELKIN_ATLAS_NOMINATE_H_
#define MODELKIN_ATLAS_NOMINATE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "atlas/atlas.h"
#include "sketch/sketch.h"
#include "statistics/sign_agreement.h"

namespace modelkin {

// What two components' bits have in common.
struct BitEvidence {
  Component kind = Component::kText;
  SketchPlace place;
  std::uint64_t agreements = 0;  // of kComponentBits
  double log_p = 0;              // natural log, between strangers; of this pair alone
  CosineEstimate cosine;
  // Layers of the query whose bits agree with those of some layer of the record, of all whose bits
  // are known.
  std::uint64_t layers = 0, layers_matched = 0;
};

struct Nomination {
  std::uint64_t id = 0;             // of the record
  std::optional<BitEvidence> bits;  // nullopt: nominated by the invariant part
  // Mean difference of codes of norms and spectra, layer by layer; of what bits nominate nullopt.
  std::optional<double> profile_difference;
};

struct NominationSettings {
  double error_rate = 0.01;  // of a stranger among those by bits, over the whole atlas
  std::uint64_t most_by_bits = 1000;
  std::uint64_t most_by_profile = 4;
  unsigned threads = 0;
};

struct Nominations {
  std::uint64_t records = 0;      // of the atlas
  std::uint64_t comparable = 0;   // components whose bits were compared
  std::uint64_t comparisons = 0;  // that the error rate is divided by
  // That a component of as many effective values as the model's has to reach, of its components the
  // most, and the cosine that does so with a probability of 0.95; nullopt where no bits were
  // compared.
  std::optional<std::uint64_t> least_agreements;
  std::optional<double> found_cosine;
  std::uint64_t reached = 0;           // by bits, of which the best are in the list
  std::vector<Nomination> by_bits;     // smallest p first
  std::vector<Nomination> by_profile;  // nearest first, without those by bits
};

// Scans the whole atlas. The same for any number of threads.
Nominations Nominate(const Atlas& atlas, const Sketch& query, const NominationSettings& settings);

// Returns how many of a's layers have bits that agree with those of a layer of b more than all
// pairs of strangers' layers do. An estimate: a layer is taken to have as many effective values as
// its component, so that its error rate is near 0.01 and not held to it. Nominates nothing.
std::uint64_t CountMatchedLayers(const SketchedComponent& a, const SketchedComponent& b);

// Returns the mean over layers of a, and over its spectra, of the difference to the nearest layer
// of b, in codes; nullopt where they have nothing in common. Where a is nameless and b is not, the
// mean over those of b.
std::optional<double> ProfileDifference(const SketchedComponent& a, const SketchedComponent& b);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_NOMINATE_H_
