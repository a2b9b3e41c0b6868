// Two dossiers set beside each other: docs/dossier.md, "The tests".
#ifndef MODELKIN_DOSSIER_DOSSIER_COMPARISON_H_
#define MODELKIN_DOSSIER_DOSSIER_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dossier/dossier.h"
#include "lineage/mlp_matching.h"
#include "modelkin/verdict.h"

namespace modelkin {

// As of trace (docs/lineage.md, "The tests"), on projected rows; head_matching is gate_up_agreement
// over the key and value groups of layers.
enum class DossierTestId : std::uint8_t {
  kGateUpMatching,
  kGateUpAgreement,
  kHiddenOrder,
  kHiddenTrace,
  kHeadMatching,
  kExpertMatching,
};

// Returns "gate_up_matching" and so on.
std::string_view DossierTestName(DossierTestId id);

struct DossierTest {
  DossierTestId id = DossierTestId::kGateUpMatching;
  std::string skipped;  // why there is no result; "" where there is
  double statistic = 0;
  std::uint64_t units = 0;      // MLPs of those tests that combine them, else units
  double log_p = 0;             // natural log, as below
  bool log_p_is_bound = false;  // p is this or smaller
  double log_p_adjusted = 0;    // by Holm, over the tests that were run
  double effect = 0;
  double least_effect = 0;  // that counts as strong
  bool strong = false;

  bool was_run() const { return skipped.empty(); }
};

// A block of B beside that of A whose sums are most alike.
struct BlockPair {
  UnitKind kind = UnitKind::kHidden;
  std::size_t a = 0, b = 0;  // indices into the dossiers' blocks
  // Of their sums: the largest of both cosines, and of their sum over the square root of 2.
  double similarity = 0;
  MlpMatch match;
  // Whether it is the first of B's blocks of its kind whose units stand in one order.
  bool counts = false;
};

// What a dossier says of how it came about.
struct SeedFinding {
  std::string agreed;      // the seed of both roots and the beacon
  bool is_agreed = false;  // both dossiers have it; else one party may have chosen theirs
};

struct DossierComparison {
  // kSharesMaterial, kNoEvidence or kNotComparable. More can't be told: what units learned is too
  // little beside the error of projections.
  VerdictCategory category = VerdictCategory::kNotComparable;
  std::string not_comparable;  // why; "" where something was compared
  SeedFinding seed;
  std::vector<DossierTest> tests;
  std::vector<BlockPair> pairs;
  // The smallest share t of each unit's weights at which renumbered hidden units of B, were they t
  // A
  // + (1 - t) B, would have been found with probability 0.9, by simulation on the rows at hand, in
  // steps of 0.01; nullopt where there are no such MLPs, or even A itself would not be found.
  std::optional<double> smallest_share;
};

struct DossierCompareOptions {
  std::string beacon;
  unsigned threads = 1;
  bool power = true;
};

// Throws Error(kUsage) where the dossiers can't be of one session: seeds or dimensions differ, or
// both have the same root, so that one is a copy of the other. The same for any number of threads.
DossierComparison CompareDossiers(const Dossier& a, const Dossier& b,
                                  const DossierCompareOptions& options);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_DOSSIER_COMPARISON_H_
