// The tests of independent initialisation: which there are, and what each rests on.
#ifndef MODELKIN_EVIDENCE_TEST_ID_H_
#define MODELKIN_EVIDENCE_TEST_ID_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/residual_basis.h"

namespace modelkin {

enum class TestId : std::uint8_t {
  kResidualTrace,
  kResidualTables,
  kGateUpMatching,
  kGateUpAgreement,
  kHiddenOrder,
  kHiddenTrace,
  kExpertMatching,
  kHeadTrace,
  kUnitOrder,
  kUndertrainedTokens,
  kUndertrainedOutputs,
};

// One test of a pair: a test that is run again in a fitted basis is another one.
struct TestKey {
  TestId id = TestId::kResidualTrace;
  ResidualBasis basis = ResidualBasis::kAsStored;

  bool operator==(const TestKey&) const = default;
};

// What a test needs in a fitted basis, where units of strangers that do the same are alike, so that
// its p may be too small: only effects count that are far above what strangers have.
struct FittedEffect {
  double of_strangers = 0;  // the largest of the calibration, docs/kinship.md
  double least = 0;         // that counts as strong
};

struct TestTraits {
  TestId id = TestId::kResidualTrace;
  std::string_view name;            // "residual_trace"
  std::string_view hypothesis;      // that is rejected by a small p
  std::string_view symmetry_group;  // what is in random order under it
  std::string_view assumption;      // under which p is valid, for models as stored
  std::string_view statistic_name;
  std::string_view effect_name;
  double least_effect = 0;  // that counts as strong
  // Whether it counts only beside another test, since other causes than a common origin can make p
  // small; an effect from which on it counts all the same.
  bool needs_witness = false;
  double effect_without_witness = std::numeric_limits<double>::infinity();
  std::optional<FittedEffect> fitted = {};  // nullopt where p stays valid
};

// Returns the row of the table of tests.
const TestTraits& TraitsOf(TestId id);

// Returns all tests, in the order of the table.
std::vector<TestId> AllTests();

// Returns "hidden_order", or "hidden_order_in_fitted_basis".
std::string TestName(const TestKey& key);

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_TEST_ID_H_
