#include "requests/recorded_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace modelkin {
namespace recorded_request_test {

using nlohmann::json;
using ::testing::ElementsAre;

// Results with this request, of inputs of these ids.
json Results(const nlohmann::ordered_json& request, const std::vector<std::string>& ids) {
  json results = {{"run", {{"request", request}}}, {"inputs", json::array()}};
  for (const std::string& id : ids) {
    results["inputs"].push_back({{"id", id}, {"path", "typed/" + id}, {"resolved", "at/" + id}});
  }
  return results;
}

template <class Request>
Request Read(const json& results, const std::map<std::string, std::string>& places = {}) {
  return std::get<Request>(ReadRequest("results.json", results, places));
}

TEST(RecordedRequest, OfAComparisonIsReadAsItWasWritten) {
  CompareResults results;
  results.opening.partial = true;
  results.options = {.pairing = {.layers = {{0, 3}, {7, 7}},
                                 .include = {"*norm*"},
                                 .exclude = {"a", "b"},
                                 .renames = {{.pattern = "x.*", .replacement = "y.*"}}},
                     .within = true,
                     .by_name = true,
                     .quantiles = false,
                     .digest = DigestPolicy::kNever,
                     .functional = Texts{.texts = {"Once", "\n\xc3\xa9"}, .bytes = true}};
  const nlohmann::ordered_json written = RecordedRequest(results);
  const auto read = Read<CompareRequest>(
      json::parse(Results(written, {"a", "b", "control_1", "control_2"}).dump()));
  EXPECT_EQ(read.models.a, "at/a");
  EXPECT_EQ(read.models.b, "at/b");
  EXPECT_THAT(read.models.controls, ElementsAre("at/control_1", "at/control_2"));
  // What is written of it again is the same.
  CompareResults again;
  again.opening = read.opening;
  again.options = read.options;
  EXPECT_EQ(RecordedRequest(again), written);
  EXPECT_EQ(read.options.functional->texts[1], "\n\xc3\xa9");
}

TEST(RecordedRequest, OfATraceIsReadAsItWasWritten) {
  TraceResults results;
  results.opening.components = {Component::kVision, Component::kPrediction};
  results.components.emplace_back();
  results.components.front().options = {{.effort = Effort::kQuick,
                                         .most_units = 32,
                                         .fingerprints = FingerprintExtent::kAll,
                                         .seed = std::numeric_limits<std::uint64_t>::max(),
                                         .draws = 1234},
                                        7};
  const auto read = Read<TraceRequest>(json::parse(
      Results(RecordedRequest(results), {"a", "b", "control_1", "parent_1", "parent_2"}).dump()));
  EXPECT_EQ(read.options.effort, Effort::kQuick);
  EXPECT_EQ(read.options.most_units, 32U);
  EXPECT_EQ(read.options.fingerprints, FingerprintExtent::kAll);
  EXPECT_EQ(read.options.seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read.options.draws, 1234U);
  EXPECT_THAT(read.models.parents, ElementsAre("at/parent_1", "at/parent_2"));
  EXPECT_EQ(read.resume, "");
  EXPECT_THAT(read.opening.components, ElementsAre(Component::kVision, Component::kPrediction));
}

TEST(RecordedRequest, OlderTracesSayFingerprintsByTwoMembers) {
  TraceResults results;
  results.components.emplace_back();
  json request = json::parse(RecordedRequest(results).dump());
  request.erase("fingerprints");
  const auto read_with = [&](bool describe, bool drawn) {
    request["describe"] = describe;
    request["describe_drawn"] = drawn;
    return Read<TraceRequest>(Results(request, {"a", "b"})).options.fingerprints;
  };
  EXPECT_EQ(read_with(true, false), FingerprintExtent::kWholeModels);
  EXPECT_EQ(read_with(true, true), FingerprintExtent::kAll);
  EXPECT_EQ(read_with(false, false), FingerprintExtent::kNone);
  request.erase("describe_drawn");
  EXPECT_THROW(Read<TraceRequest>(Results(request, {"a", "b"})), Error);
}

TEST(RecordedRequest, OfASeriesHasItsCheckpointsInOrder) {
  const auto read =
      Read<SeriesRequest>(Results(RecordedRequest(DynamicsResults()), {"s1", "s2", "s3"}));
  EXPECT_THAT(read.checkpoints, ElementsAre("at/s1", "at/s2", "at/s3"));
}

TEST(RecordedRequest, InputsAreWhereTheyAreSaidToBeNow) {
  const auto request = RecordedRequest(DiffResults());
  const json results = Results(request, {"a", "b"});
  EXPECT_EQ(Read<DiffRequest>(results, {{"b", "here"}}).models.b, "here");
  EXPECT_THROW(ReadRequest("results.json", results, {{"c", "here"}}), Error);
  json unresolved = results;
  unresolved["inputs"][0].erase("resolved");
  EXPECT_EQ(Read<DiffRequest>(unresolved).models.a, "typed/a");
  EXPECT_THROW(ReadRequest("results.json", Results(request, {"a"}), {}), Error);
}

}  // namespace recorded_request_test
}  // namespace modelkin
