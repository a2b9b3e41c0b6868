#include "model/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin::testing {
namespace model_card_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ModelCard, SaysOneBaseModel) {
  EXPECT_THAT(DeclaredBaseModels("---\nlicense: mit\nbase_model: org/name-7B\n---\n"),
              ElementsAre("org/name-7B"));
  EXPECT_THAT(DeclaredBaseModels("---\r\nbase_model: \"org/name\"  # the older\r\n---\r\n"),
              ElementsAre("org/name"));
}

TEST(ModelCard, SaysSeveral) {
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model: [a/b, 'c/d']\ntags:\n- merge\n---\n"),
              ElementsAre("a/b", "c/d"));
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model:\n  - a/b\n\n  - c/d\ntags:\n  - e/f\n---\n"),
              ElementsAre("a/b", "c/d"));
}

TEST(ModelCard, SaysNoneOutsideItsMetadata) {
  EXPECT_THAT(DeclaredBaseModels(""), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("# Title\nbase_model: a/b\n"), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("---\nlicense: mit\n---\nbase_model: a/b\n"), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("---\nmodel:\n  base_model: a/b\n---\n"), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model_relation: finetune\n---\n"), IsEmpty());
}

TEST(ModelCard, TakesNothingThatIsNoName) {
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model: {a: b}\n---\n"), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model: <script>alert(1)</script>\n---\n"), IsEmpty());
  EXPECT_THAT(DeclaredBaseModels("---\nbase_model: [a/b\n"), IsEmpty());
}

TEST(ModelCard, KeepsSixtyFourAtMost) {
  std::string card = "---\nbase_model:\n";
  for (int i = 0; i < 1000; ++i) card += "- a/b\n";
  EXPECT_EQ(DeclaredBaseModels(card).size(), 64U);
}

}  // namespace model_card_test
}  // namespace modelkin::testing
