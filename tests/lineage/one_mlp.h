// Toy models of one layer with one MLP.
#ifndef MODELKIN_TESTS_LINEAGE_ONE_MLP_H_
#define MODELKIN_TESTS_LINEAGE_ONE_MLP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lineage/toy_model.h"

namespace modelkin::testing {

inline constexpr std::uint64_t kOneMlpWidth = 32;  // residual coordinates
inline const std::string kOneMlpPrefix = "model.layers.0.mlp.";

// Of normal weights.
ToyModel OneMlp(std::uint64_t seed, std::uint64_t units, bool gated = true);

// Units order[0], order[1], ... of the model's MLP.
ToyModel ChooseUnits(const ToyModel& model, const std::vector<std::size_t>& order);

std::vector<std::size_t> RandomOrder(std::size_t count, std::uint64_t seed);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_LINEAGE_ONE_MLP_H_
