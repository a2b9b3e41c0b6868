// What the program names in results, and what the schema, the page, the documents and the cases of
// tests know of: the same names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "evidence/test_result.h"
#include "evidence/verdict.h"
#include "kinship/derivation_kind.h"
#include "report/answer_json.h"

namespace modelkin {
namespace named_lists_test {

using Names = std::set<std::string>;

std::string ReadSource(const std::string& name) {
  std::ifstream file(std::string(MODELKIN_SOURCES) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

// Returns the first group of each match.
Names Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  Names names;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    names.insert((*match)[1]);
  }
  return names;
}

// Returns what a section's tables have in backticks in their first column.
Names FirstColumn(const std::string& document, const std::string& heading) {
  std::istringstream text(ReadSource(document));
  Names names;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("|")) continue;
    names.merge(Matches(line.substr(0, line.find('|', 1)), "`([^`]+)`"));
  }
  return names;
}

nlohmann::json SchemaOf(const std::string& place) {
  const auto schema = nlohmann::json::parse(ReadSource("docs/trace.schema.json"));
  return schema.at(nlohmann::json::json_pointer(place));
}

Names EnumOf(const std::string& place) {
  Names names;
  for (const auto& name : SchemaOf(place + "/enum")) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
}

// Returns what the page is told of, in each language the same names with a word each. The page has
// no words of its own for them.
Names WordsForThePage(const std::string& group) {
  const nlohmann::ordered_json words = WordsJson();
  std::vector<Names> languages;
  for (const auto& [language, groups] : words.items()) {
    Names names;
    for (const auto& [name, word] : groups.at(group).items()) {
      EXPECT_FALSE(word.get<std::string>().empty()) << language << " " << name;
      names.insert(name);
    }
    languages.push_back(std::move(names));
  }
  EXPECT_EQ(languages.size(), 2U);
  EXPECT_EQ(languages.front(), languages.back());
  return languages.front();
}

Names KindNames() {
  Names names;
  for (const DerivationKind kind : AllDerivationKinds()) {
    names.emplace(DerivationKindName(kind));
  }
  return names;
}

Names TestNames() {
  Names names;
  for (const TestId id : AllTests()) names.insert(TestName({.id = id}));
  return names;
}

TEST(DerivationKinds, AreEachInTheTableOnce) {
  const std::vector<DerivationKind> all = AllDerivationKinds();
  EXPECT_EQ(KindNames().size(), all.size());
  // The last of the enumeration.
  EXPECT_EQ(all.size(), static_cast<std::size_t>(DerivationKind::kTextReplaced) + 1);
}

TEST(DerivationKinds, AreThoseOfSchemaPageAndDocument) {
  EXPECT_EQ(EnumOf("/properties/relation/properties/kinds/items/properties/kind"), KindNames());
  EXPECT_EQ(WordsForThePage("kind"), KindNames());
  EXPECT_EQ(FirstColumn("docs/kinship.md", "Kinds"), KindNames());
}

TEST(DerivationKinds, HaveEachACase) {
  const std::string cases = ReadSource("tests/kinship/cases.py");
  Names found;
  for (const std::string& kinds : Matches(cases, "\\(\"[^\"]*\",\\s*\"([^\"]*)\"")) {
    found.merge(Matches(kinds, "(\\w+)"));
  }
  // Of MERGES, and of models that training has to make: Judge.OneStartIsNoDerivation.
  found.insert({"merged", "common_initialisation"});
  // Of models of several components.
  const std::string of_components = ReadSource("tests/cli/test_components.py");
  for (const char* const kind : {"component_taken", "text_replaced"}) {
    if (of_components.find(kind) != std::string::npos) found.insert(kind);
  }
  EXPECT_EQ(found, KindNames());
}

TEST(LineageTests, AreEachInTheTableOnce) {
  const std::vector<TestId> all = AllTests();
  EXPECT_EQ(TestNames().size(), all.size());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(TestId::kUndertrainedOutputs) + 1);
}

TEST(LineageTests, AreThoseOfSchemaPageAndDocument) {
  Names told = TestNames();
  for (const TestId id : AllTests()) {
    told.insert(TestName({.id = id, .basis = ResidualBasis::kFitted}));
  }
  EXPECT_EQ(WordsForThePage("test"), told);
  Names documented = FirstColumn("docs/lineage.md", "The tests");
  EXPECT_EQ(documented.erase("..._in_fitted_basis"), 1U);
  EXPECT_EQ(documented, TestNames());
  std::string pattern;
  for (const TestId id : AllTests()) {
    pattern += (pattern.empty() ? "" : "|") + TestName({.id = id});
  }
  EXPECT_EQ(SchemaOf("/definitions/test/properties/name/pattern"),
            "^(" + pattern + ")(_in_fitted_basis)?$");
}

TEST(LineageTests, HaveMethodsOfPOfTheSchema) {
  Names methods;
  for (int i = 0; i < 4; ++i) methods.emplace(PMethodName(static_cast<PMethod>(i)));
  EXPECT_EQ(EnumOf("/definitions/test/properties/p_method"), methods);
}

TEST(Verdicts, AreThoseOfSchemaAndPage) {
  Names categories, shared;
  for (int i = 0; i < 5; ++i) categories.emplace(VerdictName(static_cast<VerdictCategory>(i)));
  for (int i = 0; i < 4; ++i) {
    shared.emplace(SharedMaterialName(static_cast<SharedMaterial>(i)));
  }
  EXPECT_EQ(EnumOf("/properties/verdict/properties/category"), categories);
  EXPECT_EQ(WordsForThePage("verdict"), categories);
  EXPECT_EQ(EnumOf("/properties/verdict/properties/kind"), shared);
}

}  // namespace named_lists_test
}  // namespace modelkin
