#include "figures/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace modelkin {
namespace figure_test {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

json TraceJson() {
  return json::parse(R"({
    "inputs": [{"id": "a", "path": "zoo/glm-a"}, {"id": "b", "path": "zoo/<b>&\u202e"},
               {"id": "control_1", "path": "zoo/glm-c"}],
    "verdict": {"category": "derived", "kind": null},
    "relation": {"shown_by": "as_stored"},
    "tests": [{"name": "hidden_order", "skipped": null, "effect": 0.75, "control_effects": [0.01, 0.02]},
              {"name": "residual_trace", "skipped": null, "effect": 70, "control_effects": []},
              {"name": "head_trace", "skipped": "no heads", "effect": 0, "control_effects": []},
              {"name": "of another version", "effect": 1}],
    "layer_map": {"layers_a": [0, 1], "layers_b": [0, 1, 2], "z": [[40, 1, null], [0.5, 35, 30]],
                  "source": [0, 1, 1]},
    "heritage": [{"tensor": "model.layers.0.mlp.up_proj.weight", "class": "drifted"},
                 {"tensor": "model.layers.1.mlp.up_proj.weight", "class": "identical"},
                 {"tensor": "lm_head.weight", "class": "added"}],
    "descriptions": {"spectra": {
      "a": [{"tensor": "x.0.q", "stable_rank": 2}, {"tensor": "x.0.k", "stable_rank": 4},
            {"tensor": "x.1.q", "stable_rank": 8}],
      "b": [{"tensor": "x.0.q", "stable_rank": 3}, {"tensor": "lm_head", "stable_rank": 9},
            {"tensor": "x.1.q", "stable_rank": null}],
      "controls": [{"control": "control_1", "spectra": [{"tensor": "x.1.q", "stable_rank": 16}]}]}},
    "run": {"command": "trace"}})");
}

json CompareJson() {
  return json::parse(R"({
    "inputs": [{"id": "a", "path": "glm-a"}, {"id": "b", "path": "glm-b"},
               {"id": "control_1", "path": "glm-c"}],
    "tensors": [
      {"a": "x.0.w", "b": "x.0.w", "layer": 0, "elements": 4, "stats_a": {"norm": 2}, "stats_b": {"norm": 4}},
      {"a": "x.1.w", "b": "x.1.w", "layer": 1, "elements": 4, "stats_a": {"norm": 6}, "stats_b": {"norm": null}}],
    "control_tensors": [
      {"input_a": "a", "input_b": "control_1", "a": "x.0.w", "b": "x.0.w", "layer": 0, "elements": 4,
       "stats_a": {"norm": 2}, "stats_b": {"norm": 8}},
      {"input_a": "b", "input_b": "control_1", "a": "x.0.w", "b": "x.0.w", "layer": 0, "elements": 4,
       "stats_a": {"norm": 4}, "stats_b": {"norm": 8}}],
    "run": {"command": "compare"}})");
}

Figure Draw(FigureKind kind, const json& results) {
  return DrawFigure(kind, "r.json", results, Language::kEnglish);
}

TEST(DrawFigure, EvidenceHasARowForEachShareOrLikeness) {
  const Figure figure = Draw(FigureKind::kEvidence, TraceJson());
  ASSERT_EQ(figure.rows.size(), 2U);
  EXPECT_THAT(figure.rows[1], ::testing::ElementsAre("hidden_order", "neurons in the same place",
                                                     "75 %", "0.75", "0.01", "0.02", ""));
  EXPECT_THAT(figure.svg, HasSubstr("unrelated models (here: glm-c"));
}

TEST(DrawFigure, EvidenceWithoutAReferenceShowsWhatChanceGives) {
  json results = TraceJson();
  results["inputs"].erase(2);
  results["tests"][0]["control_effects"] = json::array();
  results["tests"][0]["effect_by_chance"] = 0.004;
  const Figure figure = Draw(FigureKind::kEvidence, results);
  EXPECT_EQ(figure.rows[1].back(), "0.004");
  EXPECT_THAT(figure.svg, HasSubstr("by chance alone, calculated"));
  EXPECT_THAT(Draw(FigureKind::kEvidence, TraceJson()).svg, Not(HasSubstr("by chance")));
}

TEST(DrawFigure, SpectraAreMediansOfALayerBesideReferenceModels) {
  const Figure figure = Draw(FigureKind::kSpectra, TraceJson());
  EXPECT_THAT(figure.rows,
              ::testing::ElementsAre(::testing::ElementsAre("model", "layer", "median_stable_rank"),
                                     ::testing::ElementsAre("glm-c", "1", "16"),
                                     ::testing::ElementsAre("glm-a", "0", "3"),
                                     ::testing::ElementsAre("glm-a", "1", "8"),
                                     ::testing::ElementsAre(::testing::_, "0", "3")));
  json without = TraceJson();
  without.erase("descriptions");
  EXPECT_THROW(Draw(FigureKind::kSpectra, without), Error);
}

TEST(DrawFigure, ShowsNamesAsTextWhateverIsInThem) {
  for (const FigureKind kind :
       {FigureKind::kEvidence, FigureKind::kLayers, FigureKind::kHeritage}) {
    const Figure figure = Draw(kind, TraceJson());
    EXPECT_THAT(figure.svg, HasSubstr("&lt;b&gt;&amp;"));
    EXPECT_THAT(figure.svg, Not(HasSubstr("<b>")));
    EXPECT_THAT(figure.svg, Not(HasSubstr("\u202e")));
  }
}

TEST(DrawFigure, LayersMarkThePath) {
  const Figure figure = Draw(FigureKind::kLayers, TraceJson());
  ASSERT_EQ(figure.rows.size(), 1U + 2 * 3);
  EXPECT_THAT(figure.rows[1], ::testing::ElementsAre("0", "0", "40", "true"));
  EXPECT_THAT(figure.rows[3], ::testing::ElementsAre("0", "2", "", "false"));
  EXPECT_THAT(figure.rows[6], ::testing::ElementsAre("1", "2", "30", "true"));
}

TEST(DrawFigure, HeritageCountsByRoleAndLayer) {
  const Figure figure = Draw(FigureKind::kHeritage, TraceJson());
  EXPECT_THAT(
      figure.rows,
      ::testing::ElementsAre(
          ::testing::ElementsAre("role", "layer", "class", "tensors"),
          ::testing::ElementsAre("lm_head.weight", "", "added", "1"),
          ::testing::ElementsAre("model.layers.*.mlp.up_proj.weight", "0", "drifted", "1"),
          ::testing::ElementsAre("model.layers.*.mlp.up_proj.weight", "1", "identical", "1")));
}

TEST(DrawFigure, NormsAreOfEachTensorOnce) {
  const Figure figure = Draw(FigureKind::kNorms, CompareJson());
  EXPECT_THAT(figure.rows,
              ::testing::ElementsAre(::testing::ElementsAre("model", "layer", "root_mean_square"),
                                     ::testing::ElementsAre("glm-c", "0", "4"),
                                     ::testing::ElementsAre("glm-a", "0", "1"),
                                     ::testing::ElementsAre("glm-a", "1", "3"),
                                     ::testing::ElementsAre("glm-b", "0", "2")));
}

TEST(DrawFigure, TakesThePartOfAReport) {
  json report;
  report["trace"] = TraceJson();
  report["trace"]["run"]["command"] = "report";
  EXPECT_EQ(Draw(FigureKind::kLayers, report).rows.size(), 7U);
}

// Whatever a member is, one line says what is wrong, or the figure leaves it out.
TEST(DrawFigure, SurvivesAnyMemberOfAnyType) {
  const std::vector<json> values = {nullptr,
                                    true,
                                    -1,
                                    1e300,
                                    "text",
                                    json::array(),
                                    json::object(),
                                    json::array({json::array({nullptr, "x"}), 3})};
  for (const json& original : {TraceJson(), CompareJson()}) {
    const json flat = original.flatten();
    for (const auto& [path, unused] : flat.items()) {
      for (const json& value : values) {
        json changed = original;
        changed[json::json_pointer(path)] = value;
        for (const FigureKind kind :
             {FigureKind::kEvidence, FigureKind::kLayers, FigureKind::kHeritage, FigureKind::kNorms,
              FigureKind::kSpectra}) {
          try {
            EXPECT_THAT(Draw(kind, changed).svg, HasSubstr("</svg>"));
          } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("r.json: "));
          }
        }
      }
    }
  }
}

TEST(CsvOf, QuotesWhatSpreadsheetsTakeForFormulas) {
  EXPECT_EQ(CsvOf({.svg = {}, .rows = {{"name"}, {"=1+1"}, {"a,b"}}}),
            "name\r\n\"'=1+1\"\r\n\"a,b\"\r\n");
}

// AddressSanitizer counts what font libraries keep until the process ends as leaks.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCountsLeaks = true;
#elif defined(__has_feature)
constexpr bool kCountsLeaks = __has_feature(address_sanitizer);
#else
constexpr bool kCountsLeaks = false;
#endif

TEST(PngOf, BeginsLikeAPngOfTwiceTheSize) {
  if (kCountsLeaks) GTEST_SKIP() << "under AddressSanitizer: fonts are kept until the process ends";
  const Figure figure = Draw(FigureKind::kEvidence, TraceJson());
  std::string png;
  try {
    png = PngOf(figure);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("apt-get install librsvg2-2"));
    GTEST_SKIP() << "no librsvg on this machine: " << error.what();
  }
  ASSERT_GT(png.size(), 24U);
  EXPECT_TRUE(png.starts_with("\x89PNG"));
  const auto at = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(png[i]));
  };
  EXPECT_EQ((at(16) << 24) + (at(17) << 16) + (at(18) << 8) + at(19), 1520U);  // width
}

}  // namespace figure_test
}  // namespace modelkin
