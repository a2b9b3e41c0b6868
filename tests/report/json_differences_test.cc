#include "report/json_differences.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace modelkin {
namespace json_differences_test {

JsonDifferences Compare(const std::string& recorded, const std::string& again) {
  return CompareResultsJson(nlohmann::json::parse(recorded), nlohmann::json::parse(again));
}

TEST(JsonDifferences, CountsEqualCloseAndDifferent) {
  const JsonDifferences found =
      Compare(R"({"a": 1, "b": [0.5, 2.0, "x"], "c": {"d": null}})",
              R"({"a": 1, "b": [0.5000001, 2.1, "x"], "c": {"d": null}})");
  EXPECT_EQ(found.equal, 3U);
  EXPECT_EQ(found.close, 1U);
  EXPECT_EQ(found.different, 1U);
  ASSERT_EQ(found.first.size(), 1U);
  EXPECT_EQ(found.first[0].place, "b[1]");
  EXPECT_EQ(found.first[0].recorded, "2.0");
  EXPECT_EQ(found.first[0].again, "2.1");
  EXPECT_FALSE(found.agree());
}

TEST(JsonDifferences, CountsAreNeverClose) {
  EXPECT_EQ(Compare(R"({"n": 1000000000})", R"({"n": 1000000001})").different, 1U);
  EXPECT_EQ(Compare(R"({"n": 1})", R"({"n": "1"})").different, 1U);
  EXPECT_EQ(Compare(R"({"n": null})", R"({"n": 0.0})").different, 1U);
}

TEST(JsonDifferences, SumsThatCancelOutAreClose) {
  EXPECT_TRUE(Compare(R"({"n": -5.4990838e-05})", R"({"n": -5.4990906e-05})").agree());
  EXPECT_FALSE(Compare(R"({"n": 1e-5})", R"({"n": 1.1e-5})").agree());
}

// Seen between SCALAR and SSE4: a mean near zero, and a cosine of strangers.
TEST(JsonDifferences, WhatCancelsOutIsHeldAgainstWhatItIsASumOf) {
  EXPECT_TRUE(Compare(R"({"mean": -2.2281787e-2, "sd": 5000.0})",
                      R"({"mean": -2.2279340e-2, "sd": 5000.0})")
                  .agree());
  EXPECT_FALSE(
      Compare(R"({"mean": -2.22e-2, "sd": 0.5})", R"({"mean": -2.23e-2, "sd": 0.5})").agree());
  EXPECT_FALSE(Compare(R"({"mean": 0.5})", R"({"mean": 0.5001})").agree());
  EXPECT_TRUE(
      Compare(R"({"cosine_similarity": 0.00051693286})", R"({"cosine_similarity": 0.00051693486})")
          .agree());
  EXPECT_TRUE(Compare(R"({"pearson_correlation": {"median": 0.00051693286}})",
                      R"({"pearson_correlation": {"median": 0.00051693486}})")
                  .agree());
  EXPECT_FALSE(
      Compare(R"({"cosine_similarity": 0.000517})", R"({"cosine_similarity": 0.000518})").agree());
  EXPECT_FALSE(Compare(R"({"rel_l2_a": 0.00051693286})", R"({"rel_l2_a": 0.00051693486})").agree());
}

TEST(JsonDifferences, WhatOneSideLacksDiffers) {
  EXPECT_EQ(Compare(R"({"a": 1, "b": 2})", R"({"a": 1})").different, 1U);
  EXPECT_EQ(Compare(R"({"a": [1]})", R"({"a": [1, 2, 3]})").different, 2U);
  EXPECT_EQ(Compare("{}", R"({"a": 1})").first.at(0).recorded, "");
}

TEST(JsonDifferences, RunsAndPlacesMayDiffer) {
  EXPECT_TRUE(
      Compare(R"({"run": {"threads": 2}, "tool": 1, "inputs": [{"path": "x", "bytes": 3}]})",
              R"({"run": {"threads": 4}, "tool": 2, "inputs": [{"path": "y", "bytes": 3}]})")
          .agree());
  EXPECT_FALSE(Compare(R"({"inputs": [{"bytes": 3}]})", R"({"inputs": [{"bytes": 4}]})").agree());
}

TEST(JsonDifferences, OnlyTheFirstAreListed) {
  std::string recorded = "{\"a\": [0", again = "{\"a\": [1";
  for (int i = 0; i < 99; ++i) {
    recorded += ", 0";
    again += ", 1";
  }
  const JsonDifferences found = Compare(recorded + "]}", again + "]}");
  EXPECT_EQ(found.different, 100U);
  EXPECT_EQ(found.first.size(), kShownDifferences);
}

}  // namespace json_differences_test
}  // namespace modelkin
