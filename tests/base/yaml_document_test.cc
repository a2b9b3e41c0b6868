#include "base/yaml_document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "support/expect_error.h"

namespace modelkin {
namespace yaml_document_test {

using nlohmann::json;
using nlohmann::literals::operator""_json;

json Parse(const std::string& text, YamlOptions options = {}) {
  return ParseYaml("f.yml", text, options);
}

// What is said of text that is refused; "" of text that is read.
std::string Refusal(const std::string& text, YamlOptions options = {}) {
  try {
    Parse(text, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_TRUE(testing::IsOneSafeLine(error.what())) << error.what();
    return error.what();
  }
  return "";
}

TEST(YamlDocument, ReadsARecipe) {
  const json recipe = Parse(R"(# a merge
models:
  - model: ./a
    parameters: {weight: 0.3}
  - model: "b"   # quoted
    parameters:
      weight: [0, 1.5]
merge_method: linear
dtype: bfloat16
)");
  EXPECT_EQ(recipe, json::parse(R"({"models": [
    {"model": "./a", "parameters": {"weight": 0.3}},
    {"model": "b", "parameters": {"weight": [0, 1.5]}}],
    "merge_method": "linear", "dtype": "bfloat16"})"));
}

TEST(YamlDocument, TypesPlainScalarsByTheCoreSchema) {
  const json values = Parse(
      "[~, null, 'null', true, FALSE, yes, 0x1f, 0o17, 017, +3, -4, 1e-3, .5, 5., -.inf, 1_0, "
      "2020-01-01, \"7\", 18446744073709551615, 18446744073709551616, -9223372036854775809, 1e999, "
      "-1e-999, "
      "+-3, .]");
  EXPECT_EQ(values, (json::array({nullptr,
                                  nullptr,
                                  "null",
                                  true,
                                  false,
                                  "yes",
                                  31,
                                  15,
                                  17,
                                  3,
                                  -4,
                                  1e-3,
                                  0.5,
                                  5.0,
                                  -HUGE_VAL,
                                  "1_0",
                                  "2020-01-01",
                                  "7",
                                  18446744073709551615U,
                                  18446744073709551616.0,
                                  -9223372036854775808.0,
                                  HUGE_VAL,
                                  -0.0,
                                  "+-3",
                                  "."})));
  EXPECT_TRUE(std::isnan(Parse(".nan").get<double>()));
}

TEST(YamlDocument, HoldsNothingOrOneDocument) {
  EXPECT_EQ(Parse(""), nullptr);
  EXPECT_EQ(Parse("# nothing\n"), nullptr);
  EXPECT_EQ(Parse("--- 1\n...\n"), 1);
  EXPECT_EQ(Parse("\xEF\xBB\xBF"
                  "a: 1"),
            json({{"a", 1}}));
  EXPECT_EQ(Refusal("--- 1\n--- 2\n"), "f.yml: byte 6: line 2: has a second document");
}

TEST(YamlDocument, RefusesWhatCouldGrowOrBecomeAnObject) {
  EXPECT_EQ(Refusal("a: &x [1]\nb: *x\n"),
            "f.yml: byte 13: line 2: has an alias, which is not read here");
  EXPECT_EQ(Refusal("a: &x\n  b: *x\n"),
            "f.yml: byte 11: line 2: has an alias, which is not read here");
  EXPECT_EQ(Refusal("*x : 1\n"), "f.yml: byte 0: line 1: has an alias, which is not read here");
  EXPECT_EQ(Refusal("a: !!python/object/apply:os.system ['id']"),
            "f.yml: byte 3: line 1: has a tag (!), which is not read here");
  EXPECT_EQ(Refusal("!!map {}"), "f.yml: byte 0: line 1: has a tag (!), which is not read here");
  EXPECT_EQ(Refusal("!t a: 1"), "f.yml: byte 0: line 1: has a tag (!), which is not read here");
  EXPECT_EQ(Refusal("<<: {a: 1}"),
            "f.yml: byte 0: line 1: has a merge key (<<), which is not read here");
}

TEST(YamlDocument, RefusesKeysThatAreTwofoldOrNoScalars) {
  EXPECT_EQ(Refusal("a: 1\nb: 2\na: 3\n"), "f.yml: byte 10: line 3: has the key \"a\" twice");
  EXPECT_EQ(Refusal("? [a]\n: 1\n"),
            "f.yml: byte 2: line 1: has a key that is not a word or number");
}

TEST(YamlDocument, KeepsToItsLimits) {
  EXPECT_EQ(Parse("[[1]]", {.most_depth = 2}), json::parse("[[1]]"));
  EXPECT_EQ(Refusal("[[[1]]]", {.most_depth = 2}),
            "f.yml: byte 2: line 1: is nested deeper than 2");
  EXPECT_EQ(Refusal(std::string(500'000, '[')), "f.yml: byte 32: line 1: is nested deeper than 32");
  EXPECT_EQ(Refusal("{a: {a: 1}}", {.most_depth = 1}),
            "f.yml: byte 4: line 1: is nested deeper than 1");
  EXPECT_EQ(Parse("[1, 2]", {.most_nodes = 3}).size(), 2U);
  EXPECT_EQ(Refusal("[1, 2, 3]", {.most_nodes = 3}), "f.yml: byte 7: line 1: has over 3 values");
  EXPECT_EQ(Refusal("{a: 1, b: 2}", {.most_nodes = 3}),
            "f.yml: byte 10: line 1: has over 3 values");
  EXPECT_EQ(Refusal("12345", {.most_bytes = 4}), "f.yml: has 5 bytes of YAML: at most 4 are read");
}

TEST(YamlDocument, NamesTheByteWhereItIsBroken) {
  EXPECT_THAT(Refusal("a: [1\nb: 2"), ::testing::StartsWith("f.yml: byte "));
  EXPECT_THAT(Refusal("\xC3\xA9: \"x"), ::testing::HasSubstr("no YAML"));
  EXPECT_THAT(Refusal("a: \xFF"), ::testing::StartsWith("f.yml: byte 3: no YAML"));
  EXPECT_THAT(Refusal(std::string("a: \0b", 5)), ::testing::StartsWith("f.yml: byte 3: no YAML"));
  EXPECT_THAT(Refusal("\xC3\xA9: 1\n\xC3\xA9: 2"),
              ::testing::StartsWith("f.yml: byte 6: line 2: "));
}

TEST(YamlDocument, EndsWhereverItIsCut) {
  const std::string whole = "a: {b: [1, \"x\\n\", 'y'], c: |\n  d\n}\ne: - f\n";
  for (std::size_t size = 0; size < whole.size(); ++size) Refusal(whole.substr(0, size));
  EXPECT_NE(Refusal(whole), "");
}

TEST(ParseYaml, ScalarsMayStayTexts) {
  const YamlOptions options{.scalars = YamlScalars::kText};
  EXPECT_EQ(ParseYaml("x", "a: 1\nb: [true, ~, '', \"null\", null, 1e3]\nc:\n", options),
            R"({"a": "1", "b": ["true", null, "", "null", null, "1e3"], "c": null})"_json);
}

TEST(ParseYaml, LinesAreTheFilesOwn) {
  try {
    ParseYaml("x", "a: 1\na: 2\n", {.first_line = 10});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("line 11: "));
  }
}

double SecondsOf(const std::string& text) {
  const std::clock_t begin = std::clock();
  try {
    ParseYaml("x", text, {.most_bytes = 64U << 20, .most_nodes = 1U << 24});
  } catch (const Error&) {
  }
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Libraries of YAML have taken quadratic time in brackets, in keys and in what a line holds.
TEST(ParseYaml, TakesLinearTime) {
  constexpr std::size_t kBytes = 1 << 20;
  std::string keys, list = "a: [";
  for (std::size_t i = 0; keys.size() < kBytes; ++i) keys += fmt::format("k{}: v\n", i);
  while (list.size() < kBytes) list += "x, ";
  const std::string texts[] = {keys,
                               list + "]",
                               "a: " + std::string(kBytes, 'x'),
                               std::string(kBytes, '['),
                               std::string(kBytes, '-') + "\n",
                               "a: \"" + std::string(kBytes, ' '),
                               "a: |\n" + std::string(kBytes, '\n'),
                               std::string(kBytes, '?')};
  for (const std::string& text : texts) EXPECT_LT(SecondsOf(text), 1.0) << text.substr(0, 20);
}

}  // namespace yaml_document_test
}  // namespace modelkin
