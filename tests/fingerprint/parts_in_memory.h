// Models whose files are in memory.
#ifndef MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_
#define MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_

#include <string>
#include <vector>

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

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_FINGERPRINT_PARTS_IN_MEMORY_H_
