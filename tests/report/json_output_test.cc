#include "report/json_output.h"

#include <gtest/gtest.h>

namespace modelkin {
namespace json_output_test {

// Two items of a list that has one for each tensor.
auto TwoItems() {
  return [next = 0](Json& item) mutable {
    if (next == 2) return false;
    item = {{"tensor", "w"}, {"x", ++next == 1 ? Json(nullptr) : Json(0.123456789)}, {"y", 1}};
    return true;
  };
}

Json Written(JsonDetail detail) {
  std::string text;
  const TextSink sink = [&](std::string_view piece) { text += piece; };
  JsonObjectWriter writer(sink, detail);
  writer.Member("number", 0.123456789);
  writer.Member("nested", {{"p", -4794.87654321}, {"n", 123456789012}});
  writer.Member("text", "0.123456789\x1b");
  writer.ArrayMember("tensors", TwoItems(), {"tensor", "x"});
  writer.ArrayMember("unread", TwoItems(), {});
  writer.WrittenMember("object", [](const TextSink& inner) { JsonObjectWriter(inner).End(); });
  writer.End();
  return Json::parse(text);
}

TEST(JsonObjectWriter, WritesAllOfEverything) {
  const Json whole = Written(JsonDetail::kWhole);
  EXPECT_EQ(whole["number"], 0.123456789);
  EXPECT_EQ(whole["text"], "0.123456789\x1b");
  EXPECT_EQ(whole["tensors"][0], Json({{"tensor", "w"}, {"x", nullptr}, {"y", 1}}));
  EXPECT_EQ(whole["unread"].size(), 2U);
  EXPECT_TRUE(whole["object"].is_object());
}

TEST(JsonObjectWriter, RoundsNumbersForThePageAndKeepsCounts) {
  const Json page = Written(JsonDetail::kPage);
  EXPECT_EQ(page["number"], 0.123457);
  EXPECT_EQ(page["nested"]["p"], -4794.88);
  EXPECT_EQ(page["nested"]["n"], 123456789012);
  EXPECT_EQ(page["text"], "0.123456789\\u{1B}");
}

TEST(JsonObjectWriter, KeepsOfListsWhatThePageReads) {
  const Json page = Written(JsonDetail::kPage);
  EXPECT_EQ(page["tensors"][0], Json({{"tensor", "w"}}));
  EXPECT_EQ(page["tensors"][1], Json({{"tensor", "w"}, {"x", 0.123457}}));
  EXPECT_TRUE(page["unread"].empty());
}

}  // namespace json_output_test
}  // namespace modelkin
