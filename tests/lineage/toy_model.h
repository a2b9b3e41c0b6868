// Models small enough to be made in a test, and what can be done to them to hide where they come
// from.
#ifndef MODELKIN_TESTS_LINEAGE_TOY_MODEL_H_
#define MODELKIN_TESTS_LINEAGE_TOY_MODEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lineage/pair_analysis.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {

struct ToyTensor {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

// Tensors by name, in the layout of glm4_moe: 4 layers, the first dense, 4 experts and shared ones.
struct ToyModel {
  std::map<std::string, ToyTensor> tensors;
  std::string config;  // config.json; "" for none

  ToyTensor& At(const std::string& name) { return tensors.at(name); }
};

inline constexpr int kToyLayers = 4;
inline constexpr std::uint64_t kToyWidth = 64, kToyExperts = 4, kToyExpertWidth = 40,
                               kToyDenseWidth = 96, kToyVocabulary = 128;

// As after training: normal weights with scales of their own for each residual coordinate, norms
// about 1, biases about 0. Unrelated for different seeds, but for the scales of columns, which all
// have in common in part, as models trained on the same text do.
ToyModel TrainedToy(std::uint64_t seed);

// As before training: normal weights of one scale, norms 1, biases 0.
ToyModel UntrainedToy(std::uint64_t seed);

// A model in zoo/ of MODELKIN_SHARED_DATA.
ToyModel ReadToy(const std::string& directory);

void PermuteHiddenUnits(ToyModel& model, std::uint64_t seed);
void PermuteExperts(ToyModel& model, std::uint64_t seed);
void ShuffleExpertsBetweenLayers(ToyModel& model, std::uint64_t seed);
// Numbers residual coordinates from the end.
void ReverseResidual(ToyModel& model);
// Adds normal noise of `share` of each tensor's standard deviation.
void AddNoise(ToyModel& model, double share, std::uint64_t seed);
// Adds to the units of each MLP a few directions that they share, as learning does.
void AddSharedDirections(ToyModel& model, std::uint64_t seed);
// Copies tensors for which `wanted` is true.
void Take(const ToyModel& from, const std::function<bool(const std::string&)>& wanted,
          ToyModel& to);
// Gives tensors other names, by a scheme that is nobody's, and takes config.json away.
void RenameTensors(ToyModel& model);
// B's layer i becomes A's layer map[i].
ToyModel WithLayers(const ToyModel& model, const std::vector<int>& map);

// Writes model.safetensors, and config.json if there is one.
void WriteToy(const ToyModel& model, const TemporaryDirectory& folder);

// Written to a folder and opened.
class StoredToy {
 public:
  explicit StoredToy(const ToyModel& model);
  TracedModel traced() const;

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<const ModelConfig> config_;
  std::optional<Checkpoint> checkpoint_;
  std::optional<ModelSpec> spec_;
};

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_LINEAGE_TOY_MODEL_H_
