// How the weights of one training run move from checkpoint to checkpoint, by depth.
#ifndef MODELKIN_FINGERPRINT_TRAINING_DYNAMICS_H_
#define MODELKIN_FINGERPRINT_TRAINING_DYNAMICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/named_fields.h"
#include "base/progress.h"
#include "lineage/model_parts.h"
#include "lineage/residual_trace.h"

namespace modelkin {

// Of a set of tensors, taken as one vector S over all their elements, at checkpoints S_1 to S_n.
// Norms are Euclidean, which is Frobenius' for a matrix. docs/kinship.md, "A series of
// checkpoints".
struct DriftProfile {
  std::optional<std::uint32_t> layer;  // if they are a layer's
  std::uint64_t tensors = 0, elements = 0;
  std::vector<double> norms;  // n: |S_k|
  std::vector<double> steps;  // n - 1: |S_{k+1} - S_k|
  // n - 1 each: |S_{k+1} - S_k| / |S_k| and |S_{k+1} - S_1| / |S_1|; nothing over a norm of 0.
  std::vector<std::optional<double>> drifts, total_drifts;
  // n - 2: of S_{k+2} - S_{k+1} with S_{k+1} - S_k, from -1 to 1; nothing where one of them is 0.
  // Above 0 where training goes on in a direction, below where it swings back.
  std::vector<std::optional<double>> update_cosines;
  // The last drift over the largest one, from 0 to 1; nothing where nothing ever moved, or where a
  // drift is not known. It says "still moves" only where checkpoints are about as far apart.
  std::optional<double> still_moving;
};

template <>
inline constexpr std::tuple kNamedFields<DriftProfile> = {
    NamedField("layer", &DriftProfile::layer),
    NamedField("tensors", &DriftProfile::tensors),
    NamedField("elements", &DriftProfile::elements),
    NamedField("norms", &DriftProfile::norms),
    NamedField("steps", &DriftProfile::steps),
    NamedField("drifts", &DriftProfile::drifts),
    NamedField("total_drifts", &DriftProfile::total_drifts),
    NamedField("update_cosines", &DriftProfile::update_cosines),
    NamedField("still_moving", &DriftProfile::still_moving)};

// A checkpoint whose weights an earlier one has.
struct SameCheckpoint {
  std::size_t checkpoint = 0, same_as = 0;
};

struct TrainingDynamics {
  std::vector<DriftProfile> layers;     // ascending
  std::optional<DriftProfile> outside;  // of what is in no layer, if there is such
  DriftProfile all;                     // of layers and outside together
  // Numbers of layers, largest last drift first, the lower number first of equals; layers without
  // a last drift, or that did not move in the last step, are not in it.
  std::vector<std::uint32_t> by_last_drift;
  // Checkpoints, from 0, with the same values in all tensors as one before them: next to it, or the
  // first. None where a tensor could not be compared.
  std::vector<SameCheckpoint> repeated;
  std::uint64_t not_in_all = 0;  // names that a checkpoint lacks or has in another shape
  // Of what all have: stored as codes of a quantisation, or with values that are not finite.
  std::vector<SkippedTensor> left_out;
};

// Descriptive: no test, no p-value. `checkpoints` are those of one run in the order of training, at
// least 3, else throws Error(kUsage). Reads all of them once, block by block. Types may differ from
// one to the next; sums are in double, in an order that does not depend on `threads`.
TrainingDynamics FollowTraining(const std::vector<const ModelParts*>& checkpoints, unsigned threads,
                                Progress& progress);

// Bytes that FollowTraining reads, as `progress` is advanced.
std::uint64_t FollowTrainingBytes(const std::vector<const ModelParts*>& checkpoints);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_TRAINING_DYNAMICS_H_
