#include "fingerprint/parts_in_memory.h"

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

}  // namespace modelkin::testing
