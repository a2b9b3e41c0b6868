// Ids and texts that the Python package tokenizers gives: scripts/make-text-encoding-golden.
#ifndef MODELKIN_TESTS_TEXT_ENCODING_GOLDEN_H_
#define MODELKIN_TESTS_TEXT_ENCODING_GOLDEN_H_

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "text_encoding/text_encoder.h"

namespace modelkin::testing {

using Ids = std::vector<std::uint32_t>;

inline nlohmann::json ReadGolden(const std::string& name) {
  std::ifstream file(MODELKIN_TEST_DATA "/" + name + ".golden.json");
  return nlohmann::json::parse(file);
}

inline void ExpectGolden(const TextEncoder& encoder, const nlohmann::json& golden) {
  EXPECT_EQ(encoder.vocabulary_size(), golden.at("vocabulary_size").get<std::uint64_t>());
  EXPECT_GE(golden.at("texts").size(), 30U);
  for (const nlohmann::json& expected : golden.at("texts")) {
    const auto text = expected.at("text").get<std::string>();
    SCOPED_TRACE(text);
    const Ids ids = encoder.Encode(text);
    EXPECT_EQ(ids, expected.at("ids").get<Ids>());
    EXPECT_EQ(encoder.Encode(text, false), expected.at("ids_without_special").get<Ids>());
    EXPECT_EQ(encoder.Decode(ids), expected.at("decoded").get<std::string>());
    EXPECT_EQ(encoder.Decode(ids, true), expected.at("decoded_without_special").get<std::string>());
  }
}

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_TEXT_ENCODING_GOLDEN_H_
