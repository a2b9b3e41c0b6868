#include "sketch/sketch_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/made_up_sketch.h"

namespace modelkin {
namespace sketch_record_test {

using nlohmann::json;
using testing::MadeUpSketch;

json Unpacked(const std::string& record) { return json::from_msgpack(record); }
std::string Packed(const json& value) {
  const std::vector<std::uint8_t> bytes = json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

// What is wrong, as a line that names the label.
std::string Refusal(const std::string& record) {
  try {
    DecodeSketch(record, "some.atlas: record 5");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_EQ(error.site().file, "some.atlas: record 5");
    return error.message();
  }
  return "";
}

void ExpectSame(const SketchedComponent& a, const SketchedComponent& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.place, b.place);
  EXPECT_EQ(a.bits, b.bits);
  EXPECT_EQ(a.effective_values, b.effective_values);
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_EQ(a.layers[i].layer, b.layers[i].layer);
    EXPECT_EQ(a.layers[i].bits, b.layers[i].bits);
    EXPECT_EQ(a.layers[i].attention_norm, b.layers[i].attention_norm);
    EXPECT_EQ(a.layers[i].mlp_norm, b.layers[i].mlp_norm);
  }
  for (const auto spectra : {&SketchedComponent::keys, &SketchedComponent::routers}) {
    ASSERT_EQ((a.*spectra).size(), (b.*spectra).size());
    for (std::size_t i = 0; i < (a.*spectra).size(); ++i) {
      EXPECT_EQ((a.*spectra)[i].layer, (b.*spectra)[i].layer);
      EXPECT_EQ((a.*spectra)[i].values, (b.*spectra)[i].values);
    }
  }
}

TEST(SketchRecord, ComesBackAsItWas) {
  Sketch sketch = MadeUpSketch(1, 20, 2);
  sketch.components[1].routers = sketch.components[1].keys;
  sketch.components[0].place.rows = UINT64_MAX;
  sketch.components[0].effective_values = UINT64_MAX;
  sketch.sizes.experts = UINT64_MAX;
  const std::string record = EncodeSketch(sketch);
  const Sketch again = DecodeSketch(record, "x");
  EXPECT_EQ(again.name, sketch.name);
  EXPECT_EQ(again.location, sketch.location);
  EXPECT_EQ(again.family, sketch.family);
  EXPECT_EQ(again.sizes.parameters, sketch.sizes.parameters);
  EXPECT_EQ(again.sizes.bytes, 0);
  EXPECT_EQ(again.sizes.experts, UINT64_MAX);
  EXPECT_EQ(again.base_models, sketch.base_models);
  EXPECT_EQ(again.file_digests, sketch.file_digests);
  EXPECT_EQ(again.content, sketch.content);
  ASSERT_EQ(again.components.size(), 2);
  ExpectSame(again.components[0], sketch.components[0]);
  ExpectSame(again.components[1], sketch.components[1]);
  EXPECT_EQ(again.untrained_rows, sketch.untrained_rows);
  EXPECT_EQ(again.vocabulary, sketch.vocabulary);
  EXPECT_EQ(EncodeSketch(again), record);
}

TEST(SketchRecord, OfNearlyNothing) {
  Sketch sketch;
  sketch.content = std::string(64, '0');
  const Sketch again = DecodeSketch(EncodeSketch(sketch), "x");
  EXPECT_TRUE(again.components.empty());
  EXPECT_FALSE(again.untrained_rows);
  EXPECT_FALSE(again.vocabulary);
}

TEST(SketchRecord, IsNeverTooLarge) {
  Sketch sketch = MadeUpSketch(2, kMostSketchLayers, 4);
  for (SketchedComponent& component : sketch.components) component.routers = component.keys;
  sketch.name = std::string(1000, 'n');
  sketch.location = std::string(511, 'l') + "\u00e9";  // a character that would be cut
  sketch.family = std::string(1000, 'f');
  sketch.base_models.assign(30, std::string(1000, 'b'));
  sketch.file_digests.assign(1000, UINT64_MAX);
  const std::string record = EncodeSketch(sketch);
  EXPECT_LE(record.size(), kMostSketchBytes);
  EXPECT_GT(record.size(), kMostSketchBytes - 200);
  const Sketch again = DecodeSketch(record, "x");
  EXPECT_EQ(again.location, std::string(511, 'l'));
  EXPECT_EQ(again.file_digests.size(), kMostFileDigests);
  EXPECT_EQ(EncodeSketch(again), record);
  // Layers that are left have the smallest hashes of those that there were.
  for (const SketchedComponent& component : again.components) {
    std::uint64_t largest_kept = 0;
    for (const SketchedLayer& layer : component.layers) {
      largest_kept = std::max(largest_kept, LayerRank(layer.layer));
    }
    const auto smaller = std::ranges::count_if(
        sketch.components[0].layers,
        [&](const SketchedLayer& layer) { return LayerRank(layer.layer) <= largest_kept; });
    EXPECT_EQ(smaller, component.layers.size());
  }
}

TEST(SketchRecord, CutOffAnywhereIsRefused) {
  const std::string record = EncodeSketch(MadeUpSketch(3, 3));
  for (std::size_t size = 0; size < record.size(); ++size) {
    ASSERT_NE(Refusal(record.substr(0, size)), "") << size;
  }
  EXPECT_NE(Refusal(record + "x"), "");
}

TEST(SketchRecord, OfAnotherVersionIsRefused) {
  json map = Unpacked(EncodeSketch(MadeUpSketch(4)));
  map["version"] = kSketchVersion + 1;
  EXPECT_THAT(Refusal(Packed(map)), ::testing::HasSubstr("version 2"));
  map["version"] = -1;
  EXPECT_NE(Refusal(Packed(map)), "");
}

TEST(SketchRecord, HostileSizesAreRefused) {
  EXPECT_THAT(Refusal(std::string(kMostSketchBytes + 1, '\x80')),
              ::testing::HasSubstr("8193 bytes"));
  // A map, a list, a text and bytes that claim 2^32 - 1 entries.
  for (const char* const head : {"\xdf", "\xdd", "\xdb", "\xc6"}) {
    EXPECT_NE(Refusal(head + std::string("\xff\xff\xff\xff")), "");
  }
  EXPECT_NE(Refusal(std::string(8000, '\x91')), "");  // deep
}

TEST(SketchRecord, WhatBreaksARuleIsRefused) {
  const json good = Unpacked(EncodeSketch(MadeUpSketch(5)));
  ASSERT_EQ(Refusal(Packed(good)), "");
  const auto expect_refused = [&](const char* what, const auto& change) {
    json bad = good;
    change(bad);
    EXPECT_NE(Refusal(Packed(bad)), "") << what;
  };
  const auto bytes = [](std::size_t count) {
    return json::binary(std::vector<std::uint8_t>(count));
  };
  for (const char* const name :
       {"version", "name", "location", "family", "sizes", "files", "content", "components"}) {
    expect_refused(name, [&](json& map) { map.erase(name); });
    expect_refused(name, [&](json& map) { map[name] = nullptr; });
    expect_refused(name, [&](json& map) { map[name] = 1.5; });
  }
  for (const char* const name : {"kind", "role", "rows", "columns", "effective_values", "bits",
                                 "layers", "keys", "routers"}) {
    expect_refused(name, [&](json& map) { map["components"][0].erase(name); });
    expect_refused(name, [&](json& map) { map["components"][0][name] = "x"; });
    expect_refused(name, [&](json& map) { map["components"][0][name] = -1; });
  }
  expect_refused("kind", [](json& map) { map["components"][0]["kind"] = kComponentCount; });
  expect_refused("role", [](json& map) { map["components"][0]["role"] = kRoleCount; });
  expect_refused("bits", [&](json& map) { map["components"][0]["bits"] = bytes(511); });
  expect_refused("bits", [&](json& map) { map["components"][0]["bits"] = bytes(1024); });
  expect_refused("half a layer", [&](json& map) { map["components"][0]["layers"] = bytes(81); });
  expect_refused("twice a layer", [&](json& map) { map["components"][0]["layers"] = bytes(164); });
  expect_refused("twice a layer", [&](json& map) { map["components"][0]["keys"] = bytes(36); });
  expect_refused("five", [](json& map) {
    map["components"] = json::array();
    for (int i = 0; i < 5; ++i) map["components"].push_back(json::object());
  });
  expect_refused("long name", [](json& map) { map["name"] = std::string(257, 'x'); });
  expect_refused("content", [](json& map) { map["content"] = std::string(64, 'G'); });
  expect_refused("content", [](json& map) { map["content"] = std::string(62, 'a'); });
  expect_refused("files", [&](json& map) { map["files"] = bytes(8 * 33); });
  expect_refused("vocabulary", [&](json& map) { map["vocabulary"] = bytes(127); });
  expect_refused("untrained_rows", [&](json& map) { map["untrained_rows"] = bytes(0); });
  expect_refused("base_models", [](json& map) { map["base_models"] = {1}; });
  expect_refused("list", [](json& map) { map = json::array({map}); });
}

// Records hold them: whoever changes one raises kSketchVersion.
TEST(SketchRecord, NumbersOfRolesStay) {
  EXPECT_EQ(static_cast<int>(Role::kEmbedding), 0);
  EXPECT_EQ(static_cast<int>(Role::kQuery), 11);
  EXPECT_EQ(static_cast<int>(Role::kAttentionOutput), 15);
  EXPECT_EQ(static_cast<int>(Role::kGate), 27);
  EXPECT_EQ(static_cast<int>(Role::kDown), 30);
  EXPECT_EQ(static_cast<int>(Role::kUnknown), 36);
  EXPECT_EQ(static_cast<int>(Role::kPatchEmbedding), 40);
  EXPECT_EQ(kRoleCount, 41);
  EXPECT_EQ(static_cast<int>(Component::kProjector), 3);
}

TEST(SketchRecord, NamesOfSubmodels) {
  EXPECT_EQ(ComponentName(Component::kText), "text");
  EXPECT_EQ(ComponentName(Component::kProjector), "projector");
}

}  // namespace sketch_record_test
}  // namespace modelkin
