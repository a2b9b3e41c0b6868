#include "atlas/tree_records.h"

#include <map>
#include <tuple>

#include "atlas/database.h"
#include "statistics/sign_agreement.h"

namespace modelkin {
namespace {

constexpr double kRepetitionErrorRate = 0.001;

using ShapeKey = std::tuple<Component, Role, std::uint64_t, std::uint64_t>;

// Limits for repeated layers, by what they depend on.
class RepetitionLimits {
 public:
  std::uint64_t Find(std::uint64_t effective_values, std::uint64_t pairs) {
    const auto [found, is_new] = limits_.try_emplace({ValueLevel(effective_values), pairs});
    if (is_new) {
      found->second = AgreementLimit(kLayerBits, VarianceOfLevels(2 * found->first.first),
                                     kRepetitionErrorRate, pairs);
    }
    return found->second;
  }

 private:
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> limits_;
};

std::uint64_t LayerPairs(const SketchedComponent& component) {
  const std::uint64_t count = component.layers.size();
  return count < 2 ? 0 : count * (count - 1) / 2;
}

std::uint64_t RepeatedPairs(const SketchedComponent& component, RepetitionLimits& limits) {
  const std::size_t count = component.layers.size();
  if (count < 2) return 0;
  const std::uint64_t limit = limits.Find(component.effective_values, LayerPairs(component));
  std::uint64_t repeated = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) {
      repeated += CountEqualBits(component.layers[i].bits, component.layers[j].bits) >= limit;
    }
  }
  return repeated;
}

}  // namespace

std::uint64_t CountRepeatedLayers(const SketchedComponent& component) {
  RepetitionLimits limits;
  return RepeatedPairs(component, limits);
}

TreeRecords ReadTreeRecords(const Atlas& atlas) {
  TreeRecords records;
  std::map<ShapeKey, ShapeBucket> buckets;
  RepetitionLimits limits;
  atlas.ForEachSketch([&](std::uint64_t id, const Sketch& sketch) {
    const auto index = static_cast<std::uint32_t>(records.models.size());
    TreeModel& model = records.models.emplace_back();
    model.id = id;
    model.name = sketch.name;
    model.location = sketch.location;
    model.family = sketch.family;
    model.sizes = sketch.sizes;
    model.base_models = sketch.base_models;
    for (const SketchedComponent& component : sketch.components) {
      if (component.nameless) continue;
      const std::uint64_t repeated = RepeatedPairs(component, limits);
      model.repeated_layers += repeated;
      // Layers that are alike have a structure that no training made, as an identity that they
      // started as: strangers may have the same.
      if (2 * repeated > LayerPairs(component)) continue;
      const SketchPlace& place = component.place;
      ShapeBucket& bucket = buckets[{component.kind, place.role, place.rows, place.columns}];
      bucket.kind = component.kind;
      bucket.place = place;
      // Of a record that has two such components, the first.
      if (!bucket.models.empty() && bucket.models.back() == index) continue;
      bucket.models.push_back(index);
      bucket.levels.push_back(ValueLevel(component.effective_values));
      bucket.bits.push_back(component.bits);
    }
  });
  for (auto& [key, bucket] : buckets) records.buckets.push_back(std::move(bucket));
  return records;
}

}  // namespace modelkin
