#include "basis/left_out_identities.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/parallel.h"
#include "lineage/diagonal_mean.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kRowsLookedAt = 64;

// What one weight is, and the entries of either kind of identity.
struct OwnIdentity {
  const Part* part = nullptr;
  bool in_place = false, at_coordinates = false;
  std::vector<std::uint32_t> diagonal, largest;
};

bool MayBeIdentity(const Part& part) {
  return part.layer && part.residual_axis() && part.tensor->shape.size() == 2 && !part.is_bias;
}

std::uint64_t ValuesOf(const ModelParts& model) {
  std::uint64_t values = 0;
  for (const Part& part : model.parts) {
    if (MayBeIdentity(part)) values += part.tensor->elements;
  }
  return values;
}

// Of rows of so many coordinates.
OwnIdentity IdentityOf(const Part& part, const std::vector<float>& rows, std::size_t columns) {
  OwnIdentity own{.part = &part};
  const DiagonalMean mean = DiagonalOf(rows, columns);
  own.in_place = AreIdentityLike(mean, mean);
  own.at_coordinates = StandAtCoordinates(rows, columns);
  if (own.at_coordinates) own.largest = LargestOfRows(rows, columns);
  if (!own.in_place) return own;
  for (std::size_t row = 0; row * columns < rows.size(); ++row) {
    own.diagonal.push_back(static_cast<std::uint32_t>(row % columns));
  }
  return own;
}

std::vector<OwnIdentity> IdentitiesOf(const ModelParts& model, unsigned threads) {
  std::vector<const Part*> parts;
  for (const Part& part : model.parts) {
    if (MayBeIdentity(part)) parts.push_back(&part);
  }
  std::vector<OwnIdentity> all(parts.size());
  ParallelFor(threads, parts.size(), [&](std::size_t i, unsigned) {
    std::vector<float> rows;
    const std::size_t columns = parts[i]->tensor->shape[*parts[i]->residual_axis()];
    const bool finite =
        ReadByUnit(model.checkpoint, *parts[i]->tensor, 1 - *parts[i]->residual_axis(), rows);
    if (finite) all[i] = IdentityOf(*parts[i], rows, columns);
  });
  std::erase_if(all, [](const OwnIdentity& own) { return !own.in_place && !own.at_coordinates; });
  return all;
}

// Of a few rows of one weight.
std::vector<OwnIdentity> LookAtFew(const ModelParts& model) {
  for (const Mlp& mlp : model.mlps) {
    const Part* const part = mlp.gate != nullptr ? mlp.gate : mlp.up;
    if (part == nullptr || part->residual_axis() != 1) continue;
    const UnitReader reader(model.checkpoint, *part->tensor, 1);
    const std::uint64_t units = reader.lengths().positions(), columns = reader.lengths().units;
    const std::uint64_t count = std::min(kRowsLookedAt, units);
    std::vector<float> rows, row;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!reader.Read(i * units / count, 1, row)) return {};
      rows.insert(rows.end(), row.begin(), row.end());
    }
    reader.RequireNothingLost();
    OwnIdentity own{.part = part, .at_coordinates = StandAtCoordinates(rows, columns)};
    if (!own.at_coordinates) return {};
    own.largest = LargestOfRows(rows, columns);
    return {std::move(own)};
  }
  return {};
}

std::set<Role> RolesOf(const std::vector<OwnIdentity>& all, bool OwnIdentity::*kind) {
  std::set<Role> roles;
  for (const OwnIdentity& own : all) {
    if (own.*kind) roles.insert(own.part->role);
  }
  return roles;
}

LeftOutByPart LeftOut(std::vector<OwnIdentity> own, const std::vector<OwnIdentity>& other) {
  const std::set<Role> in_place = RolesOf(other, &OwnIdentity::in_place),
                       at_coordinates = RolesOf(other, &OwnIdentity::at_coordinates),
                       own_in_place = RolesOf(own, &OwnIdentity::in_place);
  LeftOutByPart left_out;
  for (OwnIdentity& identity : own) {
    const Role role = identity.part->role;
    std::vector<std::uint32_t>* entries = nullptr;
    if (in_place.contains(role) && own_in_place.contains(role)) {
      entries = identity.in_place ? &identity.diagonal : nullptr;
    } else if (at_coordinates.contains(role)) {
      entries = identity.at_coordinates ? &identity.largest : nullptr;
    }
    if (entries == nullptr) continue;
    left_out[identity.part] =
        std::make_shared<const std::vector<std::uint32_t>>(std::move(*entries));
  }
  return left_out;
}

}  // namespace

bool AreReadForIdentities(const ModelParts& a, const ModelParts& b) {
  return ValuesOf(a) + ValuesOf(b) <= kMostIdentityValues;
}

IdentitiesOfBoth FindIdentities(const ModelParts& a, const ModelParts& b, unsigned threads) {
  const bool whole = AreReadForIdentities(a, b);
  const auto of_a = whole ? IdentitiesOf(a, threads) : LookAtFew(a);
  if (of_a.empty()) return {};
  const auto of_b = whole ? IdentitiesOf(b, threads) : LookAtFew(b);
  return {.a = LeftOut(of_a, of_b), .b = LeftOut(of_b, of_a)};
}

}  // namespace modelkin
