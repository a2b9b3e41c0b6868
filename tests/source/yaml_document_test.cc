#include "source/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"

namespace modelkin {
namespace yaml_document_test {

using nlohmann::literals::operator""_json;
using ::testing::HasSubstr;

TEST(ParseYaml, ScalarsAreTexts) {
  EXPECT_EQ(ParseYaml("x", "a: 1\nb: [true, ~, '', \"null\", null, 1e3]\nc:\n"),
            R"({"a": "1", "b": ["true", null, "", "null", null, "1e3"], "c": null})"_json);
  EXPECT_EQ(ParseYaml("x", "- a\n- - b\n  - {c: d}\n"), R"(["a", ["b", {"c": "d"}]])"_json);
  EXPECT_EQ(ParseYaml("x", "a: |\n  one\n  two\n"), R"({"a": "one\ntwo\n"})"_json);
  EXPECT_EQ(ParseYaml("x", ""), nullptr);
  EXPECT_EQ(ParseYaml("x", "# nothing"), nullptr);
}

TEST(ParseYaml, RefusesWithTheLine) {
  const std::pair<std::string, const char*> cases[] = {
      {"a: 1\nb: &x 2\n", "line 11: has an anchor"},
      {"a: *x\n", "line 10: has an alias"},
      {"a: !!int 3\n", "has a tag"},
      {"a: !<tag:x> [3]\n", "has a tag"},
      {"a: ! {b: 3}\n", "has a tag"},
      {"a: 1\na: 2\n", "line 11: has a twice"},
      {"[a]: 1\n", "has a key that is no text"},
      {"a: 1\n---\nb: 2\n", "holds a second document"},
      {"a: [\n", "is not YAML"},
      {"a: \x01\n", "is not YAML"},
      {"a: \xff\n", "is not YAML"},
      {"\t- a", "is not YAML"},
      {std::string(7, '['), "nested too deeply"},
      {"a: [1, 2, 3, 4, 5, 6, 7, 8]\n", "too many values"},
      {std::string(2000, 'x'), "has 2000 bytes"}};
  for (const auto& [text, message] : cases) {
    const Error error = testing::CatchError(ErrorKind::kBadInput, [&] {
      ParseYaml("x", text, 10, {.bytes = 1000, .values = 9, .levels = 6});
    });
    EXPECT_THAT(error.what(), HasSubstr(message)) << text;
  }
}

double SecondsOf(const std::string& text) {
  const std::clock_t begin = std::clock();
  try {
    ParseYaml("x", text, 1, {.bytes = 64U << 20, .values = 1U << 24});
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
