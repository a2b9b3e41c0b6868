#include "atlas/bit_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <thread>

#include "base/interrupt.h"
#include "statistics/sign_agreement.h"
#include "support/made_up_sketch.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace bit_scan_test {

using ::testing::IsEmpty;
using testing::MadeUpSketch;

std::uint64_t Agreements(const ComponentBits& a, const ComponentBits& b) {
  std::uint64_t agreed = 0;
  for (std::size_t bit = 0; bit < kComponentBits; ++bit) {
    agreed += ((a[bit / 64] >> (bit % 64)) & 1) == ((b[bit / 64] >> (bit % 64)) & 1);
  }
  return agreed;
}

class BitScan : public ::testing::Test {
 protected:
  // As of a model whose projected values have that cosine with those of another, more or less.
  static ComponentBits Relative(const ComponentBits& bits, double cosine, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::bernoulli_distribution differs(1 - AgreementProbability(cosine));
    ComponentBits other = bits;
    for (std::size_t bit = 0; bit < kComponentBits; ++bit) {
      if (differs(random)) other[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    }
    return other;
  }
  static BitQuery QueryOf(const SketchedComponent& component, std::uint64_t least) {
    return {.kind = component.kind,
            .place = component.place,
            .bits = component.bits,
            .least_agreements = least};
  }
  // Those of other places too.
  void Add(std::uint64_t first, std::uint64_t count) {
    std::vector<Sketch> sketches;
    for (std::uint64_t i = first; i < first + count; ++i) {
      sketches.push_back(MadeUpSketch(i, 0));
      SketchedComponent& component = sketches.back().components[0];
      if (i % 7 == 0) component.place.rows += 1 + i % 3;
      if (i % 11 == 0) component.kind = Component::kVision;
      component.effective_values = i;
    }
    atlas_.Add(sketches);
    all_.insert(all_.end(), sketches.begin(), sketches.end());
  }
  // One record after another, bit by bit.
  BitMatches Expected(const BitQuery& query, std::size_t most) const {
    BitMatches expected;
    for (const Sketch& sketch : all_) {
      const SketchedComponent& component = sketch.components[0];
      const std::vector<std::uint64_t> ids = atlas_.Find(sketch.name);
      if (ids.empty() || component.kind != query.kind || !(component.place == query.place))
        continue;
      ++expected.compared;
      const std::uint64_t agreed = Agreements(component.bits, query.bits);
      if (agreed < query.least_agreements) continue;
      ++expected.reached;
      expected.matches.push_back({ids[0], agreed, component.effective_values});
    }
    std::ranges::stable_sort(expected.matches, [](const BitMatch& left, const BitMatch& right) {
      return left.agreements != right.agreements ? left.agreements > right.agreements
                                                 : left.id < right.id;
    });
    if (expected.matches.size() > most) expected.matches.resize(most);
    return expected;
  }
  void ExpectAsExpected(const BitQuery& query, std::size_t most) {
    const BitMatches expected = Expected(query, most);
    for (const unsigned threads : {1U, 2U, 7U}) {
      const BitMatches found = ScanBits(atlas_, std::span(&query, 1), most, threads)[0];
      EXPECT_EQ(found.compared, expected.compared);
      EXPECT_EQ(found.reached, expected.reached);
      EXPECT_EQ(found.matches, expected.matches) << threads << " threads";
    }
  }

  testing::TemporaryDirectory folder_;
  Atlas atlas_ = Atlas::Open(folder_.File("models.atlas"), AtlasAccess::kCreate);
  std::vector<Sketch> all_;
};

TEST_F(BitScan, IsThatOfOneRecordAfterAnother) {
  Add(1, 500);
  for (int i = 20; i < 60; ++i) atlas_.Remove(MadeUpSketch(i).name);
  const SketchedComponent component = MadeUpSketch(3, 0).components[0];
  for (const std::uint64_t least : {0U, 2000U, 2048U, 2100U, 4096U, 4097U}) {
    for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{10}, SIZE_MAX}) {
      ExpectAsExpected(QueryOf(component, least), most);
    }
  }
}

TEST_F(BitScan, TiesComeByTheirIds) {
  std::vector<Sketch> sketches;
  for (int i = 1; i <= 40; ++i) {
    sketches.push_back(MadeUpSketch(i, 0));
    sketches.back().components[0].bits = {};
  }
  atlas_.Add(sketches);
  all_ = sketches;
  const BitQuery query = QueryOf(sketches[0].components[0], 4096);
  ExpectAsExpected(query, 5);
  EXPECT_EQ(ScanBits(atlas_, std::span(&query, 1), 5, 2)[0].reached, 40);
}

TEST_F(BitScan, FindsARelativeAndNoStranger) {
  Add(1, 3000);
  const SketchedComponent stranger = MadeUpSketch(90'001, 0).components[0];
  const std::uint64_t limit = AgreementLimit(kComponentBits, 0, 1e-6, 3000);
  const double cosine = 1.1 * DetectableCosine(kComponentBits, limit, 0.999).value();
  SketchedComponent relative = MadeUpSketch(1234, 0).components[0];
  relative.bits = Relative(relative.bits, cosine, 1);
  const std::vector<BitQuery> queries = {QueryOf(stranger, limit), QueryOf(relative, limit)};
  const std::vector<BitMatches> found = ScanBits(atlas_, queries, 10, 0);
  EXPECT_GT(found[0].compared, 2000);
  EXPECT_EQ(found[0].reached, 0);
  ASSERT_EQ(found[1].matches.size(), 1);
  EXPECT_EQ(atlas_.ReadEntry(found[1].matches[0].id).name, "org/model-1234");
  EXPECT_EQ(found[1].matches[0].effective_values, 1234);
}

TEST_F(BitScan, ManyQueriesAreAsOneAfterAnother) {
  Add(1, 200);
  std::vector<BitQuery> queries;
  for (int i = 1; i < 60; ++i) {
    queries.push_back(QueryOf(all_[static_cast<std::size_t>(i)].components[0], 2080));
  }
  queries.push_back({.place = {.role = Role::kUp, .rows = 3, .columns = 5}});  // nobody's place
  const std::vector<BitMatches> found = ScanBits(atlas_, queries, 4, 2);
  ASSERT_EQ(found.size(), queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const BitMatches alone = ScanBits(atlas_, std::span(&queries[i], 1), 4, 1)[0];
    EXPECT_EQ(found[i].matches, alone.matches);
    EXPECT_EQ(found[i].compared, alone.compared);
    EXPECT_EQ(alone.compared, CountComparable(atlas_, queries[i].kind, queries[i].place));
  }
  EXPECT_EQ(found.back().compared, 0);
  EXPECT_THAT(ScanBits(atlas_, {}, 4, 2), IsEmpty());
}

TEST_F(BitScan, SeesOneStateWhileAnotherWrites) {
  // Replaced all the time, so that their rows move; each scan has to see every one once.
  Add(1, 300);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    Atlas atlas = Atlas::Open(atlas_.path(), AtlasAccess::kWrite);
    for (int i = 0; i < 10; ++i) atlas.Add(std::span(all_).subspan(0, 60));
    done = true;
  });
  const Atlas reader = Atlas::Open(atlas_.path(), AtlasAccess::kRead);
  const BitQuery query = QueryOf(all_[0].components[0], 0);
  const BitMatches expected = Expected(query, 1000);
  do {
    const BitMatches found = ScanBits(reader, std::span(&query, 1), 1000, 2)[0];
    EXPECT_EQ(found.matches, expected.matches);
  } while (!done);
  writer.join();
}

TEST_F(BitScan, KeepsToItsFileWhereAnotherHasItsNameNow) {
  Add(1, 300);
  const BitQuery query = QueryOf(all_[0].components[0], 0);
  const BitMatches expected = Expected(query, 1000);
  std::filesystem::rename(atlas_.path(), folder_.File("moved.atlas"));
  std::filesystem::remove(atlas_.path() + "-wal");
  std::filesystem::remove(atlas_.path() + "-shm");
  std::vector<Sketch> others;
  for (int i = 1; i <= 300; ++i) others.push_back(MadeUpSketch(7000 + i, 0));
  Atlas::Open(atlas_.path(), AtlasAccess::kCreate).Add(others);  // changed as often
  EXPECT_EQ(ScanBits(atlas_, std::span(&query, 1), 1000, 2)[0].matches, expected.matches);
}

TEST_F(BitScan, EndsWhereTheUserStopsIt) {
  Add(1, 50);
  const StopFlag stop = true;
  const HeedStop heed(stop);
  const BitQuery query = QueryOf(all_[0].components[0], 0);
  EXPECT_THROW(ScanBits(atlas_, std::span(&query, 1), 10, 2), Interrupted);
}

}  // namespace bit_scan_test
}  // namespace modelkin
