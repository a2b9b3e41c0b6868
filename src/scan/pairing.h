// Which tensor of A is compared with which tensor of B.
#ifndef MODELKIN_SCAN_PAIRING_H_
#define MODELKIN_SCAN_PAIRING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "architecture/tensor_role.h"
#include "checkpoint/checkpoint.h"
#include "modelkin/component.h"
#include "modelkin/options.h"

namespace modelkin {

// Two tensors, or one (the other null) whose name the other side lacks. Points into the
// checkpoints.
struct TensorPair {
  const Tensor* a = nullptr;
  const Tensor* b = nullptr;
  Component component = Component::kText;  // that either's name says
  std::optional<std::uint32_t> layer_b;    // where it differs from a's: within one model

  // The one on side A where there is one, else the one on side B.
  const Tensor& either() const;
  // Returns its role, read off its name each time: there may be millions of pairs.
  TensorRole role() const;

  bool one_sided() const { return a == nullptr || b == nullptr; }
  bool same_shape() const { return !one_sided() && a->shape == b->shape; }
  bool comparable() const {
    return same_shape() && !packed() && IsComparable(a->dtype) && IsComparable(b->dtype);
  }
  // Whether one of two is codes of a quantisation, or belongs to such: their numbers are not values
  // of a weight.
  bool packed() const {
    return !one_sided() &&
           (a->stored.form != StoredForm::kWeight || b->stored.form != StoredForm::kWeight);
  }
};

struct Pairing {
  std::vector<TensorPair> pairs;  // by name: natural order; within a model: by role, then layers
  std::uint64_t left_out = 0;     // tensors, of both sides, that the filter left out
};

// Pairs by name after renaming, codes of a quantisation by that of the weight which they stand for
// if their own has no partner; whatever has no partner is listed alone. A pair is kept if either
// of its tensors passes the filter. Throws Error(kUsage) if two tensors of A are renamed to the
// same name.
Pairing PairByName(const Checkpoint& a, const Checkpoint& b, const PairingOptions& options);

// All pairs of layers i < j of one model, for each role (and expert): what two layers that share
// nothing but the model look like.
Pairing PairWithin(const Checkpoint& model, const PairingOptions& options);

// "10,20,30-40". Throws Error(kUsage) on anything else.
std::vector<LayerRange> ParseLayers(const std::string& text);

// {"pattern": "replacement", ...} from a JSON file of at most 4 MiB. Throws Error(kUsage) if it is
// none, Error(kIo) if it can't be read.
std::vector<RenameRule> ReadRenameRules(const std::string& path);
// The same of the file's text. Throws Error(kBadInput).
std::vector<RenameRule> ParseRenameRules(const std::string& path, std::string_view text);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_PAIRING_H_
