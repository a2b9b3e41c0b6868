#include "storage/gguf/undone_weight.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
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

// Of each head, or expert, first the rows of the first piece, then those of the second, and so on.
class JoinedDecoder : public WeightDecoder {
 public:
  // Pieces: [heads, rows, row], or [heads, elements].
  explicit JoinedDecoder(std::vector<Tensor> pieces) : pieces_(std::move(pieces)) {
    for (const Tensor& piece : pieces_) of_head_ += OfHead(piece);
  }

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
  static std::uint64_t OfHead(const Tensor& piece) { return piece.elements / piece.shape[0]; }

  template <class Write>
  void ForRuns(std::uint64_t begin, std::uint64_t count, float* out, const Write& write) const {
    while (count > 0) {
      const std::uint64_t head = begin / of_head_;
      std::uint64_t within = begin % of_head_;
      auto piece = pieces_.begin();
      for (; within >= OfHead(*piece); ++piece) within -= OfHead(*piece);
      const std::uint64_t taken = std::min(count, OfHead(*piece) - within);
      write(*piece, head * OfHead(*piece) + within, taken, out);
      begin += taken;
      count -= taken;
      out += taken;
    }
  }

  std::vector<Tensor> pieces_;
  std::uint64_t of_head_ = 0;  // elements
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

std::optional<Tensor> Joined(const std::vector<Tensor>& stored, std::vector<Tensor> pieces,
                             std::string name, Shape shape) {
  std::uint64_t elements = 0;
  for (const Tensor& piece : pieces) {
    if (piece.elements == 0 || piece.shape.empty() || piece.shape[0] != pieces.front().shape[0] ||
        elements + piece.elements < elements) {
      return std::nullopt;
    }
    elements += piece.elements;
  }
  if (stored.empty() || elements == 0 || ElementCount(shape) != elements) return std::nullopt;
  CodedWeight weight = StoredAsIs(stored.front());
  for (const Tensor& tensor : std::span(stored).subspan(1)) {
    AddParts(tensor, weight);
    const std::string other = TypeText(tensor);
    if (other != weight.label) weight.label += ", " + other;
    weight.is_quantised |= tensor.coded != nullptr && tensor.coded->is_quantised;
  }
  weight.decoder = std::make_shared<const JoinedDecoder>(std::move(pieces));
  return Finished(stored.front().name, std::move(name), std::move(shape), std::move(weight));
}

std::optional<Tensor> JoinedKeysAndValues(const Tensor& keys, const Tensor& values,
                                          std::string name) {
  if (keys.shape.size() != 3 || values.shape.size() != 3 || keys.shape[0] != values.shape[0] ||
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
  return Joined({keys, values}, {std::move(turned), values}, std::move(name), {*rows, latent});
}

}  // namespace modelkin
