// Which records the base models are that cards declare.
#ifndef MODELKIN_ATLAS_DECLARED_BASES_H_
#define MODELKIN_ATLAS_DECLARED_BASES_H_

#include <cstdint>
#include <vector>

#include "atlas/tree.h"

namespace modelkin {

struct DeclaredBase {
  std::size_t model = 0, base = 0;
  bool by_last_part = false;

  bool operator==(const DeclaredBase&) const = default;
};

struct DeclaredBases {
  std::vector<DeclaredBase> found;  // by model, then base; of records of one name up to four
  std::uint64_t unmatched = 0;      // that no record is called
};

// A declared "org/name" is the record of that name, whatever the case of its letters. A record that
// was read from a folder, whose name is a path, is also known by the path's last part: two such may
// have nothing in common but that. No model is its own base.
DeclaredBases MatchDeclaredBases(const std::vector<TreeModel>& models);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_DECLARED_BASES_H_
