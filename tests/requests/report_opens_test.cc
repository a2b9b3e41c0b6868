#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "requests/report.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace report_opens_test {

using ::testing::Each;
using ::testing::Pair;

const std::string kGolden = MODELKIN_GOLDEN_MODELS;
constexpr std::string_view kScheme = "counted://";

// A folder of this machine under another name, which counts how often each file is opened.
class CountingPlace : public RemotePlace {
 public:
  bool IsFolder(const std::string& location) const override {
    return ThisMachine().IsFolder(Local(location));
  }
  std::vector<std::string> FilesIn(const std::string& folder) const override {
    return ThisMachine().FilesIn(Local(folder));
  }
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override {
    const std::lock_guard lock(mutex_);
    ++opened_[file];
    return MapFile(Local(file));
  }
  std::string Resolve(const std::string& location) const override { return location; }

  const std::map<std::string, int>& opened() const { return opened_; }

 private:
  static std::string Local(const std::string& location) { return location.substr(kScheme.size()); }

  mutable std::mutex mutex_;
  mutable std::map<std::string, int> opened_;
};

// Keeps what was planned, what came, and how often files were digested.
class CountingProgress : public Progress {
 public:
  void Begin(const std::string& stage, std::uint64_t) override {
    if (stage == "digesting files") ++digests;
    came.insert(stage);
  }
  void Plan(const std::vector<PlannedStage>& stages) override {
    ++plans;
    for (const PlannedStage& stage : stages) planned.insert(stage.name);
  }
  void Revise(const std::string& stage, double factor) override {
    if (factor > 0 && !planned.contains(stage)) unplanned.insert(stage);
    if (factor == 0) planned.erase(stage);
  }
  int digests = 0, plans = 0;
  std::set<std::string> planned, came, unplanned;
};

TEST(ReportOn, OpensEachFileOfTwoModelsOnce) {
  const auto place = std::make_shared<CountingPlace>();
  auto places = std::make_shared<Places>();
  places->Add(std::string(kScheme), place);
  RequestContext context;
  context.places = places;
  const std::string prefix = std::string(kScheme) + kGolden;
  const ReportRequest request{
      .trace = {.models = {.a = prefix + "/llama-plain", .b = prefix + "/mixtral-plain"},
                .options = {.draws = 1000}},
      .texts = Texts{.texts = {"0123"}, .bytes = true}};
  const Report report = ReportOn(request, context);
  ASSERT_TRUE(report.compare && report.compare->functional && report.diff);
  EXPECT_GE(place->opened().size(), 4U);  // weights and config.json of each
  EXPECT_THAT(place->opened(), Each(Pair(::testing::_, 1)));
}

TEST(ReportOn, DigestsEachFileOfThisMachineOnce) {
  const auto progress = std::make_shared<CountingProgress>();
  RequestContext context;
  context.progress = progress;
  const Report report =
      ReportOn({.trace = {.models = {.a = kGolden + "/llama-plain", .b = kGolden + "/gpt2-plain"},
                          .options = {.draws = 1000}},
                .texts = {}},
               context);
  EXPECT_EQ(progress->digests, 2);
  EXPECT_TRUE(report.trace.inputs[0].files[0].sha256);
  EXPECT_EQ(report.compare->inputs[1].files[0].sha256, report.trace.inputs[1].files[0].sha256);
}

TEST(TraceModels, ReadsHeadersAloneWhereTheyDecide) {
  const auto progress = std::make_shared<CountingProgress>();
  RequestContext context;
  context.progress = progress;
  const TraceResults results = TraceModels(
      {.models = {.a = kGolden + "/llama-plain", .b = kGolden + "/mixtral-plain"}}, context);
  ASSERT_EQ(results.verdict.category, VerdictCategory::kNotComparable);
  EXPECT_EQ(progress->digests, 0);
  EXPECT_FALSE(results.inputs[0].files[0].sha256);
  EXPECT_FALSE(results.inputs[0].files[0].header_sha256.empty());
}

// What progress tells the time left by: one plan of all that a report does, in the names of stages
// that come.
TEST(ReportOn, PlansTheStagesThatCome) {
  const auto progress = std::make_shared<CountingProgress>();
  RequestContext context;
  context.progress = progress;
  ReportOn({.trace = {.models = {.a = kGolden + "/llama-plain", .b = kGolden + "/llama-plain"},
                      .options = {.draws = 1000}},
            .texts = {}},
           context);
  EXPECT_EQ(progress->plans, 1);
  EXPECT_THAT(progress->unplanned, ::testing::IsEmpty());
  std::set<std::string> did_not_come;
  std::ranges::set_difference(progress->planned, progress->came,
                              std::inserter(did_not_come, did_not_come.end()));
  // Values of which the first pass tells all need no second.
  EXPECT_THAT(did_not_come, ::testing::ElementsAre("quantiles"));
}

}  // namespace report_opens_test
}  // namespace modelkin
