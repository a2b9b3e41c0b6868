#include "atlas/profile_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/made_up_sketch.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace profile_scan_test {

using ::testing::IsEmpty;
using testing::MadeUpSketch;

TEST(ProfileFeatures, AreMeansOverLayersThatHaveThem) {
  SketchedComponent component;
  EXPECT_EQ(FeaturesOf(component), ProfileFeatures{});
  component.layers.resize(3);
  component.layers[0].attention_norm = {10, 0, 255, 1, 1, 1, 1, 1};
  component.layers[2].attention_norm = {21, 7, 255, 2, 1, 1, 1, 1};
  component.routers.resize(1);
  component.routers[0].values.fill(9);
  const ProfileFeatures features = FeaturesOf(component);
  EXPECT_EQ(features[0], 16);  // 15.5
  EXPECT_EQ(features[1], 7);   // a quantile of 0 is in no mean
  EXPECT_EQ(features[2], 255);
  EXPECT_EQ(features[3], 2);  // 1.5
  for (std::size_t i = 8; i < 32; ++i) EXPECT_EQ(features[i], 0) << i;
  for (std::size_t i = 32; i < 48; ++i) EXPECT_EQ(features[i], 9) << i;
}

TEST(ProfileFeatures, OfNamesThatTellNothingAreOfAllNorms) {
  SketchedComponent component;
  component.layers.resize(2);
  component.layers[0].attention_norm = Profile<kNormValues>{};
  component.layers[0].attention_norm->fill(10);
  component.layers[1].mlp_norm = component.layers[0].attention_norm;
  component.layers[1].mlp_norm->fill(20);
  ProfileFeatures features = FeaturesOf(component);
  for (std::size_t i = 48; i < 56; ++i) EXPECT_EQ(features[i], 15) << i;
  EXPECT_EQ(features[0], 10);
  EXPECT_EQ(features[8], 20);
  component.nameless = true;
  features = FeaturesOf(component);
  for (std::size_t i = 0; i < 48; ++i) EXPECT_EQ(features[i], 0) << i;
  for (std::size_t i = 48; i < 56; ++i) EXPECT_EQ(features[i], 15) << i;
}

class ProfileScan : public ::testing::Test {
 protected:
  void Add(std::uint64_t first, std::uint64_t count) {
    std::vector<Sketch> sketches;
    for (std::uint64_t i = first; i < first + count; ++i) {
      sketches.push_back(MadeUpSketch(i, 1 + i % 3));
      SketchedComponent& component = sketches.back().components[0];
      if (i % 5 == 0) component.kind = Component::kAudio;
      if (i % 7 == 0) component.keys.clear();
      if (i % 11 == 0) component.layers.clear();
      component.place.rows = i % 13;  // the place is of no account
    }
    atlas_.Add(sketches);
    all_.insert(all_.end(), sketches.begin(), sketches.end());
  }
  // In doubles, one record after another.
  std::vector<std::uint64_t> Nearest(Component kind, const ProfileFeatures& query,
                                     std::size_t most) {
    std::vector<std::pair<double, std::uint64_t>> distances;
    for (const Sketch& sketch : all_) {
      if (sketch.components[0].kind != kind) continue;
      const ProfileFeatures features = FeaturesOf(sketch.components[0]);
      double sum = 0, shared = 0;
      for (std::size_t i = 0; i < kProfileFeatures; ++i) {
        if (features[i] == 0 || query[i] == 0) continue;
        sum += std::abs(static_cast<double>(features[i]) - static_cast<double>(query[i]));
        ++shared;
      }
      if (shared < kLeastSharedFeatures) continue;
      distances.emplace_back(sum / shared, atlas_.Find(sketch.name).at(0));
    }
    std::ranges::sort(distances);
    std::vector<std::uint64_t> ids;
    for (const auto& [distance, id] : distances) {
      if (ids.size() < most) ids.push_back(id);
    }
    return ids;
  }

  testing::TemporaryDirectory folder_;
  Atlas atlas_ = Atlas::Open(folder_.File("models.atlas"), AtlasAccess::kCreate);
  std::vector<Sketch> all_;
};

TEST_F(ProfileScan, IsThatOfOneRecordAfterAnother) {
  Add(1, 400);
  ProfileFeatures query = FeaturesOf(MadeUpSketch(9001, 3).components[0]);
  for (const Component kind : {Component::kText, Component::kAudio, Component::kVision}) {
    for (const std::size_t most : {0U, 1U, 20U, 1000U}) {
      for (const unsigned threads : {1U, 2U, 5U}) {
        std::vector<std::uint64_t> ids;
        for (const ProfileMatch& match : ScanProfiles(atlas_, kind, query, most, threads)) {
          EXPECT_GE(match.features, kLeastSharedFeatures);
          ids.push_back(match.id);
        }
        EXPECT_EQ(ids, Nearest(kind, query, most)) << most << " " << threads;
      }
    }
  }
  query = {};
  EXPECT_THAT(ScanProfiles(atlas_, Component::kText, query, 10, 2), IsEmpty());
}

TEST_F(ProfileScan, FindsAModelInDisguise) {
  Add(1, 400);
  Sketch disguised = MadeUpSketch(123, 1);  // in another basis: other bits, spectra nearly the same
  ProfileFeatures features = FeaturesOf(disguised.components[0]);
  for (std::size_t i = 0; i < features.size(); i += 3) {
    if (features[i] > 2) features[i] -= 2;
  }
  const std::vector<ProfileMatch> found = ScanProfiles(atlas_, Component::kText, features, 3, 2);
  ASSERT_EQ(found.size(), 3);
  EXPECT_EQ(atlas_.ReadEntry(found[0].id).name, "org/model-123");
  EXPECT_LT(found[0].mean_difference(), 1);
  EXPECT_GT(found[1].mean_difference(), 20);
  atlas_.Remove("org/model-123");
  EXPECT_NE(ScanProfiles(atlas_, Component::kText, features, 3, 2)[0].id, found[0].id);
}

TEST_F(ProfileScan, TheLargestDifferenceFits) {
  Sketch sketch = MadeUpSketch(1, 1);
  sketch.components[0].layers[0].attention_norm->fill(255);
  sketch.components[0].layers[0].mlp_norm->fill(255);
  sketch.components[0].keys[0].values.fill(255);
  sketch.components[0].routers = sketch.components[0].keys;
  atlas_.Add(std::span(&sketch, 1));
  ProfileFeatures query;
  query.fill(1);
  const std::vector<ProfileMatch> found = ScanProfiles(atlas_, Component::kText, query, 1, 1);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].difference, 254 * 56);
  EXPECT_EQ(found[0].mean_difference(), 254);
}

}  // namespace profile_scan_test
}  // namespace modelkin
