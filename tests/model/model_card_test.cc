#include "model/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

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

TEST(ModelCard, HasSixtyFourAtMost) {
  std::string card = "---\nbase_model:\n";
  for (int i = 0; i < 64; ++i) card += "- a/b\n";
  EXPECT_EQ(DeclaredBaseModels(card + "---\n").size(), 64U);
  EXPECT_THAT(DeclaredBaseModels(card + "- a/b\n---\n"), IsEmpty());
}

TEST(ModelCard, SaysHowAndUnderWhichLicence) {
  const DeclaredOrigin origin = ReadModelCard(
      "README.md",
      "\xEF\xBB\xBF---\nlicense: mit\nbase_model_relation: merge\nbase_model: [a/b]\n---\nx: [");
  EXPECT_THAT(origin.bases, ElementsAre("a/b"));
  EXPECT_EQ(origin.relation, "merge");
  EXPECT_EQ(origin.license, "mit");
  EXPECT_EQ(ReadModelCard("README.md", "---\nlicense: [mit, x]\n---\n").license, "");
}

TEST(ModelCard, ErrorsNameTheLineOfTheFile) {
  try {
    ReadModelCard("README.md", "---\na: b\nbase_model: *x\n---\n");
    ADD_FAILURE() << "threw nothing";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "README.md: byte 21: line 3: has an alias, which is not read here");
  }
}

}  // namespace model_card_test
}  // namespace modelkin::testing
