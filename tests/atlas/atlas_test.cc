#include "atlas/atlas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "atlas/bit_scan.h"
#include "base/error.h"
#include "sketch/sketch_record.h"
#include "support/made_up_sketch.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace atlas_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MadeUpSketch;

std::vector<Sketch> MadeUpSketches(std::uint64_t first, std::uint64_t count) {
  std::vector<Sketch> sketches;
  for (std::uint64_t i = 0; i < count; ++i) sketches.push_back(MadeUpSketch(first + i, 2));
  return sketches;
}

std::uint64_t Comparable(const Atlas& atlas) {
  const SketchedComponent component = MadeUpSketch(0, 0).components.front();
  return CountComparable(atlas, component.kind, component.place);
}

class AtlasTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory folder_;
  std::string path_ = folder_.File("models.atlas");
};

TEST_F(AtlasTest, GivesBackWhatWasAdded) {
  const std::vector<Sketch> sketches = MadeUpSketches(1, 40);
  {
    Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
    const AtlasChange change = atlas.Add(sketches);
    EXPECT_EQ(change.added, 40);
    EXPECT_EQ(change.replaced, 0);
  }
  EXPECT_THAT(folder_.Entries(), ElementsAre("models.atlas"));
  const Atlas atlas = Atlas::Open(path_, AtlasAccess::kRead);
  EXPECT_EQ(atlas.CountRecords(), 40);
  for (const Sketch& sketch : sketches) {
    const std::vector<std::uint64_t> ids = atlas.Find(sketch.name);
    ASSERT_EQ(ids.size(), 1);
    EXPECT_EQ(atlas.Find(sketch.location), ids);
    EXPECT_EQ(EncodeSketch(atlas.Read(ids[0])), EncodeSketch(sketch));
    const AtlasEntry entry = atlas.ReadEntry(ids[0]);
    EXPECT_EQ(entry.id, ids[0]);
    EXPECT_EQ(entry.name, sketch.name);
    EXPECT_EQ(entry.location, sketch.location);
    EXPECT_EQ(entry.family, sketch.family);
    EXPECT_EQ(entry.content, sketch.content);
  }
  EXPECT_THAT(atlas.Find("org/nobody"), IsEmpty());
  EXPECT_THROW(atlas.Read(999), Error);
  EXPECT_THROW(atlas.ReadEntry(0), Error);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, GoesThroughAllInOrder) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  atlas.Add(MadeUpSketches(1, 5));
  std::vector<std::string> names, again;
  std::uint64_t before = 0;
  atlas.ForEachEntry([&](const AtlasEntry& entry) {
    EXPECT_GT(entry.id, before);
    before = entry.id;
    names.push_back(entry.name);
  });
  atlas.ForEachSketch([&](std::uint64_t id, const Sketch& sketch) {
    EXPECT_EQ(atlas.ReadEntry(id).name, sketch.name);  // reading within is allowed
    again.push_back(sketch.name);
  });
  EXPECT_EQ(names.size(), 5);
  EXPECT_EQ(names, again);
}

TEST_F(AtlasTest, ReplacesByLocation) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  atlas.Add(MadeUpSketches(1, 3));
  const std::uint64_t second = atlas.Find("org/model-2").front();
  Sketch changed = MadeUpSketch(77, 2);
  changed.location = MadeUpSketch(2).location;
  EXPECT_EQ(atlas.Add(std::span(&changed, 1)).replaced, 1);
  EXPECT_THAT(atlas.Find("org/model-2"), IsEmpty());
  EXPECT_THAT(atlas.Find("org/model-77"), ElementsAre(second));
  EXPECT_EQ(atlas.CountRecords(), 3);
  EXPECT_EQ(Comparable(atlas), 3);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, ACopyElsewhereIsAnotherRecord) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  atlas.Add(MadeUpSketches(1, 3));
  Sketch copy = MadeUpSketch(2);
  copy.name = "org/copy";
  copy.location = "/elsewhere";
  EXPECT_EQ(atlas.Add(std::span(&copy, 1)).added, 1);
  EXPECT_EQ(atlas.CountRecords(), 4);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, OfTheSameModelTwiceAtOnceTheLastStays) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  std::vector<Sketch> sketches = {MadeUpSketch(1, 2), MadeUpSketch(1, 2)};
  sketches[1].name = "org/last";
  const AtlasChange change = atlas.Add(sketches);
  EXPECT_EQ(change.added, 1);
  EXPECT_EQ(change.replaced, 1);
  EXPECT_EQ(atlas.CountRecords(), 1);
  EXPECT_EQ(atlas.Find("org/last").size(), 1);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, ModelsWithoutALocationAreNotTheSame) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  std::vector<Sketch> sketches = MadeUpSketches(1, 2);
  for (Sketch& sketch : sketches) sketch.location = sketch.name = "";
  EXPECT_EQ(atlas.Add(sketches).added, 2);
  EXPECT_EQ(atlas.Remove(""), 2);
}

TEST_F(AtlasTest, RemovesByNameAndFillsTheGap) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  atlas.Add(MadeUpSketches(1, 100));
  const std::uint64_t bytes = atlas.Stats().bytes;
  for (int i = 1; i <= 50; ++i) EXPECT_EQ(atlas.Remove(MadeUpSketch(i).name), 1);
  EXPECT_EQ(atlas.Remove("org/nobody"), 0);
  EXPECT_EQ(atlas.CountRecords(), 50);
  EXPECT_EQ(Comparable(atlas), 50);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  atlas.Add(MadeUpSketches(201, 50));
  EXPECT_EQ(Comparable(atlas), 100);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  for (int i = 0; i < 5; ++i) atlas.Add(MadeUpSketches(51, 50));  // again and again
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  { const Atlas closed = std::move(atlas); }
  EXPECT_LT(std::filesystem::file_size(path_), 2 * bytes);
}

TEST_F(AtlasTest, RemovedBitsAreGone) {
  const Sketch sketch = MadeUpSketch(5, 1);
  const std::string bits(reinterpret_cast<const char*>(sketch.components[0].bits.data()), 64);
  {
    Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
    atlas.Add(std::span(&sketch, 1));
  }
  EXPECT_NE(testing::ReadWholeFile(path_).find(bits), std::string::npos);
  Atlas::Open(path_, AtlasAccess::kWrite).Remove(sketch.name);
  EXPECT_EQ(testing::ReadWholeFile(path_).find(bits), std::string::npos);
}

TEST_F(AtlasTest, Counts) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  std::vector<Sketch> sketches = MadeUpSketches(1, 5);
  sketches[0].components[0].place.rows = UINT64_MAX;
  sketches[0].components[0].place.columns = std::uint64_t{1} << 63;
  sketches[1].components.push_back(sketches[1].components[0]);
  sketches[1].components[1].kind = Component::kVision;
  atlas.Add(sketches);
  const AtlasStats stats = atlas.Stats();
  EXPECT_EQ(stats.records, 5);
  EXPECT_GT(stats.bytes, 5 * 600);
  EXPECT_EQ(stats.families, (std::map<std::string, std::uint64_t>{{"llama", 2}, {"qwen3", 3}}));
  EXPECT_EQ(stats.versions, (std::map<std::uint64_t, std::uint64_t>{{kSketchVersion, 5}}));
  ASSERT_EQ(stats.places.size(), 3);
  EXPECT_EQ(stats.places[0].records, 4);
  EXPECT_EQ(stats.places[0].place, sketches[1].components[0].place);
  EXPECT_EQ(stats.places[1].kind, Component::kText);
  EXPECT_EQ(stats.places[1].place, sketches[0].components[0].place);
  EXPECT_EQ(stats.places[2].kind, Component::kVision);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, OfNothing) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  EXPECT_EQ(atlas.Add({}).added, 0);
  EXPECT_EQ(atlas.CountRecords(), 0);
  EXPECT_EQ(atlas.Remove("x"), 0);
  EXPECT_EQ(atlas.Stats().records, 0);
  EXPECT_THAT(atlas.Stats().places, IsEmpty());
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  Sketch bare = MadeUpSketch(1, 0, 0);
  bare.untrained_rows.reset();
  bare.vocabulary.reset();
  EXPECT_EQ(atlas.Add(std::span(&bare, 1)).added, 1);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
  EXPECT_THAT(atlas.Stats().places, IsEmpty());
}

TEST_F(AtlasTest, NamesMayHoldAnything) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  Sketch sketch = MadeUpSketch(1, 1);
  sketch.name = "o'); DROP TABLE record; --\n\x01";
  sketch.location = std::string("a\0b", 3);
  atlas.Add(std::span(&sketch, 1));
  EXPECT_EQ(atlas.Find(sketch.name).size(), 1);
  EXPECT_EQ(atlas.Find(sketch.location).size(), 1);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, AddsAllOrNone) {
  Atlas atlas = Atlas::Open(path_, AtlasAccess::kCreate);
  std::vector<Sketch> sketches = MadeUpSketches(1, 3);
  sketches[2].content = "no digest";
  EXPECT_THROW(atlas.Add(sketches), Error);
  EXPECT_EQ(atlas.CountRecords(), 0);
  sketches.pop_back();
  EXPECT_EQ(atlas.Add(sketches).added, 2);
  EXPECT_THAT(atlas.Verify(), IsEmpty());
}

TEST_F(AtlasTest, IsReadWhileAnotherWrites) {
  Atlas writer = Atlas::Open(path_, AtlasAccess::kCreate);
  writer.Add(MadeUpSketches(1, 3));
  const Atlas reader = Atlas::Open(path_, AtlasAccess::kRead);
  EXPECT_EQ(reader.CountRecords(), 3);
  writer.Add(MadeUpSketches(4, 3));
  Atlas second = Atlas::Open(path_, AtlasAccess::kCreate);  // opens what is there
  second.Add(MadeUpSketches(7, 3));
  EXPECT_EQ(reader.CountRecords(), 9);
  EXPECT_THAT(reader.Verify(), IsEmpty());
}

TEST_F(AtlasTest, PathsMayHoldWhatAUriMayNot) {
  for (const char* const name : {"a?mode=memory", "b#c", "d%20e", "f g", "file:h"}) {
    const std::string path = folder_.File(name);
    Atlas::Open(path, AtlasAccess::kCreate).Add(MadeUpSketches(1, 1));
    EXPECT_TRUE(std::filesystem::exists(path)) << name;
    EXPECT_EQ(Atlas::Open(path, AtlasAccess::kRead).CountRecords(), 1);
  }
}

}  // namespace atlas_test
}  // namespace modelkin
