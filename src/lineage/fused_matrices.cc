#include "lineage/fused_matrices.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "architecture/placed_tensor.h"
#include "architecture/role_names.h"
#include "lineage/matrix_layouts.h"
#include "lineage/tensor_moments.h"

namespace modelkin {
namespace {

using Members = std::vector<const Tensor*>;
using Extent = std::pair<std::uint64_t, std::uint64_t>;  // rows, columns

// Matrices that are stored as one of so many rows.
struct Fusion {
  std::vector<std::uint64_t> rows;
  std::vector<Members> of_a;  // of each layer or MLP
};

constexpr std::array<Role, 2> kGateUp = {Role::kGate, Role::kUp};
constexpr std::array<Role, 3> kQueryKeyValue = {Role::kQuery, Role::kKey, Role::kValue};

// Those that stand beside `first`; none unless all do, over the same columns.
Members MembersBeside(const Checkpoint& a, const Tensor& first, std::span<const Role> roles) {
  const PlacedTensor placed = TensorPlacer(nullptr).Place(first);
  if (placed.role != roles[0] || placed.is_bias || !IsPlainMatrix(first)) return {};
  const std::string parent =
      first.name.substr(0, first.name.size() - TensorInLayer(roles[0]).size());
  Members members;
  for (const Role role : roles) {
    const Tensor* const member = a.Find(parent + TensorInLayer(role));
    if (member == nullptr || !IsPlainMatrix(*member) || member->shape[1] != first.shape[1] ||
        !IsComparable(member->dtype)) {
      return {};
    }
    members.push_back(member);
  }
  return members;
}

std::map<Extent, Fusion> FusionsOf(const Checkpoint& a, const Members& only_in_a) {
  std::map<Extent, Fusion> fusions;
  for (const Tensor* const tensor : only_in_a) {
    for (const std::span<const Role> roles :
         {std::span<const Role>(kGateUp), std::span<const Role>(kQueryKeyValue)}) {
      const Members members = MembersBeside(a, *tensor, roles);
      if (members.empty()) continue;
      std::vector<std::uint64_t> rows;
      std::uint64_t sum = 0;
      for (const Tensor* const member : members) {
        rows.push_back(member->shape[0]);
        sum += member->shape[0];
      }
      Fusion& fusion = fusions[{sum, tensor->shape[1]}];
      if (fusion.of_a.empty()) fusion.rows = rows;
      if (fusion.rows == rows) fusion.of_a.push_back(members);
    }
  }
  for (const Tensor* const tensor : only_in_a) {
    if (tensor->shape.size() != 2) continue;
    fusions.erase({tensor->shape[0], tensor->shape[1]});
    fusions.erase({tensor->shape[1], tensor->shape[0]});
  }
  return fusions;
}

class Splitter {
 public:
  Splitter(const Checkpoint& a, const Members& only_in_a, const Checkpoint& b)
      : a_(a), b_(b), fusions_(FusionsOf(a, only_in_a)) {}

  // One, the tensor itself, if it is not fused.
  std::vector<Tensor> Split(Tensor tensor) {
    if (!IsPlainMatrix(tensor)) return {std::move(tensor)};
    const Extent stored(tensor.shape[0], tensor.shape[1]);
    auto fusion = fusions_.find(stored);
    if (fusion == fusions_.end()) {
      fusion = fusions_.find({stored.second, stored.first});
      if (fusion == fusions_.end()) return {std::move(tensor)};
      tensor = Transposed(tensor);
    }
    std::vector<Tensor> blocks = RowBlocks(tensor, fusion->second.rows);
    if (blocks.size() != kGateUp.size()) return blocks;
    std::vector<Tensor> alternate = AlternateRows(tensor, blocks.size());
    const bool in_turn = Cost(alternate, fusion->second) < Cost(blocks, fusion->second);
    return in_turn ? std::move(alternate) : std::move(blocks);
  }

 private:
  // Distance of a gate and an up to the nearest MLP's, in either order.
  double Cost(const std::vector<Tensor>& parts, const Fusion& fusion) {
    const Moments first = MomentsOf(b_, parts[0]), second = MomentsOf(b_, parts[1]);
    double least = HUGE_VAL;
    for (const Members& members : fusion.of_a) {
      const Moments& gate = OfA(*members[0]);
      const Moments& up = OfA(*members[1]);
      least = std::min({least, MomentDistance(first, gate) + MomentDistance(second, up),
                        MomentDistance(first, up) + MomentDistance(second, gate)});
    }
    return least;
  }

  const Moments& OfA(const Tensor& tensor) {
    const auto found = moments_.find(&tensor);
    if (found != moments_.end()) return found->second;
    return moments_.emplace(&tensor, MomentsOf(a_, tensor)).first->second;
  }

  const Checkpoint& a_;
  const Checkpoint& b_;
  std::map<Extent, Fusion> fusions_;
  std::map<const Tensor*, Moments> moments_;
};

}  // namespace

std::vector<Piece> TakenApart(const Checkpoint& a, const std::vector<const Tensor*>& only_in_a,
                              const Checkpoint& b, const std::vector<const Tensor*>& only_in_b) {
  Splitter splitter(a, only_in_a, b);
  std::vector<Piece> pieces;
  for (const Tensor* const whole : only_in_b) {
    std::vector<Tensor> parts = splitter.Split(*whole);
    // The parts' names are taken: by a file that is made to be so.
    const bool taken = parts.size() > 1 && std::ranges::any_of(parts, [&](const Tensor& part) {
                         return b.Find(part.name) != nullptr || a.Find(part.name) != nullptr;
                       });
    if (taken) parts.assign(1, *whole);
    for (Tensor& part : parts) pieces.push_back({whole, std::move(part)});
  }
  return pieces;
}

}  // namespace modelkin
