// The table of kinds of derivation: each file of this folder has the rows of one family.
#ifndef MODELKIN_KINSHIP_KINDS_KINDS_H_
#define MODELKIN_KINSHIP_KINDS_KINDS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinship/direction.h"
#include "kinship/kinds/findings.h"

namespace modelkin {

// What one look has found: kinds, and signs of who was first.
struct Found {
  std::vector<Kind> kinds;
  std::vector<DirectionSign> signs;

  void AddKind(DerivationKind kind, Said evidence, KindFigures figures = {},
               std::vector<std::string> roles = {}) {
    kinds.push_back({.kind = kind,
                     .evidence = std::move(evidence),
                     .figures = std::move(figures),
                     .roles = std::move(roles)});
  }
  void AddSign(SignKind kind, Direction direction, Said evidence) {
    signs.push_back({.kind = kind, .direction = direction, .evidence = std::move(evidence)});
  }
};

enum class KindScope : std::uint8_t {
  kChange,  // of what B has from A
  kLayout,  // of how it is written down, whatever that is
  kStart,   // of models that only started alike, of which no change is named
};

struct KindRow {
  DerivationKind kind = DerivationKind::kCopy;
  std::string_view name;  // in JSON and texts
  // May find several kinds: rows that have it in common follow on each other. Null for kinds of
  // models of several components, which JudgeWhole finds.
  Found (*find)(const Findings& findings) = nullptr;
  KindScope scope = KindScope::kChange;
};

// Families, in the order in which their kinds are named: a look may go by what was named before.
std::span<const KindRow> KindsOfCopies();
std::span<const KindRow> KindsOfLayouts();
std::span<const KindRow> KindsOfBases();
std::span<const KindRow> KindsOfUnits();
std::span<const KindRow> KindsOfExperts();
std::span<const KindRow> KindsOfAttention();
std::span<const KindRow> KindsOfScales();
std::span<const KindRow> KindsOfUpcycling();
std::span<const KindRow> KindsOfLayers();
std::span<const KindRow> KindsOfTokens();
std::span<const KindRow> KindsOfNumberFormats();
std::span<const KindRow> KindsOfPruning();
std::span<const KindRow> KindsOfLowRankChanges();
std::span<const KindRow> KindsOfMerging();
std::span<const KindRow> KindsOfDrift();
std::span<const KindRow> KindsOfStarts();
std::span<const KindRow> KindsOfComponents();

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_KINDS_KINDS_H_
