#include "storage/gguf/undone_weight.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/checked_arithmetic.h"
#include "storage/form.h"

namespace modelkin {
namespace {

void StepsOf(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
             std::uint64_t count, float* out) {
  if (tensor.coded != nullptr) {
    GridStepsOfElements(parts, tensor, begin, count, out);
  } else {
    std::fill_n(out, count, 0.0F);
  }
}

class UndoneDecoder : public WeightDecoder {
 public:
  UndoneDecoder(Tensor tensor, Stored stored) : tensor_(std::move(tensor)), stored_(stored) {}

  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    DecodeElements(parts, tensor_, begin, count, out);
    for (float* value = out; value != out + count; ++value) *value = Undo(*value);
  }

  void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                 float* out) const override {
    if (stored_ == Stored::kOnePlus) {
      StepsOf(parts, tensor_, begin, count, out);
    } else {
      std::fill_n(out, count, 0.0F);
    }
  }

 private:
  float Undo(float value) const {
    if (stored_ == Stored::kOnePlus) return value - 1;
    return static_cast<float>(std::log(-static_cast<double>(value)));
  }

  Tensor tensor_;
  Stored stored_;
};

// Of each head first the rows of keys, then those of values.
class JoinedDecoder : public WeightDecoder {
 public:
  // `keys`: [heads, k, latent], as a view; `values`: [heads, v, latent].
  JoinedDecoder(Tensor keys, Tensor values)
      : keys_(std::move(keys)),
        values_(std::move(values)),
        of_keys_(keys_.shape[1] * keys_.shape[2]),
        of_values_(values_.shape[1] * values_.shape[2]) {}

  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    ForRuns(begin, count, out,
            [&](const Tensor& tensor, auto... run) { DecodeElements(parts, tensor, run...); });
  }

  void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                 float* out) const override {
    ForRuns(begin, count, out,
            [&](const Tensor& tensor, auto... run) { StepsOf(parts, tensor, run...); });
  }

 private:
  template <class Write>
  void ForRuns(std::uint64_t begin, std::uint64_t count, float* out, const Write& write) const {
    const std::uint64_t of_head = of_keys_ + of_values_;
    while (count > 0) {
      const std::uint64_t head = begin / of_head, within = begin % of_head;
      const bool is_key = within < of_keys_;
      const std::uint64_t end = is_key ? of_keys_ : of_head;
      const std::uint64_t taken = std::min(count, end - within);
      if (is_key) {
        write(keys_, head * of_keys_ + within, taken, out);
      } else {
        write(values_, head * of_values_ + within - of_keys_, taken, out);
      }
      begin += taken;
      count -= taken;
      out += taken;
    }
  }

  Tensor keys_, values_;
  std::uint64_t of_keys_, of_values_;  // elements of a head
};

void AddParts(const Tensor& tensor, CodedWeight& weight) {
  if (tensor.coded == nullptr) {
    weight.parts.push_back(tensor);
    return;
  }
  const auto& parts = tensor.coded->parts;
  weight.parts.insert(weight.parts.end(), parts.begin(), parts.end());
}

// A weight that is stored as these tensors are, but for its decoder.
CodedWeight StoredAsIs(const Tensor& tensor) {
  CodedWeight weight;
  weight.label = TypeText(tensor);
  weight.is_quantised = tensor.coded != nullptr && tensor.coded->is_quantised;
  if (tensor.coded != nullptr) {
    weight.coding = tensor.coded->coding;
    weight.block = tensor.coded->block;
  }
  AddParts(tensor, weight);
  return weight;
}

// The result of MakeCodedWeight, which takes the name of its first part, under that of all.
Tensor Finished(const std::string& stored_name, std::string name, Shape shape, CodedWeight weight) {
  return Renamed(MakeCodedWeight(stored_name, std::move(shape), std::move(weight)),
                 std::move(name));
}

}  // namespace

Tensor WithUndone(const Tensor& tensor, Stored stored, std::string name) {
  CodedWeight weight = StoredAsIs(tensor);
  weight.decoder = std::make_shared<const UndoneDecoder>(tensor, stored);
  weight.layout = UndoneLayout{.tensor = tensor, .stored = stored};
  return Finished(tensor.name, std::move(name), tensor.shape, std::move(weight));
}

std::optional<Tensor> JoinedKeysAndValues(const Tensor& keys, const Tensor& values,
                                          std::string name) {
  if (keys.shape.size() != 3 || values.shape.size() != 3 || keys.elements == 0 ||
      values.elements == 0 || keys.shape[0] != values.shape[0] ||
      keys.shape[1] != values.shape[2]) {
    return std::nullopt;
  }
  const std::uint64_t heads = keys.shape[0], latent = keys.shape[1], k = keys.shape[2];
  const auto rows = CheckedMultiply(heads, k + values.shape[1]);
  if (k + values.shape[1] < k || !rows || !CheckedMultiply(*rows, latent)) return std::nullopt;
  Tensor turned = keys;
  turned.shape = {heads, k, latent};
  turned.view = std::make_shared<const TensorView>(
      TensorView{keys.name, 0, turned.shape, {latent * k, 1, k}});
  CodedWeight weight = StoredAsIs(keys);
  AddParts(values, weight);
  const std::string other = TypeText(values);
  if (other != weight.label) weight.label += ", " + other;
  weight.is_quantised |= values.coded != nullptr && values.coded->is_quantised;
  weight.decoder = std::make_shared<const JoinedDecoder>(std::move(turned), values);
  return Finished(keys.name, std::move(name), {*rows, latent}, std::move(weight));
}

}  // namespace modelkin
