#include "lineage/model_parts.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "architecture/named_by_role.h"
#include "lineage/copied_tensors.h"
#include "lineage/tensor_use.h"

namespace modelkin {
namespace {

// Of one length, below which they tell nothing of a residual stream.
constexpr std::uint64_t kFewestNorms = 4;

bool IsPart(const Part& part) {
  const TensorUse use = UseOf(*part.tensor);
  return part.tensor->stored.form == StoredForm::kWeight && part.module != ModuleKind::kBuffer &&
         part.module != ModuleKind::kScale && use != TensorUse::kBuffer &&
         use != TensorUse::kBookkeeping && IsComparable(part.tensor->dtype) &&
         part.tensor->elements > 0;
}

// Whether a formula gives the part, which then says nothing of who trained it. Only of parts that
// may be tables of positions.
bool IsTable(const Checkpoint& checkpoint, const Part& part) {
  const bool may_be = part.role == Role::kEmbedding || part.module == ModuleKind::kEmbedding ||
                      part.module == ModuleKind::kPositionEmbedding ||
                      part.module == ModuleKind::kOther;
  return may_be && TableIn(checkpoint, *part.tensor);
}

// Where there is no embedding, as in encoders: the length that most norms have, if that is an axis
// of half of the matrices.
std::optional<std::uint64_t> ResidualOfNorms(const std::vector<Part>& parts) {
  std::map<std::uint64_t, std::uint64_t> norms;
  std::uint64_t matrices = 0;
  for (const Part& part : parts) {
    const Shape& shape = part.tensor->shape;
    if (shape.size() == 1 && part.module == ModuleKind::kNorm && !part.is_bias) ++norms[shape[0]];
    matrices += shape.size() == 2 ? 1 : 0;
  }
  const auto most = std::ranges::max_element(norms, {}, [](const auto& of) { return of.second; });
  if (most == norms.end() || most->second < kFewestNorms) return std::nullopt;
  const auto having =
      static_cast<std::uint64_t>(std::ranges::count_if(parts, [&](const Part& part) {
        const Shape& shape = part.tensor->shape;
        return shape.size() == 2 && std::ranges::find(shape, most->first) != shape.end();
      }));
  return 2 * having >= matrices ? std::optional(most->first) : std::nullopt;
}

// Of the embedding's axes, the one of a length that most other tensors have.
std::optional<std::uint64_t> InferResidual(const std::vector<Part>& parts) {
  const auto embedding = std::ranges::find_if(parts, [](const Part& part) {
    return part.module == ModuleKind::kEmbedding && part.tensor->shape.size() == 2;
  });
  if (embedding == parts.end()) return ResidualOfNorms(parts);
  const auto having = [&](std::uint64_t length) {
    return std::ranges::count_if(parts, [&](const Part& part) {
      return std::ranges::find(part.tensor->shape, length) != part.tensor->shape.end();
    });
  };
  const Shape& shape = embedding->tensor->shape;
  return having(shape[0]) > having(shape[1]) ? shape[0] : shape[1];
}

// An MLP's tensors stand next to each other but for other tensors' names.
std::vector<Mlp> MlpsOf(const std::vector<Part>& parts, std::uint64_t residual) {
  std::map<std::string, Mlp> by_name;
  std::vector<std::string> order;
  for (const Part& part : parts) {
    const bool wanted =
        part.role == Role::kGate || part.role == Role::kUp || part.role == Role::kDown;
    if (!wanted || part.is_bias || part.tensor->shape.size() != 2 || !part.residual_axis()) {
      continue;
    }
    const std::string name = part.mlp_name();
    const auto [found, fresh] =
        by_name.try_emplace(name, Mlp{.name = name, .layer = part.layer, .expert = part.expert});
    if (fresh) order.push_back(name);
    Mlp& mlp = found->second;
    (part.role == Role::kGate ? mlp.gate : part.role == Role::kUp ? mlp.up : mlp.down) = &part;
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

void TakeHeads(const ModelSpec& spec, ModelParts& model) {
  const auto heads_of = [&](std::optional<std::uint64_t> layer) {
    return std::pair(spec.Size("heads", layer).value_or(0),
                     spec.Size("kv_heads", layer).value_or(0));
  };
  auto most = heads_of(std::nullopt);
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> votes;
  for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
    if (!spec.parts[i].Has(LayerPart::kAttention)) continue;
    if (++votes[heads_of(i)] > votes[most]) most = heads_of(i);
  }
  model.heads = {.query = most.first, .groups = most.second};
  for (std::uint64_t i = 0; i < spec.layers.size(); ++i) {
    if (heads_of(i) != most) model.other_heads.insert(static_cast<std::uint32_t>(i));
  }
}

}  // namespace

const Part* ModelParts::Find(std::string_view name) const {
  const Tensor* const tensor = checkpoint.Find(name);
  const auto part = std::ranges::lower_bound(parts, tensor, std::less<>(), &Part::tensor);
  return part != parts.end() && part->tensor == tensor ? &*part : nullptr;
}

const Part* ModelParts::Find(Role role) const { return Find(TensorOfModel(role)); }
const Part* ModelParts::FindInLayer(std::uint32_t layer, Role role) const {
  return Find(TensorOfLayer(layer, role));
}
const Part* ModelParts::FindInMlp(std::uint32_t layer, MlpId mlp, Role role) const {
  return Find(TensorOfMlp(layer, mlp, role));
}

ModelParts PartsOf(const Checkpoint& checkpoint, const ModelSpec* spec) {
  return PartsOfNamed(NamedByRole(checkpoint, spec), spec);
}

ModelParts PartsOfNamed(Checkpoint named, const ModelSpec* spec, std::optional<Role> left_out) {
  ModelParts model{.checkpoint = std::move(named)};
  model.packed = CountPacked(model.checkpoint.tensors());
  model.incomplete = model.checkpoint.incomplete();
  std::set<std::uint32_t> layers;
  const TensorPlacer placer(spec);
  for (const Tensor& tensor : model.checkpoint.tensors()) {
    Part part = placer.Place(tensor);
    if (part.role == left_out || !IsPart(part) || IsTable(model.checkpoint, part)) continue;
    if (part.layer) layers.insert(*part.layer);
    model.parts.push_back(std::move(part));
  }
  model.layers.assign(layers.begin(), layers.end());
  if (spec != nullptr) {
    TakeHeads(*spec, model);
  }
  model.residual = spec != nullptr ? spec->Size("residual") : InferResidual(model.parts);
  if (!model.residual || *model.residual < 2) {
    model.residual.reset();
    return model;
  }
  placer.PlaceAxes(*model.residual, model.parts);
  model.mlps = MlpsOf(model.parts, *model.residual);
  return model;
}

}  // namespace modelkin
