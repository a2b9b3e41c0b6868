#include "lineage/model_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_set>

#include "architecture/inspection.h"
#include "architecture/known_names.h"
#include "architecture/named_by_role.h"
#include "architecture/tensor_role.h"

namespace modelkin {
namespace {

constexpr std::array<std::string_view, 3> kMlpRoles = {"gate_proj.weight", "up_proj.weight",
                                                       "down_proj.weight"};

// Matrices of Llama-like names are stored with outputs first.
constexpr std::array<std::string_view, 8> kFromResidual = {"q_proj.weight",
                                                           "k_proj.weight",
                                                           "v_proj.weight",
                                                           "gate_proj.weight",
                                                           "up_proj.weight",
                                                           "mlp.gate.weight",
                                                           "model.embed_tokens.weight",
                                                           "lm_head.weight"};
constexpr std::array<std::string_view, 2> kToResidual = {"o_proj.weight", "down_proj.weight"};
constexpr std::array<std::string_view, 2> kBiasesOfResidual = {"o_proj.bias", "down_proj.bias"};

template <std::size_t kCount>
bool EndsInAny(std::string_view name, const std::array<std::string_view, kCount>& endings) {
  return std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

Checkpoint UnderKnownNames(const Checkpoint& checkpoint) {
  std::unordered_set<std::string> names;
  std::vector<Tensor> tensors;
  for (Tensor tensor : checkpoint.tensors()) {
    std::string name = LlamaLikeName(tensor.name);
    if (names.contains(name) || (name != tensor.name && checkpoint.Find(name) != nullptr)) {
      name = tensor.name;
    }
    names.insert(name);
    tensors.push_back(Renamed(std::move(tensor), std::move(name)));
  }
  return {checkpoint.path(), checkpoint.files(), std::move(tensors), checkpoint.warnings()};
}

bool IsPart(const Part& part) {
  return part.component != Component::kBuffer && part.component != Component::kScale &&
         IsComparable(part.tensor->dtype) && part.tensor->elements > 0;
}

// Of the embedding's axes, the one of a length that most other tensors have.
std::optional<std::uint64_t> InferResidual(const std::vector<Part>& parts) {
  const auto embedding = std::ranges::find_if(parts, [](const Part& part) {
    return part.component == Component::kEmbedding && part.tensor->shape.size() == 2;
  });
  if (embedding == parts.end()) return std::nullopt;
  const auto having = [&](std::uint64_t length) {
    return std::ranges::count_if(parts, [&](const Part& part) {
      return std::ranges::find(part.tensor->shape, length) != part.tensor->shape.end();
    });
  };
  const Shape& shape = embedding->tensor->shape;
  return having(shape[0]) > having(shape[1]) ? shape[0] : shape[1];
}

// `as_stored`: whether the tensor's own name was Llama-like, so that its axes are in that order.
std::optional<std::size_t> ResidualAxis(const Part& part, std::uint64_t residual, bool as_stored) {
  const Shape& shape = part.tensor->shape;
  const std::string& name = part.tensor->name;
  if (shape.size() == 1) {
    const bool of_heads =
        name.find("q_norm") != std::string::npos || name.find("k_norm") != std::string::npos;
    const bool of_residual =
        (part.component == Component::kNorm && !of_heads) || EndsInAny(name, kBiasesOfResidual);
    return of_residual && shape[0] == residual ? std::optional<std::size_t>(0) : std::nullopt;
  }
  const auto axis = std::ranges::find(shape, residual);
  if (axis == shape.end()) return std::nullopt;
  if (std::ranges::count(shape, residual) == 1) {
    return static_cast<std::size_t>(axis - shape.begin());
  }
  if (!as_stored || shape.size() != 2) return std::nullopt;
  if (EndsInAny(name, kFromResidual)) return 1;
  if (EndsInAny(name, kToResidual)) return 0;
  return std::nullopt;
}

// An MLP's tensors stand next to each other but for other tensors' names.
std::vector<Mlp> MlpsOf(const std::vector<Part>& parts, std::uint64_t residual) {
  std::map<std::string, Mlp> by_name;
  std::vector<std::string> order;
  for (const Part& part : parts) {
    const auto* role = std::ranges::find_if(
        kMlpRoles, [&](std::string_view end) { return part.tensor->name.ends_with(end); });
    const Shape& shape = part.tensor->shape;
    if (role == kMlpRoles.end() || shape.size() != 2 || !part.residual_axis) continue;
    const std::string name =
        part.tensor->name.substr(0, part.tensor->name.size() - role->size() - 1);
    const auto [found, fresh] =
        by_name.try_emplace(name, Mlp{.name = name, .layer = part.layer, .expert = part.expert});
    if (fresh) order.push_back(name);
    Mlp& mlp = found->second;
    (role == kMlpRoles.data()       ? mlp.gate
     : role == kMlpRoles.data() + 1 ? mlp.up
                                    : mlp.down) = &part;
    const std::uint64_t width = part.tensor->elements / residual;
    if (mlp.width == 0) mlp.width = width;
    if (mlp.width != width) mlp.width = UINT64_MAX;  // no MLP after all
  }
  std::vector<Mlp> mlps;
  for (const std::string& name : order) {
    const Mlp& mlp = by_name.at(name);
    const bool whole = mlp.up != nullptr && (mlp.gate != nullptr || mlp.down != nullptr);
    if (whole && mlp.width != UINT64_MAX) mlps.push_back(mlp);
  }
  return mlps;
}

}  // namespace

const Part* ModelParts::Find(std::string_view name) const {
  const Tensor* const tensor = checkpoint.Find(name);
  const auto part = std::ranges::lower_bound(parts, tensor, std::less<>(), &Part::tensor);
  return part != parts.end() && part->tensor == tensor ? &*part : nullptr;
}

ModelParts PartsOf(const Checkpoint& checkpoint, const ModelSpec* spec) {
  ModelParts model{.checkpoint = spec != nullptr ? NamedByRole(checkpoint, *spec)
                                                 : UnderKnownNames(checkpoint)};
  std::set<std::uint32_t> layers;
  for (const Tensor& tensor : model.checkpoint.tensors()) {
    TensorRole role = InferRole(tensor.name);
    Part part{.tensor = &tensor,
              .role = std::move(role.role),
              .layer = role.layer,
              .expert = role.expert,
              .component = InferComponent(tensor.name)};
    if (!IsPart(part)) continue;
    if (part.layer) layers.insert(*part.layer);
    model.parts.push_back(std::move(part));
  }
  model.layers.assign(layers.begin(), layers.end());
  if (spec != nullptr) {
    model.heads = {.query = spec->Size("heads").value_or(0),
                   .groups = spec->Size("kv_heads").value_or(0)};
  }
  model.residual = spec != nullptr ? spec->Size("residual") : InferResidual(model.parts);
  if (!model.residual || *model.residual < 2) {
    model.residual.reset();
    return model;
  }
  for (Part& part : model.parts) {
    const bool as_stored = spec != nullptr || part.tensor->view == nullptr;
    part.residual_axis = ResidualAxis(part, *model.residual, as_stored);
  }
  model.mlps = MlpsOf(model.parts, *model.residual);
  return model;
}

}  // namespace modelkin
