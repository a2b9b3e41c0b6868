#include "requests/short_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace modelkin {
namespace short_names_test {

using ::testing::ElementsAre;

TEST(ShortNames, AreLastPartsWithoutEndings) {
  EXPECT_THAT(ShortNames({"zoo/glm-a/", "./zoo/glm-b", "x/stories260K.safetensors"}),
              ElementsAre("glm-a", "glm-b", "stories260K"));
  EXPECT_THAT(ShortNames({"hf://org/name@main", "/m/model.gguf"}),
              ElementsAre("org/name@main", "model"));
}

TEST(ShortNames, HaveWhatTellsTheTwoApart) {
  EXPECT_THAT(ShortNames({"m/x.pt", "m/x.safetensors"}), ElementsAre("x.pt", "x.safetensors"));
  EXPECT_THAT(ShortNames({"run1/checkpoint-100", "run2/checkpoint-100"}),
              ElementsAre("run1/checkpoint-100", "run2/checkpoint-100"));
  EXPECT_THAT(ShortNames({"same", "same"}), ElementsAre("same", "same"));
}

TEST(PrintableNames, ArePrintableWhateverThePathIs) {
  EXPECT_THAT(PrintableNames({"", "/", "a/\x1b[31m"}), ElementsAre("", "/", "\\x1b[31m"));
  EXPECT_THAT(ShortNames({".safetensors"}), ElementsAre(".safetensors"));
}

}  // namespace short_names_test
}  // namespace modelkin
