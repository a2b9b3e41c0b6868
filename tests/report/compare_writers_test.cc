// Each writer on results put together by hand: names that try to break the format, undefined
// values.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/compare_csv.h"
#include "report/compare_json.h"
#include "report/compare_text.h"
#include "report/display_width.h"
#include "report/json_output.h"

namespace modelkin {
namespace compare_writers_test {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CompareWriters : public ::testing::Test {
 protected:
  void SetUp() override {
    const InputId b{.role = InputRole::kB};
    results_.inputs = {{.id = {}, .path = "A\xff"}, {.id = b, .path = "B"}};
    results_.pair.emplace().input_b = b;
    results_.pair->counts.compared = 2;
    results_.run = {
        .command = "compare", .arguments = {"compare"}, .threads = 3, .simd_target = "X"};
  }

  // A pair of one name on both sides, compared, with one metric set.
  ComparedTensor& AddPair(const std::string& name, Metric cosine) {
    tensors_.push_back(std::make_unique<Tensor>(Tensor{.name = name, .shape = {2}, .elements = 2}));
    const Tensor* const tensor = tensors_.back().get();
    ComparedTensor compared{.pair = {.a = tensor, .b = tensor}};
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
  std::string WrittenText(unsigned width = 80) {
    return Written([&](const TextSink& sink) {
      WriteCompareText(results_, {.screen = {.width = width}}, sink);
    });
  }
  // Both of the first screen and of --details.
  std::vector<std::string> WrittenTexts() {
    return {WrittenText(), WrittenText(200), Written([&](const TextSink& sink) {
              WriteCompareText(results_, {.screen = {.details = true}}, sink);
            })};
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
    for (const std::string& text : WrittenTexts()) {
      EXPECT_NO_THROW(Json(text).dump());  // throws for text that is not UTF-8
    }
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
  for (const std::string& text : WrittenTexts()) {
    EXPECT_THAT(text, ContainsRegex("nearly +2[^\n]*>0.9999"));
    EXPECT_THAT(text, ContainsRegex("exactly +2[^\n]* 1.0000"));
    EXPECT_THAT(text, Not(ContainsRegex("nearly +2[^\n]* 1.0000")));
  }
}

TEST_F(CompareWriters, TextKeepsAFewIdenticalElementsApartFromNone) {
  AddRole("few", 0.5);
  results_.pair->by_role[0].elements = 1'000'000;
  EXPECT_THAT(WrittenTexts(), Each(HasSubstr("<0.1%")));
  results_.pair->by_role[0].bit_equal = 0;
  EXPECT_THAT(WrittenTexts(), Each(AllOf(HasSubstr("0.0%"), Not(HasSubstr("<0.1%")))));
}

TEST_F(CompareWriters, TextEscapesWhatWouldDriveATerminal) {
  AddRole("w\x1b[2J", 0.5);
  results_.inputs[0].path = "A\x1b[2J/";
  AddPair("only\x1b[2J\u202e", 0.5).status = PairStatus::kOnlyInA;
  EXPECT_THAT(WrittenTexts(), Each(AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\u202e")),
                                         HasSubstr("only\\x1b[2J\\xe2\\x80\\xae"))));
}

TEST_F(CompareWriters, TextSaysUndefinedRatherThanZero) {
  AddRole("w", 0.5);
  results_.pair->by_role[0].spreads.fill({});
  EXPECT_THAT(WrittenTexts(), Each(HasSubstr("undef")));
}

TEST_F(CompareWriters, FirstScreenHasNamesAndReferenceModels) {
  results_.inputs = {{.id = {}, .path = "models/llama"},
                     {.id = {.role = InputRole::kB}, .path = "models/llama-tuned/"}};
  const InputId control{.role = InputRole::kControl, .number = 1};
  results_.inputs.push_back({.id = control, .path = "models/qwen"});
  AddRole("self_attn.q_proj.weight", 0.5);
  for (const double likeness : {0.0101, -0.0202}) {
    Comparison beside = *results_.pair;
    beside.input_b = control;
    beside.by_role[0].spreads.fill(
        {.tensors = 2, .median = likeness, .lowest = likeness, .highest = likeness});
    results_.controls.push_back(beside);
  }
  const std::string text = WrittenText();
  EXPECT_THAT(text, StartsWith("llama against llama-tuned\n  2 pairs of tensors"));
  EXPECT_THAT(text, ContainsRegex("medians by role .*correlation +qwen +differs by +identical\n"));
  // The one of both that is farther from none.
  EXPECT_THAT(text, ContainsRegex("self_attn.q_proj +2 +0.5000 +0.5000 +-0.0202 +50% +25.0%\n"));
}

TEST_F(CompareWriters, FirstScreenSaysWhereAllIsTheSame) {
  AddRole("w", 1.0);
  results_.pair->counts.byte_identical = 2;
  const std::string text = WrittenText();
  EXPECT_THAT(text, HasSubstr("All are the same to the bit."));
  EXPECT_THAT(text, Not(HasSubstr("correlation")));  // a table of ones says no more
}

TEST_F(CompareWriters, FirstScreenKeepsWithinItsWidth) {
  results_.inputs[0].path = "a-model-whose-name-is-long-and-goes-on-for-more-than-a-line-of-text";
  for (int i = 0; i < 3; ++i) {
    const InputId control{.role = InputRole::kControl, .number = static_cast<std::uint32_t>(i + 1)};
    results_.inputs.push_back({.id = control, .path = fmt::format("reference-model-{}", i)});
    results_.controls.push_back({.input_b = control});
  }
  results_.inputs[1].warnings = {
      {.english = "shards are missing: " + std::string(200, 'x'), .korean = {}}};
  AddRole("mlp.shared_experts.down_proj.weight", 0.5);
  AddRole("\u6a21\u578b.\u6743\u91cd.\u5c42.\u6a21\u578b.\u6743\u91cd.\u5c42", 0.25);
  AddPair(std::string(300, 'n') + "\x1b[2J", 0.5).status = PairStatus::kOnlyInB;
  for (unsigned width = 40; width < 200; ++width) {
    const std::string text = WrittenText(width);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      EXPECT_LE(DisplayWidth(text.substr(begin, end - begin)), width) << text;
      begin = end + 1;
    }
    EXPECT_THAT(text, HasSubstr("correlation"));
  }
}

}  // namespace compare_writers_test
}  // namespace modelkin
