#include "architecture/named_by_role.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "architecture/composed_view.h"
#include "architecture/known_names.h"
#include "architecture/name_pattern.h"
#include "architecture/name_wrappers.h"
#include "architecture/size_expression.h"
#include "architecture/tensor_matching.h"
#include "base/checked_arithmetic.h"

namespace modelkin {
namespace {

using Numbers = std::vector<std::uint64_t>;

// Of a checkpoint; pairs included, they take up some 220 MiB. Published models come to 70,000.
constexpr std::uint64_t kMostParts = std::uint64_t{1} << 17;

// Sizes of the model in a layer, and the number of the expert that a view is about.
class Sizes {
 public:
  Sizes(const ModelSpec& spec, std::uint64_t layer, std::uint64_t expert)
      : spec_(spec), layer_(layer), expert_(expert) {}

  std::optional<std::uint64_t> Evaluate(std::string_view expression) const {
    return EvaluateSize(expression, [this](std::string_view name) {
      return name == "expert" ? std::optional(expert_) : spec_.Size(name, layer_);
    });
  }

  std::optional<Numbers> EvaluateAll(std::string_view list) const {
    Numbers numbers;
    for (const std::string_view item : SplitShape(list)) {
      const auto number = Evaluate(item);
      if (!number) return std::nullopt;
      numbers.push_back(*number);
    }
    return numbers;
  }

 private:
  const ModelSpec& spec_;
  std::uint64_t layer_, expert_;
};

Numbers Contiguous(const Numbers& dimensions) {
  Numbers strides(dimensions.size(), 1);
  for (std::size_t i = dimensions.size(); i-- > 1;) strides[i - 1] = strides[i] * dimensions[i];
  return strides;
}

// Whether every element of the view is one of the stored tensor's.
bool Fits(const TensorView& view, std::uint64_t stored_elements) {
  std::optional<std::uint64_t> last = view.offset;
  for (std::size_t i = 0; i < view.dimensions.size(); ++i) {
    if (view.dimensions[i] == 0) return false;
    const auto reach = CheckedMultiply(view.dimensions[i] - 1, view.strides[i]);
    last = last && reach ? CheckedAdd(*last, *reach) : std::nullopt;
  }
  return last && *last < stored_elements;
}

class Namer {
 public:
  Namer(const Checkpoint& checkpoint, const ModelSpec& spec)
      : checkpoint_(checkpoint), spec_(spec), matcher_(*spec.family) {}

  Checkpoint Run() {
    for (const Tensor& tensor : checkpoint_.tensors()) {
      std::vector<Tensor> parts = PartsOf(matcher_.Match(tensor));
      const bool taken = std::ranges::any_of(
          parts, [&](const Tensor& part) { return names_.contains(part.name); });
      if (parts.empty() || taken) parts.assign(1, tensor);
      for (Tensor& part : parts) {
        if (names_.insert(part.name).second) named_.push_back(std::move(part));
      }
    }
    return {checkpoint_.path(), checkpoint_.files(), std::move(named_), checkpoint_.warnings()};
  }

 private:
  // None if the tensor has to stay as it is.
  std::vector<Tensor> PartsOf(const MatchedTensor& match) const {
    const Tensor& tensor = *match.tensor;
    std::vector<Tensor> parts;
    if (match.rule == nullptr || match.is_scale || tensor.elements == 0) return parts;
    const std::uint64_t layer = match.layer.value_or(0);
    bool listed = false;
    for (const ViewRule& rule : spec_.family->views) {
      if (rule.stored != match.rule->name || !HasParts(match.layer, rule.needs)) continue;
      listed = true;
      const bool one_of_many = !match.expert && rule.name.find("{E}") != std::string_view::npos;
      const std::uint64_t first = match.expert.value_or(0);
      const std::uint64_t count = one_of_many ? spec_.Size("experts").value_or(0) : 1;
      const bool whole = rule.shape.empty();
      if ((!whole && !HasExpectedShape(match)) || count > tensor.elements) return {};
      if (count > 1 && named_.size() + parts.size() + count > kMostParts) return {};
      for (std::uint64_t expert = first; expert < first + count; ++expert) {
        if (!AddPart(rule, tensor, layer, expert, parts)) return {};
      }
    }
    if (!listed)
      parts.push_back(Renamed(tensor, NameOf(match.rule->name, layer, match.expert.value_or(0))));
    return parts;
  }

  bool HasParts(std::optional<std::uint32_t> layer, LayerParts parts) const {
    return parts.empty() ||
           (layer && *layer < spec_.parts.size() && spec_.parts[*layer].Has(parts));
  }

  bool HasExpectedShape(const MatchedTensor& match) const {
    const auto shape = Sizes(spec_, match.layer.value_or(0), 0).EvaluateAll(match.rule->shape);
    return shape && *shape == match.tensor->shape;
  }

  bool AddPart(const ViewRule& rule, const Tensor& tensor, std::uint64_t layer,
               std::uint64_t expert, std::vector<Tensor>& parts) const {
    const std::string name = NameOf(rule.name, layer, expert);
    if (rule.shape.empty()) {
      parts.push_back(Renamed(tensor, name));
      return true;
    }
    const Sizes sizes(spec_, layer, expert);
    const auto shape = sizes.EvaluateAll(rule.shape);
    const auto dimensions = rule.dimensions.empty() ? shape : sizes.EvaluateAll(rule.dimensions);
    const auto offset = sizes.Evaluate(rule.offset);
    if (!shape || !dimensions || !offset) return false;
    const auto strides =
        rule.strides.empty() ? Contiguous(*dimensions) : sizes.EvaluateAll(rule.strides);
    if (!strides || strides->size() != dimensions->size()) return false;
    const auto elements = ElementCount(*shape);
    TensorView view{tensor.name, *offset, *dimensions, *strides};
    if (!elements || elements != ElementCount(*dimensions) || !Fits(view, tensor.elements)) {
      return false;
    }
    const auto stored = ComposedView(tensor, view);
    if (!stored) return false;
    Tensor part = tensor;
    part.name = name;
    part.shape = *shape;
    part.elements = *elements;
    part.view = std::make_shared<TensorView>(*stored);
    parts.push_back(std::move(part));
    return true;
  }

  const Checkpoint& checkpoint_;
  const ModelSpec& spec_;
  TensorMatcher matcher_;
  std::set<std::string> names_;
  std::vector<Tensor> named_;
};

Checkpoint UnderKnownNames(const Checkpoint& checkpoint) {
  std::unordered_set<std::string> names;
  std::vector<Tensor> tensors;
  for (Tensor tensor : checkpoint.tensors()) {
    std::string name = LlamaLikeName(WithoutWrappers(tensor.name));
    if (names.contains(name) || (name != tensor.name && checkpoint.Find(name) != nullptr)) {
      name = tensor.name;
    }
    names.insert(name);
    tensors.push_back(Renamed(std::move(tensor), std::move(name)));
  }
  return {checkpoint.path(), checkpoint.files(), std::move(tensors), checkpoint.warnings()};
}

}  // namespace

Checkpoint NamedByRole(const Checkpoint& checkpoint, const ModelSpec* spec) {
  return spec == nullptr ? UnderKnownNames(checkpoint) : Namer(checkpoint, *spec).Run();
}

}  // namespace modelkin
