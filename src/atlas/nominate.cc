#include "atlas/nominate.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <utility>

#include "atlas/bit_scan.h"
#include "atlas/profile_scan.h"

namespace modelkin {
namespace {

// Looked at layer by layer.
constexpr std::size_t kNearestProfiles = 64;
constexpr double kLayerErrorRate = 0.01;

double CosineVariance(std::uint64_t effective_a, std::uint64_t effective_b) {
  const double product = static_cast<double>(std::max<std::uint64_t>(effective_a, 1)) *
                         static_cast<double>(std::max<std::uint64_t>(effective_b, 1));
  return 1 / std::sqrt(product);
}

const SketchedComponent* ComponentAt(const Sketch& sketch, Component kind,
                                     const SketchPlace& place) {
  const auto found = std::ranges::find_if(sketch.components, [&](const SketchedComponent& c) {
    return c.kind == kind && c.place == place;
  });
  return found == sketch.components.end() ? nullptr : &*found;
}

BitEvidence EvidenceOf(const SketchedComponent& query, const BitMatch& match) {
  return {.kind = query.kind,
          .place = query.place,
          .agreements = match.agreements,
          .log_p = LogAgreementTail(kComponentBits, match.agreements,
                                    CosineVariance(query.effective_values, match.effective_values)),
          .cosine = EstimateCosine(kComponentBits, match.agreements)};
}

// A record with several components is nominated by its best one.
void NominateByBits(const Atlas& atlas, const Sketch& query, const NominationSettings& settings,
                    Nominations& found) {
  std::vector<BitQuery> queries;
  std::vector<const SketchedComponent*> components;
  for (const SketchedComponent& component : query.components) {
    if (component.nameless) continue;
    components.push_back(&component);
    queries.push_back({.kind = component.kind, .place = component.place, .bits = component.bits});
  }
  found.comparisons = std::max<std::uint64_t>(1, found.records * components.size());
  if (components.empty()) return;
  // Passes whatever could be nominated. How many effective values a record has is read later.
  const std::uint64_t scanned =
      AgreementLimit(kComponentBits, 0, settings.error_rate, found.comparisons);
  std::uint64_t nominated = scanned;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    queries[i].least_agreements = scanned;
    const std::uint64_t values = components[i]->effective_values;
    nominated = std::max(nominated, AgreementLimit(kComponentBits, CosineVariance(values, values),
                                                   settings.error_rate, found.comparisons));
  }
  found.least_agreements = nominated;
  found.found_cosine = DetectableCosine(kComponentBits, nominated);
  const double limit =
      std::log(settings.error_rate) - std::log(static_cast<double>(found.comparisons));
  const auto answers = ScanBits(atlas, queries, settings.most_by_bits, settings.threads);
  std::set<std::uint64_t> known;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    found.comparable += answers[i].compared;
    found.reached += answers[i].reached;
    for (const BitMatch& match : answers[i].matches) {
      const BitEvidence evidence = EvidenceOf(*components[i], match);
      if (evidence.log_p > limit) {
        --found.reached;
      } else if (known.insert(match.id).second) {
        found.by_bits.push_back({.id = match.id, .bits = evidence});
      }
    }
  }
  std::ranges::sort(found.by_bits, {}, [](const Nomination& nomination) {
    return std::pair(nomination.bits->log_p, nomination.id);
  });
  for (Nomination& nomination : found.by_bits) {
    const Sketch record = atlas.Read(nomination.id);
    BitEvidence& bits = *nomination.bits;
    const SketchedComponent* const own = ComponentAt(query, bits.kind, bits.place);
    const SketchedComponent* const other = ComponentAt(record, bits.kind, bits.place);
    if (own == nullptr || other == nullptr) continue;
    bits.layers = own->layers.size();
    bits.layers_matched = CountMatchedLayers(*own, *other);
  }
}

void NominateByProfile(const Atlas& atlas, const Sketch& query, const NominationSettings& settings,
                       Nominations& found) {
  if (settings.most_by_profile == 0) return;
  std::set<std::uint64_t> known;
  for (const Nomination& nomination : found.by_bits) known.insert(nomination.id);
  for (const SketchedComponent& component : query.components) {
    const auto nearest = ScanProfiles(atlas, component.kind, FeaturesOf(component),
                                      kNearestProfiles + known.size(), settings.threads);
    for (const ProfileMatch& match : nearest) {
      if (!known.insert(match.id).second) continue;
      const Sketch record = atlas.Read(match.id);
      for (const SketchedComponent& other : record.components) {
        if (other.kind != component.kind) continue;
        const auto difference = ProfileDifference(component, other);
        if (difference) {
          found.by_profile.push_back({.id = match.id, .profile_difference = difference});
        }
        break;
      }
    }
  }
  std::ranges::sort(found.by_profile, {}, [](const Nomination& nomination) {
    return std::pair(*nomination.profile_difference, nomination.id);
  });
  if (found.by_profile.size() > settings.most_by_profile) {
    found.by_profile.resize(settings.most_by_profile);
  }
}

template <std::size_t count>
double MeanDifference(const Profile<count>& a, const Profile<count>& b) {
  int sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += std::abs(int{a[k]} - int{b[k]});
  return sum / static_cast<double>(count);
}

// Differences to the nearest of others, and how many there are.
class MeanOfNearest {
 public:
  template <class Entries, class Difference>
  void Add(const Entries& others, const Difference& difference) {
    std::optional<double> nearest;
    for (const auto& other : others) {
      const std::optional<double> distance = difference(other);
      if (distance && (!nearest || *distance < *nearest)) nearest = distance;
    }
    if (!nearest) return;
    sum_ += *nearest;
    ++count_;
  }
  std::optional<double> Mean() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / count_;
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

// Of the norms that both layers have. Where the names of one tell nothing, its norms may be either.
std::optional<double> NormDifference(const SketchedLayer& a, const SketchedLayer& b,
                                     bool nameless) {
  std::optional<double> smallest;
  double sum = 0;
  int count = 0;
  const auto add = [&](const auto& of_a, const auto& of_b) {
    if (!of_a || !of_b) return;
    const double difference = MeanDifference(*of_a, *of_b);
    sum += difference;
    ++count;
    if (!smallest || difference < *smallest) smallest = difference;
  };
  add(a.attention_norm, b.attention_norm);
  add(a.mlp_norm, b.mlp_norm);
  if (nameless) {
    add(a.attention_norm, b.mlp_norm);
    add(a.mlp_norm, b.attention_norm);
    return smallest;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace

Nominations Nominate(const Atlas& atlas, const Sketch& query, const NominationSettings& settings) {
  Nominations found{.records = atlas.CountRecords()};
  NominateByBits(atlas, query, settings, found);
  NominateByProfile(atlas, query, settings, found);
  return found;
}

std::uint64_t CountMatchedLayers(const SketchedComponent& a, const SketchedComponent& b) {
  const std::uint64_t pairs = a.layers.size() * b.layers.size();
  if (pairs == 0) return 0;
  const std::uint64_t limit = AgreementLimit(
      kLayerBits, CosineVariance(a.effective_values, b.effective_values), kLayerErrorRate, pairs);
  return static_cast<std::uint64_t>(std::ranges::count_if(a.layers, [&](const SketchedLayer& own) {
    return std::ranges::any_of(b.layers, [&](const SketchedLayer& other) {
      return CountEqualBits(own.bits, other.bits) >= limit;
    });
  }));
}

std::optional<double> ProfileDifference(const SketchedComponent& a, const SketchedComponent& b) {
  // What has names has norms alone, each of which is among the other's vectors.
  if (a.nameless && !b.nameless) return ProfileDifference(b, a);
  const bool nameless = a.nameless || b.nameless;
  MeanOfNearest norms, keys, routers;
  for (const SketchedLayer& layer : a.layers) {
    norms.Add(b.layers,
              [&](const SketchedLayer& other) { return NormDifference(layer, other, nameless); });
  }
  const auto spectrum = [](const SketchedSpectrum& own) {
    return [&own](const SketchedSpectrum& other) {
      return std::optional(MeanDifference(own.values, other.values));
    };
  };
  for (const SketchedSpectrum& own : a.keys) keys.Add(b.keys, spectrum(own));
  for (const SketchedSpectrum& own : a.routers) routers.Add(b.routers, spectrum(own));
  double sum = 0;
  int parts = 0;
  for (const auto& mean : {norms.Mean(), keys.Mean(), routers.Mean()}) {
    if (!mean) continue;
    sum += *mean;
    ++parts;
  }
  if (parts == 0) return std::nullopt;
  return sum / parts;
}

}  // namespace modelkin
