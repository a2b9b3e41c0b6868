#include "fingerprint/parts_in_memory.h"

#include <random>

namespace modelkin::testing {

ModelParts PartsInMemory(const std::vector<TestTensor>& tensors) {
  return PartsOf(OpenSafetensors(MakeMemorySource("memory", ToBytes(SafetensorsFile(tensors)))),
                 nullptr);
}

ModelParts PartsInMemory(const ToyModel& model) {
  std::vector<TestTensor> tensors;
  for (const auto& [name, tensor] : model.tensors) {
    tensors.push_back(TensorOf(name, "F32", tensor.shape, tensor.values));
  }
  return PartsInMemory(tensors);
}

std::vector<float> NormalNumbers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

ModelParts EmbeddingInMemory(const std::vector<float>& rows, std::size_t width) {
  return PartsInMemory(
      {TensorOf("model.embed_tokens.weight", "F32", {rows.size() / width, width}, rows),
       TensorOf("model.norm.weight", "F32", {width}, NormalNumbers(width, 99))});
}

TokenPairs SameTokens(std::size_t count) {
  TokenPairs tokens;
  for (std::uint64_t i = 0; i < count; ++i) tokens.pairs.push_back({i, i});
  return tokens;
}

}  // namespace modelkin::testing
