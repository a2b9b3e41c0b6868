#include "report/page_data.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace modelkin {
namespace page_data_test {

using nlohmann::json;

TEST(PageData, RoundsNumbersAndKeepsCounts) {
  const json page = json::parse(PageData(
      R"({"trace": {"x": 0.123456789, "n": 123456789012, "p": -4794.87654321, "s": "0.123456789"},
          "compare": null, "diff": null})"));
  EXPECT_EQ(page["trace"]["x"], 0.123457);
  EXPECT_EQ(page["trace"]["n"], 123456789012);
  EXPECT_EQ(page["trace"]["p"], -4794.88);
  EXPECT_EQ(page["trace"]["s"], "0.123456789");
  EXPECT_TRUE(page["compare"].is_null());
}

TEST(PageData, KeepsOfListsWhatThePageReads) {
  const json page = json::parse(PageData(R"({
    "trace": {"heritage": [{"tensor": "w", "class": "drifted", "grid": null, "correlation": null}],
              "mlps": [{"b": "m", "log10_p": -3.0, "spearman": 1.0}], "residual_tensors": [1, 2]},
    "compare": {"tensors": [{"a": "w", "b": "v", "role": "r", "layer": 3, "stats_a": {}}],
                "control_tensors": [{}], "summary": {"compared": 1}},
    "diff": {"tensors": []}})"));
  EXPECT_EQ(page["trace"]["heritage"], json::parse(R"([{"tensor": "w", "class": "drifted"}])"));
  EXPECT_EQ(page["trace"]["mlps"], json::parse(R"([{"b": "m", "log10_p": -3.0}])"));
  EXPECT_TRUE(page["trace"]["residual_tensors"].empty());
  EXPECT_EQ(page["compare"]["tensors"], json::parse(R"([{"b": "v", "role": "r", "layer": 3}])"));
  EXPECT_TRUE(page["compare"]["control_tensors"].empty());
  EXPECT_EQ(page["compare"]["summary"]["compared"], 1);
}

TEST(PageData, AddsDistancesUpAndShortensDigests) {
  const json page = json::parse(PageData(R"({"trace": {}, "compare": {}, "diff": {"tensors": [
    {"a": {"name": "w", "sha256": "0123456789abcdef"}, "b": null, "identical": true,
     "ulp_distances": {"buckets": [{"from": 0, "to": 0, "count": 5}]}},
    {"a": null, "b": null, "identical": false,
     "ulp_distances": {"buckets": [{"from": 0, "to": 0, "count": 2}, {"from": 1, "to": 1, "count": 1}]}},
    {"a": null, "b": null, "identical": false, "ulp_distances": null}]}})"));
  const json& tensors = page["diff"]["tensors"];
  ASSERT_EQ(tensors.size(), 3U);
  EXPECT_EQ(tensors[0]["a"]["sha256"], "0123456789ab");
  EXPECT_EQ(tensors[0]["ulp_distances"]["buckets"],
            json::parse(R"([{"from": 0, "to": 0, "count": 7}, {"from": 1, "to": 1, "count": 1}])"));
  EXPECT_FALSE(tensors[1].contains("ulp_distances"));
}

}  // namespace page_data_test
}  // namespace modelkin
