// Python's expressions on names of modules.
#include "checkpoint/module_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace modelkin {
namespace module_pattern_test {

constexpr const char* kModule = "model.layers.10.self_attn.q_proj";

// What re.match(rf"(.*\.)?({pattern})$", kModule) says (CPython 3.11).
TEST(ModulePattern, IsMatchedAsPythonDoes) {
  for (const char* pattern :
       {"q_proj", "self_attn.q_proj", "model.layers.10.self_attn.q_proj", "q.proj",
        R"(layers\.(9|10)\.self_attn\.q_proj)", R"(.*\.q_proj)", ".*q_proj", "^model.*q_proj",
        R"(layers\.\d+\.self_attn\.(q|v)_proj)", "self_attn.[qkv]_proj", "[p-r]_proj$", R"(\w+)",
        "(?:k|q)_proj", "q_proj|k_proj", "q_?proj", "q_proj?"}) {
    EXPECT_EQ(MatchesModule(pattern, kModule), true) << pattern;
  }
  for (const char* pattern : {"proj", "_proj", "v_proj", "attn.q_proj", "layers.1.self_attn.q_proj",
                              "q_pro", R"(layers\.\d\.self_attn\.q_proj)", "^layers.*q_proj",
                              "self_attn", "[kv]_proj", "", R"(q\dproj)", "q_projx?y"}) {
    EXPECT_EQ(MatchesModule(pattern, kModule), false) << pattern;
  }
}

TEST(ModulePattern, WhatIsNotKnownIsNeitherMatchedNorNot) {
  for (const char* pattern : {"(a*)*", "(", ")", "a{2}", "(?=q)", "(?P<n>q)", R"(\bq)", "[^q]_proj",
                              "*", "a**", R"(\1)", "[", "[]", R"(q\)"}) {
    EXPECT_EQ(MatchesModule(pattern, kModule), std::nullopt) << pattern;
  }
  EXPECT_EQ(MatchesModule("q_proj", std::string(600, 'x')), std::nullopt);
  EXPECT_EQ(MatchesModule("(q|\xC3\xA4)", kModule), std::nullopt);
}

TEST(ModulePattern, DeepAndLongExpressionsEnd) {
  EXPECT_EQ(MatchesModule(std::string(200, '(') + "a" + std::string(200, ')'), kModule),
            std::nullopt);
  std::string many;
  for (int i = 0; i < 60; ++i) many += "a*";
  EXPECT_EQ(MatchesModule(many + "b", std::string(500, 'a')), false);
}

}  // namespace module_pattern_test
}  // namespace modelkin
