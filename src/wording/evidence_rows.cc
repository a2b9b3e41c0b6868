#include "wording/evidence_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number_text.h"

namespace modelkin {
namespace {

struct RowTraits {
  TestId id;
  Words label;
  bool is_share;  // else a cosine
};

// In the order of the rows. Effects of the other tests have no largest value.
constexpr std::array<RowTraits, 7> kRows = {{
    {TestId::kGateUpAgreement, {"neurons that keep their partner", "같은 짝을 지키는 뉴런"}, true},
    {TestId::kHiddenOrder, {"neurons in the same place", "같은 자리에 있는 뉴런"}, true},
    {TestId::kExpertMatching, {"experts paired the same way", "같게 짝지어진 전문가"}, true},
    {TestId::kHeadTrace, {"attention heads, likeness", "어텐션 헤드의 닮은 정도"}, false},
    {TestId::kUndertrainedTokens,
     {"rare tokens' vectors, likeness", "희귀 토큰 벡터의 닮은 정도"},
     false},
    {TestId::kUndertrainedOutputs,
     {"rare tokens' output vectors, likeness", "희귀 토큰 출력 벡터의 닮은 정도"},
     false},
    {TestId::kUnitOrder, {"units in the same place, by tensor", "텐서마다 같은 자리의 유닛"}, true},
}};

std::string ValueText(double effect, bool is_share) {
  if (is_share) return FormatPercent(effect);
  if (effect < 1 && effect > 0.9995) return "over 0.999";
  const std::string text = fmt::format("{:.3f}", effect);
  return text == "-0.000" ? "0.000" : text;
}

double Position(double effect) { return std::clamp(effect, 0.0, 1.0); }

const TestResult* FindRun(const std::vector<TestResult>& tests, const TestKey& key) {
  const auto found = std::ranges::find(tests, key, &TestResult::key);
  return found == tests.end() || !found->was_run() ? nullptr : &*found;
}

EvidenceRow RowOf(const TestResult& test, const RowTraits& traits, Language language) {
  EvidenceRow row{.test = test.key,
                  .label = std::string(traits.label.In(language)),
                  .position = Position(test.effect),
                  .value = ValueText(test.effect, traits.is_share),
                  .reference = {}};
  if (test.control_effects.empty()) {
    // In a fitted basis chance says nothing of strangers.
    if (test.effect_by_chance && test.p_is_valid()) {
      row.chance = Position(*test.effect_by_chance);
      row.chance_value = ValueText(*test.effect_by_chance, traits.is_share);
    }
    return row;
  }
  const auto [low, high] = std::ranges::minmax(test.control_effects);
  row.reference = Range{Position(low), Position(high)};
  const std::string from = ValueText(low, traits.is_share), to = ValueText(high, traits.is_share);
  row.reference_value =
      from == to ? from
                 : fmt::format("{}{}{}", from, language == Language::kKorean ? " ~ " : " to ", to);
  return row;
}

}  // namespace

std::string EffectText(TestId id, double effect) {
  const auto row = std::ranges::find(kRows, id, &RowTraits::id);
  if (row != kRows.end()) return ValueText(effect, row->is_share);
  if (id == TestId::kGateUpMatching) return ValueText(effect, true);
  return fmt::format("{} {:.3g}", TraitsOf(id).effect_name, effect);
}

std::vector<EvidenceRow> EvidenceRows(const std::vector<TestResult>& tests, ResidualBasis basis,
                                      Language language) {
  std::vector<EvidenceRow> rows;
  for (const RowTraits& traits : kRows) {
    const TestResult* test = FindRun(tests, {traits.id, basis});
    if (test == nullptr) test = FindRun(tests, {traits.id, ResidualBasis::kAsStored});
    if (test != nullptr) rows.push_back(RowOf(*test, traits, language));
  }
  return rows;
}

}  // namespace modelkin
