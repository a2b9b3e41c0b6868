// Models whose files are in memory.
#ifndef MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_
#define MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_

#include <string>
#include <vector>

#include "fingerprint/token_pairs.h"
#include "lineage/model_parts.h"
#include "lineage/toy_model.h"
#include "support/safetensors_writer.h"

namespace modelkin::testing {

// The values as they are in memory: float for "F32", double for "F64".
template <class Value>
TestTensor TensorOf(std::string name, std::string dtype, std::vector<std::uint64_t> shape,
                    const std::vector<Value>& values) {
  const auto* const bytes = reinterpret_cast<const char*>(values.data());
  return {std::move(name), std::move(dtype), std::move(shape),
          std::string(bytes, values.size() * sizeof(Value))};
}

// By names and shapes, without a config.json.
ModelParts PartsInMemory(const std::vector<TestTensor>& tensors);
ModelParts PartsInMemory(const ToyModel& model);

// Returns draws of a standard normal law.
std::vector<float> NormalNumbers(std::size_t count, std::uint64_t seed);

// Returns a model of an embedding with these rows of `width` and a norm.
ModelParts EmbeddingInMemory(const std::vector<float>& rows, std::size_t width);

// Returns the first `count` tokens, each with itself.
TokenPairs SameTokens(std::size_t count);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_
