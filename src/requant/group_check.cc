#include "requant/tensor_check.h"

namespace modelkin {

std::unique_ptr<const TensorCheck> MakeGroupCheck(const CheckedPair&, std::string&) {
  return nullptr;
}

}  // namespace modelkin
