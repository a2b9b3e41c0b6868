#include "sketch/sketch_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "sketch/sketch_record.h"
#include "support/made_up_sketch.h"

namespace modelkin {
namespace sketch_json_test {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::MadeUpSketch;

std::string JsonRefusal(const std::string& line) {
  try {
    ReadSketchJson(line, "sketches.jsonl");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_EQ(error.site().file, "sketches.jsonl");
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.message();
  }
  return "";
}

void ExpectRoundTrip(const Sketch& sketch) {
  const std::string line = SketchJson(sketch);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LT(line.size(), kMostSketchLine);
  const Sketch again = ReadSketchJson(line, "x");
  EXPECT_EQ(EncodeSketch(again), EncodeSketch(sketch));
  EXPECT_EQ(SketchJson(again), line);
}

TEST(SketchJson, ComesBackToTheByte) {
  ExpectRoundTrip(MadeUpSketch(1));
  ExpectRoundTrip(MadeUpSketch(2, 0, 0));
  Sketch sketch = MadeUpSketch(3, 12, 4);
  sketch.components[0].routers = sketch.components[0].keys;
  sketch.components[1].place.rows = UINT64_MAX;
  sketch.sizes.vocabulary = UINT64_MAX;
  sketch.name = "a\"b\\c\n\x01\u202e\u00e9";
  ExpectRoundTrip(DecodeSketch(EncodeSketch(sketch), "x"));
  // The largest that there can be.
  sketch = MadeUpSketch(4, kMostSketchLayers, 1);
  sketch.location = std::string(512, '\x01');
  ExpectRoundTrip(DecodeSketch(EncodeSketch(sketch), "x"));
  sketch = {};
  sketch.content = std::string(64, 'f');
  ExpectRoundTrip(sketch);
}

TEST(SketchJson, HasANameForEachRole) {
  Sketch sketch = MadeUpSketch(5, 0);
  for (std::size_t role = 0; role < kRoleCount; ++role) {
    sketch.components[0].place.role = static_cast<Role>(role);
    const Sketch again = ReadSketchJson(SketchJson(sketch), "x");
    EXPECT_EQ(again.components[0].place.role, static_cast<Role>(role));
  }
}

TEST(SketchJson, BitsAreBytesFromTheLeastOn) {
  Sketch sketch = MadeUpSketch(6, 0);
  sketch.components[0].bits = {};
  sketch.components[0].bits[0] = 0x0102;
  sketch.file_digests = {0x0102};
  const json object = json::parse(SketchJson(sketch));
  EXPECT_EQ(object["components"][0]["bits"].get<std::string>().substr(0, 8), "02010000");
  EXPECT_EQ(object["files"], "0201000000000000");
  EXPECT_EQ(object["components"][0]["kind"], "text");
}

TEST(SketchJson, WhatBreaksARuleIsRefused) {
  const json good = json::parse(SketchJson(MadeUpSketch(7)));
  ASSERT_EQ(JsonRefusal(good.dump()), "");
  const auto expect_refused = [&](const std::string& what, const auto& change) {
    json bad = good;
    change(bad);
    EXPECT_NE(JsonRefusal(bad.dump()), "") << what;
  };
  for (const auto& [name, value] : good.items()) {
    if (name == "untrained_rows" || name == "vocabulary") continue;
    const std::string member = name;
    expect_refused(member, [&](json& object) { object.erase(member); });
    expect_refused(member, [&](json& object) { object[member] = nullptr; });
  }
  for (const auto& [name, value] : good["components"][0].items()) {
    const std::string member = name;
    expect_refused(member, [&](json& object) { object["components"][0].erase(member); });
    expect_refused(member, [&](json& object) { object["components"][0][member] = -1; });
  }
  expect_refused("bits",
                 [](json& object) { object["components"][0]["bits"] = std::string(1024, 'g'); });
  expect_refused("bits", [](json& object) { object["untrained_rows"] = std::string(126, '0'); });
  expect_refused("values", [](json& object) { object["vocabulary"] = std::string(254, '0'); });
  expect_refused("values",
                 [](json& object) { object["components"][0]["keys"][0]["values"][3] = 256; });
  expect_refused("values",
                 [](json& object) { object["components"][0]["keys"][0]["values"].push_back(0); });
  expect_refused("layer",
                 [](json& object) { object["components"][0]["layers"][0]["layer"] = 70'000; });
  expect_refused("order", [](json& object) {
    std::swap(object["components"][0]["layers"][0], object["components"][0]["layers"][1]);
  });
  expect_refused("long name", [](json& object) { object["name"] = std::string(257, 'x'); });
  expect_refused("too many", [](json& object) {
    for (int i = 0; i < 5; ++i) object["components"].push_back(object["components"][0]);
  });
  json other = good;
  other["sketch_version"] = 2;
  EXPECT_THAT(JsonRefusal(other.dump()), HasSubstr("version 2"));
}

TEST(SketchJson, WhatIsNoJsonIsRefused) {
  const std::string line = SketchJson(MadeUpSketch(8, 1));
  for (std::size_t size = 0; size < line.size() - 1; size += 13) {
    ASSERT_NE(JsonRefusal(line.substr(0, size)), "") << size;
  }
  EXPECT_NE(JsonRefusal(line + "x"), "");
  EXPECT_NE(JsonRefusal("[]"), "");
  EXPECT_NE(JsonRefusal(std::string(kMostSketchLine + 1, ' ')), "");
  EXPECT_NE(JsonRefusal(R"({"a":)" + std::string(5000, '[')), "");
}

}  // namespace sketch_json_test
}  // namespace modelkin
