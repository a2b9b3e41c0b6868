#include "dossier/challenge.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "dossier/exchanged_files.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

const ProjectedSide& SideOfBlock(const UnitBlock& block, bool is_second) {
  return is_second ? block.second : block.first;
}

void AddTensors(const Dossier& dossier, ChallengedSide& side) {
  const ProjectedSide& of = SideOfBlock(dossier.blocks[side.block], side.is_second);
  for (std::size_t i = 0; i < of.weights.size(); ++i) {
    const std::string& tensor = of.weights[i].tensor;
    if (side.expert.value_or(i) == i &&
        std::ranges::find(side.tensors, tensor) == side.tensors.end()) {
      side.tensors.push_back(tensor);
    }
  }
}

bool IsByExpert(const UnitBlock& block, bool is_second) {
  return block.kind == UnitKind::kExperts && is_second;
}

}  // namespace

std::vector<ChallengedSide> ChallengeOf(const Dossier& dossier, std::string_view text,
                                        std::size_t count) {
  const Digest digest = DigestOf(
      fmt::format("modelkin dossier challenge 1\n{}\n{}", HexOf(DigestOfDossier(dossier)), text));
  Random::State state{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    state[i / 8] |= std::to_integer<std::uint64_t>(digest[i]) << 8 * (i % 8);
  }
  Random random(state);
  std::vector<std::uint32_t> order(2 * dossier.blocks.size());
  std::iota(order.begin(), order.end(), 0U);
  random.Shuffle(order);
  order.resize(std::min(count, order.size()));
  std::vector<ChallengedSide> sides;
  for (const std::uint32_t place : order) {
    ChallengedSide side{.block = place / 2, .is_second = place % 2 == 1};
    const UnitBlock& block = dossier.blocks[side.block];
    if (IsByExpert(block, side.is_second)) {
      side.expert = random.UniformBelow(static_cast<std::uint32_t>(block.units));
    }
    AddTensors(dossier, side);
    sides.push_back(std::move(side));
  }
  return sides;
}

std::vector<ChallengedSide> AllSides(const Dossier& dossier) {
  std::vector<ChallengedSide> sides;
  for (std::size_t block = 0; block < dossier.blocks.size(); ++block) {
    for (const bool is_second : {false, true}) {
      const bool by_expert = IsByExpert(dossier.blocks[block], is_second);
      const std::size_t count = by_expert ? dossier.blocks[block].units : 1;
      for (std::size_t i = 0; i < count; ++i) {
        ChallengedSide side{.block = block, .is_second = is_second};
        if (by_expert) side.expert = i;
        AddTensors(dossier, side);
        sides.push_back(std::move(side));
      }
    }
  }
  return sides;
}

std::string SideText(const Dossier& dossier, const ChallengedSide& side) {
  const UnitBlock& block = dossier.blocks[side.block];
  switch (block.kind) {
    case UnitKind::kHidden:
      if (block.gated)
        return fmt::format("{} rows of {}", side.is_second ? "up" : "gate", block.name);
      return fmt::format("{} of {}", side.is_second ? "down columns" : "up rows", block.name);
    case UnitKind::kHeads:
      return fmt::format("{} of {}", side.is_second ? "values and outputs" : "queries and keys",
                         block.name);
    case UnitKind::kExperts: break;
  }
  return side.expert ? fmt::format("weights of expert {} of {}", *side.expert, block.name)
                     : fmt::format("router rows of {}", block.name);
}

}  // namespace modelkin
