// Which rule of a family each tensor of a checkpoint follows.
#ifndef MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_
#define MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "architecture/family.h"
#include "architecture/name_pattern.h"
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
// (WithoutWrappers), nor what names of a decoder or an encoder begin with (InsideDecoder,
// InsideTower).
class TensorMatcher {
 public:
  explicit TensorMatcher(const Family& family);

  MatchedTensor Match(const Tensor& tensor) const;

  // Returns the name by which a tensor is matched.
  static NamePattern NameOf(const Tensor& tensor);
  // Returns whether a tensor of that pattern follows a rule.
  bool Knows(std::string_view pattern) const { return FindWithScale(pattern).first != nullptr; }

 private:
  std::string_view Inside(std::string_view name) const;
  const TensorRule* Find(std::string_view pattern) const;
  // The rule, and whether the name is that of a scale beside its tensor.
  std::pair<const TensorRule*, bool> FindWithScale(std::string_view pattern) const;

  Component component_;
  std::unordered_map<std::string_view, const TensorRule*> rules_;
};

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_TENSOR_MATCHING_H_
