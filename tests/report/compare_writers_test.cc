// Each writer on results put together by hand: names that try to break the format, undefined
// values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/compare_csv.h"
#include "report/compare_json.h"
#include "report/compare_text.h"
#include "report/json_output.h"

namespace modelkin {
namespace compare_writers_test {

using ::testing::HasSubstr;
using ::testing::Not;

class CompareWriters : public ::testing::Test {
 protected:
  void SetUp() override {
    const InputId b{.role = InputRole::kB};
    results_.inputs = {{.id = {}, .path = "A\xff"}, {.id = b, .path = "B"}};
    results_.pair.emplace().input_b = b;
    results_.run = {
        .command = "compare", .arguments = {"compare"}, .threads = 3, .simd_target = "X"};
  }

  // A pair of one name on both sides, compared, with one metric set.
  ComparedTensor& AddPair(const std::string& name, Metric cosine) {
    tensors_.push_back(std::make_unique<Tensor>(Tensor{.name = name, .shape = {2}, .elements = 2}));
    const Tensor* const tensor = tensors_.back().get();
    ComparedTensor compared{.pair = {.a = tensor, .b = tensor, .role = {.role = name}}};
    compared.metrics.elements = 2;
    compared.metrics.cosine_similarity = cosine;
    results_.pair->tensors.push_back(compared);
    return results_.pair->tensors.back();
  }

  // A role of `tensors` tensors whose metrics all have this value.
  void AddRole(const std::string& role, double value) {
    GroupSummary group{.role = role, .tensors = 2, .elements = 4, .bit_equal = 1};
    group.spreads.fill({.tensors = 2, .median = value, .lowest = value, .highest = value});
    results_.pair->by_role.push_back(group);
  }

  template <class Writer>
  std::string Written(Writer write) {
    std::string text;
    write([&](std::string_view piece) { text += piece; });
    return text;
  }

  Json WrittenJson() {
    return Json::parse(Written([&](const TextSink& sink) { WriteCompareJson(results_, sink); }));
  }
  std::string WrittenCsv() {
    return Written([&](const TextSink& sink) { WriteCompareCsv(results_, sink); });
  }
  std::string WrittenText() {
    return Written([&](const TextSink& sink) { WriteCompareText(results_, {}, sink); });
  }

  CompareResults results_;
  std::vector<std::unique_ptr<Tensor>> tensors_;
};

// Cut to the table's width, but not within a character.
TEST_F(CompareWriters, LongRoleNames) {
  for (std::size_t padding = 0; padding < 3; ++padding) {
    results_.pair->by_role.clear();
    std::string role(padding, 'x');
    for (int i = 0; i < 60; ++i) role += "\u2581";
    AddRole(role, 0.5);
    EXPECT_NO_THROW(Json(WrittenText()).dump());  // throws for text that is not UTF-8
  }
}

TEST_F(CompareWriters, JsonKeepsNumbersToTheLastBit) {
  AddPair("w", 0.1 + 0.2);
  EXPECT_EQ(WrittenJson()["tensors"][0]["cosine_similarity"].get<double>(), 0.1 + 0.2);
}

TEST_F(CompareWriters, JsonGivesReasonsForWhatIsUndefined) {
  AddPair("w", MetricGap::kZeroA);
  const Json row = WrittenJson()["tensors"][0];
  EXPECT_TRUE(row["cosine_similarity"].is_null());
  EXPECT_EQ(row["undefined"]["cosine_similarity"], "all of a is zero");
}

TEST_F(CompareWriters, NumbersThatAreNotFiniteAreUndefined) {
  AddPair("w", std::numeric_limits<double>::infinity());
  EXPECT_TRUE(WrittenJson()["tensors"][0]["cosine_similarity"].is_null());
}

TEST_F(CompareWriters, JsonSurvivesNamesThatTryToBreakIt) {
  const std::string name = "a\"b\\c\n\x01\u2028";
  AddPair(name, 1.0);
  const Json json = WrittenJson();
  EXPECT_EQ(json["tensors"][0]["a"], name);
  EXPECT_EQ(json["inputs"][0]["path"], "A\ufffd");  // no UTF-8
}

TEST_F(CompareWriters, JsonHasTheRunOnOneLineOfItsOwn) {
  const std::string text = Written([&](const TextSink& sink) { WriteCompareJson(results_, sink); });
  EXPECT_THAT(text, HasSubstr("\n\"run\": {\"command\":\"compare\""));
}

TEST_F(CompareWriters, CsvQuotesFieldsAndDisarmsFormulas) {
  AddPair("a,\"b\"", 0.5);
  AddPair("=1+1", 0.5);
  const std::string csv = WrittenCsv();
  EXPECT_THAT(csv, HasSubstr("\"a,\"\"b\"\"\""));
  EXPECT_THAT(csv, HasSubstr("\"'=1+1\""));
}

TEST_F(CompareWriters, CsvLeavesUndefinedFieldsEmpty) {
  AddPair("w", MetricGap::kOverflow);
  EXPECT_THAT(WrittenCsv(), HasSubstr("true,F32,F32,[2],[2],2,,"));
}

TEST_F(CompareWriters, TextNeverRoundsToOneWhatIsNotOne) {
  AddRole("nearly", 0.99999);
  AddRole("exactly", 1.0);
  const std::string text = WrittenText();
  EXPECT_THAT(text, HasSubstr(">0.9999"));
  EXPECT_THAT(text, HasSubstr("1.0000"));
  EXPECT_THAT(text, Not(HasSubstr("nearly        2  1.0000")));
}

TEST_F(CompareWriters, TextKeepsAFewIdenticalElementsApartFromNone) {
  AddRole("few", 0.5);
  results_.pair->by_role[0].elements = 1'000'000;
  EXPECT_THAT(WrittenText(), HasSubstr("<0.1%"));
  results_.pair->by_role[0].bit_equal = 0;
  EXPECT_THAT(WrittenText(), HasSubstr("0.0%"));
  EXPECT_THAT(WrittenText(), Not(HasSubstr("<0.1%")));
}

TEST_F(CompareWriters, TextEscapesWhatWouldDriveATerminal) {
  AddRole("w\x1b[2J", 0.5);
  EXPECT_THAT(WrittenText(), Not(HasSubstr("\x1b")));
}

TEST_F(CompareWriters, TextSaysUndefinedRatherThanZero) {
  AddRole("w", 0.5);
  results_.pair->by_role[0].spreads.fill({});
  EXPECT_THAT(WrittenText(), HasSubstr("undef"));
}

}  // namespace compare_writers_test
}  // namespace modelkin
