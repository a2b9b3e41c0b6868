#include "lineage/one_mlp.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace modelkin::testing {
namespace {

ToyTensor NormalTensor(std::vector<std::uint64_t> shape, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  ToyTensor tensor{.shape = shape, .values = std::vector<float>(shape[0] * shape[1])};
  for (float& value : tensor.values) value = normal(random);
  return tensor;
}

}  // namespace

ToyModel OneMlp(std::uint64_t seed, std::uint64_t units, bool gated) {
  std::mt19937_64 random(seed);
  ToyModel model;
  model.tensors.emplace("model.embed_tokens.weight", NormalTensor({50, kOneMlpWidth}, random));
  model.tensors.emplace(kOneMlpPrefix + "up_proj.weight",
                        NormalTensor({units, kOneMlpWidth}, random));
  model.tensors.emplace(kOneMlpPrefix + "down_proj.weight",
                        NormalTensor({kOneMlpWidth, units}, random));
  if (gated) {
    model.tensors.emplace(kOneMlpPrefix + "gate_proj.weight",
                          NormalTensor({units, kOneMlpWidth}, random));
  }
  return model;
}

ToyModel ChooseUnits(const ToyModel& model, const std::vector<std::size_t>& order) {
  ToyModel chosen = model;
  for (auto& [name, tensor] : chosen.tensors) {
    if (!name.starts_with(kOneMlpPrefix)) continue;
    const ToyTensor before = tensor;
    const bool down = name.ends_with("down_proj.weight");
    tensor.shape[down ? 1 : 0] = order.size();
    tensor.values.resize(order.size() * kOneMlpWidth);
    for (std::size_t unit = 0; unit < order.size(); ++unit) {
      for (std::size_t i = 0; i < kOneMlpWidth; ++i) {
        tensor.values[down ? i * order.size() + unit : unit * kOneMlpWidth + i] =
            before
                .values[down ? i * before.shape[1] + order[unit] : order[unit] * kOneMlpWidth + i];
      }
    }
  }
  return chosen;
}

std::vector<std::size_t> RandomOrder(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  return order;
}

}  // namespace modelkin::testing
