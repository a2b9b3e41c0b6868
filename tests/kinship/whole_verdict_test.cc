#include "kinship/whole_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace modelkin {
namespace whole_verdict_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum Component;
using enum VerdictCategory;

// Components with verdicts that live as long as the case.
class Case {
 public:
  Case& Add(Component kind, std::optional<VerdictCategory> category, std::uint64_t parameters_b) {
    const Verdict* verdict = nullptr;
    if (category) {
      Verdict& made = verdicts_.emplace_back();
      made.category = *category;
      if (made.category == kSharesMaterial) made.shared = SharedMaterial::kCommonInitialisation;
      verdict = &made;
    }
    components_.push_back({.kind = kind, .verdict = verdict, .parameters_b = parameters_b});
    return *this;
  }
  WholeVerdict Judge() const { return JudgeWhole(components_); }

 private:
  std::deque<Verdict> verdicts_;
  std::vector<JudgedComponent> components_;
};

std::vector<DerivationKind> KindsOf(const WholeVerdict& verdict) {
  std::vector<DerivationKind> kinds;
  for (const Kind& kind : verdict.kinds) kinds.push_back(kind.kind);
  return kinds;
}

TEST(WholeVerdict, OfOnePairIsItsOwn) {
  for (const auto category : {kIdentical, kDerived, kSharesMaterial, kNoEvidence, kNotComparable}) {
    const WholeVerdict verdict = Case().Add(kText, category, 10).Judge();
    EXPECT_EQ(verdict.category, category);
    EXPECT_EQ(verdict.shared.has_value(), category == kSharesMaterial);
    EXPECT_THAT(verdict.kinds, IsEmpty());
  }
}

TEST(WholeVerdict, IsIdenticalWhereAllIs) {
  EXPECT_EQ(Case().Add(kText, kIdentical, 10).Add(kVision, kIdentical, 1).Judge().category,
            kIdentical);
  EXPECT_EQ(Case().Add(kText, kIdentical, 10).Add(kVision, {}, 1).Judge().category, kDerived);
}

TEST(WholeVerdict, NamesATakenComponent) {
  const WholeVerdict verdict = Case()
                                   .Add(kText, kNoEvidence, 100)
                                   .Add(kVision, kDerived, 10)
                                   .Add(kProjector, kNotComparable, 1)
                                   .Judge();
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kComponentTaken);
  EXPECT_THAT(KindsOf(verdict),
              ElementsAre(DerivationKind::kComponentTaken, DerivationKind::kTextReplaced));
}

TEST(WholeVerdict, OfAnEncoderInAModelThatIsNotComparedIsATakenComponent) {
  const WholeVerdict verdict = Case().Add(kVision, kIdentical, 10).Add(kText, {}, 100).Judge();
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_THAT(KindsOf(verdict), ElementsAre(DerivationKind::kComponentTaken));
}

TEST(WholeVerdict, IsDerivedWhereTheTextIsAndNothingSpeaksAgainstIt) {
  EXPECT_EQ(Case().Add(kText, kDerived, 10).Add(kVision, {}, 100).Judge().category, kDerived);
  EXPECT_EQ(Case().Add(kText, kDerived, 10).Add(kVision, kNoEvidence, 100).Judge().category,
            kSharesMaterial);
  EXPECT_EQ(Case().Add(kText, kDerived, 100).Add(kVision, kNoEvidence, 10).Judge().category,
            kDerived);
}

TEST(WholeVerdict, IsNoEvidenceWhereSomethingWasTested) {
  EXPECT_EQ(Case().Add(kText, kNoEvidence, 10).Add(kVision, kNotComparable, 9).Judge().category,
            kNoEvidence);
  EXPECT_EQ(Case().Add(kText, kNotComparable, 10).Add(kVision, {}, 9).Judge().category,
            kNotComparable);
}

TEST(WholeVerdict, SaysWhatIsSharedWhereNothingIsDerived) {
  const WholeVerdict verdict =
      Case().Add(kText, kNoEvidence, 10).Add(kVision, kSharesMaterial, 9).Judge();
  EXPECT_EQ(verdict.category, kSharesMaterial);
  EXPECT_EQ(verdict.shared, SharedMaterial::kCommonInitialisation);
}

}  // namespace whole_verdict_test
}  // namespace modelkin
