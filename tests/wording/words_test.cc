#include "wording/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "wording/skip_reasons.h"

namespace modelkin {
namespace words_test {

using ::testing::IsEmpty;
using ::testing::Not;

// Each has words of its own in both languages, and none is an identifier.
template <class Id, class WordsOf>
void ExpectWords(const std::vector<Id>& ids, const WordsOf& words_of) {
  for (const Language language : kLanguages) {
    std::set<std::string> seen;
    for (const Id id : ids) {
      const std::string words(words_of(id, language));
      EXPECT_THAT(words, Not(IsEmpty()));
      EXPECT_EQ(words.find('_'), std::string::npos) << words;
      EXPECT_TRUE(seen.insert(words).second) << words;
    }
  }
}

template <class Id>
std::vector<Id> UpTo(Id last) {
  std::vector<Id> ids;
  for (int i = 0; i <= static_cast<int>(last); ++i) ids.push_back(static_cast<Id>(i));
  return ids;
}

TEST(Words, AreThereForEveryTestInBothBases) {
  std::vector<TestKey> keys;
  for (const TestId id : AllTests()) {
    keys.push_back({.id = id, .basis = ResidualBasis::kAsStored});
    keys.push_back({.id = id, .basis = ResidualBasis::kFitted});
  }
  ExpectWords(keys, TestInWords);
}

TEST(Words, AreThereForEveryReasonNotToTest) {
  std::vector<SkipReason> reasons = UpTo(kLastSkipReason);
  reasons.erase(reasons.begin());  // none
  ExpectWords(reasons, [](SkipReason reason, Language language) {
    const std::string words = SkipText({reason, 576, 640}, language);
    EXPECT_EQ(words.find_first_of("{}"), std::string::npos) << words;
    EXPECT_EQ(words.find("\xEA") != std::string::npos || words.find("\xEC") != std::string::npos,
              language == Language::kKorean)
        << words;
    return words;
  });
  EXPECT_EQ(SkipText({}), "");
  EXPECT_EQ(SkipText({SkipReason::kWidthsDiffer, 576, 640}), "residual widths differ: 576 and 640");
  EXPECT_EQ(SkipText(static_cast<SkipReason>(255)), SkipText(kLastSkipReason));  // of a bad file
}

TEST(Words, AreThereForTheNumbersOfEveryTest) {
  for (const TestId id : AllTests()) {
    EXPECT_EQ(StatisticNameInWords(id, Language::kEnglish), TraitsOf(id).statistic_name);
    EXPECT_EQ(EffectNameInWords(id, Language::kEnglish), TraitsOf(id).effect_name);
    EXPECT_FALSE(StatisticNameInWords(id, Language::kKorean).empty());
    EXPECT_FALSE(EffectNameInWords(id, Language::kKorean).empty());
  }
}

TEST(Words, AreThereForEveryKind) {
  ExpectWords(AllDerivationKinds(), [](DerivationKind kind, Language language) {
    return KindInWords(kind).In(language);
  });
}

TEST(Words, AreThereForClassesComponentsAndOutcomes) {
  ExpectWords(UpTo(HeritageClass::kUndecided), [](HeritageClass heritage, Language language) {
    return HeritageInWords(heritage).In(language);
  });
  ExpectWords(UpTo(Component::kPrediction), [](Component component, Language language) {
    return ComponentInWords(component).In(language);
  });
  ExpectWords(UpTo(ClaimOutcome::kUntestable), [](ClaimOutcome outcome, Language language) {
    return OutcomeInWords(outcome).In(language);
  });
  ExpectWords(UpTo(Look::kUntestable),
              [](Look look, Language language) { return PillOf(look).In(language); });
}

TEST(LookOf, TellsACommonStartFromAPart) {
  EXPECT_EQ(LookOf(VerdictCategory::kSharesMaterial, SharedMaterial::kCommonInitialisation),
            Look::kStart);
  EXPECT_EQ(LookOf(VerdictCategory::kSharesMaterial, SharedMaterial::kCopiedTensors), Look::kPart);
  EXPECT_EQ(LookOf(VerdictCategory::kDerived, {}), Look::kRelated);
  EXPECT_EQ(LookOf(VerdictCategory::kIdentical, {}), Look::kSame);
  EXPECT_EQ(LookOf(VerdictCategory::kNoEvidence, {}), Look::kNotFound);
  EXPECT_EQ(LookOf(VerdictCategory::kNotComparable, {}), Look::kUntestable);
}

}  // namespace words_test
}  // namespace modelkin
