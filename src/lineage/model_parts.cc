#include "lineage/model_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "architecture/inspection.h"
#include "architecture/named_by_role.h"
#include "architecture/tensor_role.h"
#include "lineage/copied_tensors.h"
#include "lineage/tensor_use.h"

namespace modelkin {
namespace {

constexpr std::array<std::string_view, 3> kMlpRoles = {"gate_proj.weight", "up_proj.weight",
                                                       "down_proj.weight"};

// Matrices of Llama-like names are stored with outputs first, and those of Meta's names.
constexpr std::array<std::string_view, 13> kFromResidual = {
    "q_proj.weight",         "k_proj.weight",       "v_proj.weight",       "gate_proj.weight",
    "up_proj.weight",        "mlp.gate.weight",     "embed_tokens.weight", "lm_head.weight",
    "attention.wq.weight",   "attention.wk.weight", "attention.wv.weight", "feed_forward.w1.weight",
    "feed_forward.w3.weight"};
constexpr std::array<std::string_view, 4> kToResidual = {
    "o_proj.weight", "down_proj.weight", "attention.wo.weight", "feed_forward.w2.weight"};
constexpr std::array<std::string_view, 2> kBiasesOfResidual = {"o_proj.bias", "down_proj.bias"};

template <std::size_t kCount>
bool EndsInAny(std::string_view name, const std::array<std::string_view, kCount>& endings) {
  return std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

bool IsPart(const Part& part) {
  const TensorUse use = UseOf(*part.tensor);
  return part.tensor->stored.form == StoredForm::kWeight && part.component != Component::kBuffer &&
         part.component != Component::kScale && use != TensorUse::kBuffer &&
         use != TensorUse::kBookkeeping && IsComparable(part.tensor->dtype) &&
         part.tensor->elements > 0;
}

// Whether a formula gives the part, which then says nothing of who trained it. Only of parts that
// may be tables of positions.
bool IsTable(const Checkpoint& checkpoint, const Part& part) {
  const bool may_be = part.component == Component::kEmbedding ||
                      part.component == Component::kPositionEmbedding ||
                      part.component == Component::kOther;
  return may_be && TableIn(checkpoint, *part.tensor);
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

// `laid_out_as`: the name that tells which axis of a matrix is which.
std::optional<std::size_t> ResidualAxis(const Part& part, std::uint64_t residual,
                                        std::string_view laid_out_as) {
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
  if (shape.size() != 2) return std::nullopt;
  if (EndsInAny(laid_out_as, kFromResidual)) return 1;
  if (EndsInAny(laid_out_as, kToResidual)) return 0;
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
  return PartsOfNamed(NamedByRole(checkpoint, spec), spec);
}

ModelParts PartsOfNamed(Checkpoint named, const ModelSpec* spec) {
  ModelParts model{.checkpoint = std::move(named)};
  model.packed = CountPacked(model.checkpoint.tensors());
  model.incomplete = model.checkpoint.incomplete();
  std::set<std::uint32_t> layers;
  for (const Tensor& tensor : model.checkpoint.tensors()) {
    TensorRole role = InferRole(tensor.name);
    Part part{.tensor = &tensor,
              .role = std::move(role.role),
              .layer = role.layer,
              .expert = role.expert,
              .component = InferComponent(tensor.name)};
    if (!IsPart(part) || IsTable(model.checkpoint, part)) continue;
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
    const std::string& laid_out_as =
        spec != nullptr ? part.tensor->name : part.tensor->stored_name();
    part.residual_axis = ResidualAxis(part, *model.residual, laid_out_as);
  }
  model.mlps = MlpsOf(model.parts, *model.residual);
  return model;
}

}  // namespace modelkin
