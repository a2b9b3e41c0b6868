// A model in memory, whose units are put in another order again and again.
#ifndef MODELKIN_BENCH_CALIBRATION_REORDERED_MODEL_H_
#define MODELKIN_BENCH_CALIBRATION_REORDERED_MODEL_H_

#include <cstdint>
#include <vector>

#include "lineage/model_parts.h"
#include "statistics/random.h"

namespace modelkin {

// Holds the values of a model's parts. Thread-safe.
class ReorderedModel {
 public:
  explicit ReorderedModel(const ModelParts& model);

  // Returns it as it is.
  ModelParts AsStored() const { return With(std::vector<float>(values_)); }
  // Returns it with its residual coordinates in random order, the same in all tensors.
  ModelParts WithResidual(Random& random) const;
  // Returns it with gate, up and down weights of each MLP each in an order of its own, and routers'
  // rows too: nothing is left for matchings to agree on, nor for units to be in place.
  ModelParts WithUnitsApart(Random& random) const;

 private:
  std::size_t BeginOf(const Part& part) const;
  void Reorder(const Part& part, std::size_t axis, const std::vector<std::uint32_t>& order,
               std::vector<float>& values) const;
  ModelParts With(std::vector<float> values) const;

  const ModelParts& model_;
  std::vector<std::size_t> begins_;  // of each part in values_
  std::vector<float> values_;
};

}  // namespace modelkin

#endif  // MODELKIN_BENCH_CALIBRATION_REORDERED_MODEL_H_
