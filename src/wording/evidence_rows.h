// What two models have in common, a row for each kind of evidence that can be shown from nothing to
// the same.
#ifndef MODELKIN_WORDING_EVIDENCE_ROWS_H_
#define MODELKIN_WORDING_EVIDENCE_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "evidence/test_result.h"
#include "wording/language.h"

namespace modelkin {

struct Range {
  double low = 0, high = 0;
};

struct EvidenceRow {
  TestKey test;
  std::string label;                 // "neurons in the same place"
  double position = 0;               // from 0 (nothing) to 1 (the same)
  std::string value;                 // "100 %", "0.998"
  std::optional<Range> reference;    // positions of pairs with unrelated models
  std::string reference_value = {};  // "1 %", "9 % to 21 %"
  // Where models with nothing in common are on average, as calculated; of rows without a reference.
  std::optional<double> chance = {};
  std::string chance_value = {};  // "0.8 %"
};

// Returns the rows of those tests of `basis` that were run and whose effect is a share or a
// likeness; of those that were not run in a fitted basis, as stored.
std::vector<EvidenceRow> EvidenceRows(const std::vector<TestResult>& tests, ResidualBasis basis,
                                      Language language);

// Returns the effect as its row has it: "100 %", "0.998"; of tests without a row "z 71.9", with the
// effect's name.
std::string EffectText(TestId id, double effect);

}  // namespace modelkin

#endif  // MODELKIN_WORDING_EVIDENCE_ROWS_H_
