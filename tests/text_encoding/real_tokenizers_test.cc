// Published tokenizers, which are not part of the project: MODELKIN_SHARED_DATA names a folder with
// realdata/.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "source/mapped_file.h"
#include "source/sha256.h"
#include "text_encoding/golden.h"

namespace modelkin {
namespace real_tokenizers_test {

class RealTokenizers : public ::testing::TestWithParam<const char*> {};

TEST_P(RealTokenizers, IdsAndTexts) {
  const char* const shared = std::getenv("MODELKIN_SHARED_DATA");
  if (shared == nullptr || *shared == '\0') {
    GTEST_SKIP() << "MODELKIN_SHARED_DATA is not set: REAL TOKENIZERS NOT CHECKED";
  }
  const nlohmann::json golden = testing::ReadGolden(GetParam());
  const std::string path =
      std::string(shared) + "/realdata/" + golden.at("file").get<std::string>();
  const auto file = MapFile(path);
  Progress progress;
  ASSERT_EQ(Sha256OfRange(*file, 0, file->size_bytes(), progress),
            golden.at("sha256").get<std::string>());
  testing::ExpectGolden(*OpenTextEncoder(path), golden);
}

INSTANTIATE_TEST_SUITE_P(Files, RealTokenizers,
                         ::testing::Values("real-story-llama", "real-granite31-1b-a400m",
                                           "real-prymmal-phi3-slerp"));

}  // namespace real_tokenizers_test
}  // namespace modelkin
