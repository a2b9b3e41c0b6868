// Which rule of a family each tensor of a checkpoint follows.
#ifndef MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_
#define MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "architecture/family.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

struct MatchedTensor {
  const Tensor* tensor = nullptr;
  const TensorRule* rule = nullptr;  // null: none
  bool is_scale = false;             // or another companion of the codes that `rule` is about
  std::optional<std::uint32_t> layer, expert;
};

// By name alone, codes and their companions by that of the weight that they stand for: whether
// shape, layer and flags agree is another question. What tools wrap models in does not count
// (WithoutWrappers), nor what names of a decoder begin with (InsideDecoder).
class TensorMatcher {
 public:
  explicit TensorMatcher(const Family& family);

  MatchedTensor Match(const Tensor& tensor) const;

 private:
  const TensorRule* Find(std::string_view pattern) const;

  std::unordered_map<std::string_view, const TensorRule*> rules_;
};

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_
