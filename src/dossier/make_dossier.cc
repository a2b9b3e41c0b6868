#include "dossier/make_dossier.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "architecture/named_by_role.h"
#include "base/error.h"
#include "base/parallel.h"
#include "dossier/projector.h"
#include "dossier/unit_limits.h"

namespace modelkin {
namespace {

// The places of a model's units in its committed tensors.
class BlockFinder {
 public:
  BlockFinder(const ModelParts& parts, const Checkpoint& committed)
      : parts_(parts), committed_(committed) {}

  // All that a dossier may tell of, by what BlocksTold calls it.
  std::vector<UnitBlock> Find() const {
    std::vector<UnitBlock> blocks;
    for (const Mlp& mlp : parts_.mlps) Add(HiddenOf(mlp), blocks);
    for (const std::uint32_t layer : parts_.layers) Add(HeadsOf(layer), blocks);
    for (const std::uint32_t layer : parts_.layers) Add(ExpertsOf(layer), blocks);
    return blocks;
  }

 private:
  static void Add(std::optional<UnitBlock> block, std::vector<UnitBlock>& blocks) {
    if (block && IsUnitCount(block->kind, block->units)) blocks.push_back(std::move(*block));
  }

  // Adds the place of a part to a side. Returns whether there is one.
  bool AddPlace(const Part* part, ProjectedSide& side) const {
    if (part == nullptr || part->is_bias) return false;
    const auto place = PlaceOf(*part, committed_);
    if (place) side.weights.push_back(*place);
    return place.has_value();
  }

  std::optional<UnitBlock> HiddenOf(const Mlp& mlp) const {
    UnitBlock block{.name = mlp.name,
                    .layer = mlp.layer,
                    .expert = mlp.expert,
                    .gated = mlp.gate != nullptr,
                    .units = mlp.width};
    if (!AddPlace(block.gated ? mlp.gate : mlp.up, block.first) ||
        !AddPlace(block.gated ? mlp.up : mlp.down, block.second)) {
      return std::nullopt;
    }
    return block;
  }

  std::optional<UnitBlock> HeadsOf(std::uint32_t layer) const {
    const std::uint64_t groups = parts_.heads.groups;
    UnitBlock block{.kind = UnitKind::kHeads,
                    .name = fmt::format("heads of layer {}", layer),
                    .layer = layer,
                    .units = groups};
    const auto part = [&](Role role) { return parts_.FindInLayer(layer, role); };
    if (groups == 0 || !AddPlace(part(Role::kQuery), block.first) ||
        !AddPlace(part(Role::kKey), block.first) ||
        !AddPlace(part(Role::kAttentionOutput), block.second) ||
        !AddPlace(part(Role::kValue), block.second)) {
      return std::nullopt;
    }
    for (const ProjectedSide* const side : {&block.first, &block.second}) {
      const std::uint64_t many = side->weights[0].units, few = side->weights[1].units;
      if (few % groups != 0 || many % few != 0) return std::nullopt;
    }
    return block;
  }

  std::optional<UnitBlock> ExpertsOf(std::uint32_t layer) const {
    UnitBlock block{.kind = UnitKind::kExperts,
                    .name = fmt::format("experts of layer {}", layer),
                    .layer = layer};
    if (!AddPlace(parts_.FindInLayer(layer, Role::kRouter), block.first)) return std::nullopt;
    block.units = block.first.weights.front().units;
    std::map<std::uint32_t, const Mlp*> experts;
    for (const Mlp& mlp : parts_.mlps) {
      if (mlp.layer == layer && mlp.expert) experts[*mlp.expert] = &mlp;
    }
    if (experts.size() != block.units) return std::nullopt;
    for (const auto& [number, mlp] : experts) {
      if (!AddPlace(mlp->gate != nullptr ? mlp->gate : mlp->up, block.second)) return std::nullopt;
    }
    return block;
  }

  const ModelParts& parts_;
  const Checkpoint& committed_;
};

bool IsBlock(const BlockId& id, const UnitBlock& block) {
  return id.kind == block.kind && id.layer == block.layer &&
         (id.kind != UnitKind::kHidden || id.name == block.name);
}

std::vector<UnitBlock> Chosen(const Dossier& dossier, std::vector<UnitBlock> all) {
  std::vector<UnitBlock> chosen;
  for (const BlockId& id : BlocksTold(dossier)) {
    chosen.push_back(
        *std::ranges::find_if(all, [&](const UnitBlock& block) { return IsBlock(id, block); }));
  }
  return chosen;
}

void ProjectAll(const Checkpoint& checkpoint, unsigned threads, Progress& progress,
                Dossier& dossier) {
  const Projector projector(dossier.seed, dossier.residual, dossier.dimensions);
  progress.Begin("projecting", 2 * dossier.blocks.size());
  ParallelFor(threads, 2 * dossier.blocks.size(), [&](std::size_t i, unsigned) {
    UnitBlock& block = dossier.blocks[i / 2];
    projector.Project(checkpoint, block, i % 2 == 0 ? block.first : block.second);
    progress.Advance(1);
  });
}

// The dossier's file gives it back as it was.
void RequireSeed(const std::string& seed) {
  if (seed.size() > kLongestSeed) {
    throw Error(ErrorKind::kUsage, fmt::format("the seed is longer than {} bytes", kLongestSeed));
  }
  try {
    static_cast<void>(nlohmann::json(seed).dump());
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::kUsage, "the seed is no text in UTF-8");
  }
}

}  // namespace

Dossier MakeDossier(const TracedModel& model, const Commitment& commitment,
                    const DossierOptions& options, Progress& progress) {
  RequireSeed(options.seed);
  const Checkpoint& checkpoint = *model.checkpoint;
  const ModelParts parts = PartsOfNamed(NamedByRole(checkpoint, model.spec), model.spec);
  if (checkpoint.tensors().size() != commitment.tensors) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("has {} tensors; those of the commitment are {}",
                            checkpoint.tensors().size(), commitment.tensors),
                {.file = checkpoint.path()});
  }
  Dossier dossier{.root = commitment.root,
                  .seed = options.seed,
                  .dimensions = options.dimensions,
                  .residual = parts.residual.value_or(0)};
  for (const Tensor& tensor : checkpoint.tensors()) {
    dossier.outline.push_back({.name = tensor.name, .dtype = tensor.dtype, .shape = tensor.shape});
  }
  std::vector<UnitBlock> blocks;
  if (parts.residual) blocks = BlockFinder(parts, checkpoint).Find();
  if (blocks.empty()) {
    throw Error(ErrorKind::kBadInput, "has no MLPs, heads or experts that a dossier can tell of",
                {.file = checkpoint.path()});
  }
  for (const UnitBlock& block : blocks) {
    if (block.kind == UnitKind::kHidden) {
      dossier.mlps.push_back({.name = block.name, .layer = block.layer, .expert = block.expert});
    } else {
      (block.kind == UnitKind::kHeads ? dossier.head_layers : dossier.expert_layers)
          .push_back(*block.layer);
    }
  }
  dossier.blocks = Chosen(dossier, std::move(blocks));
  ProjectAll(checkpoint, options.threads, progress, dossier);
  return dossier;
}

}  // namespace modelkin
