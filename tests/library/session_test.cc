#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <thread>

#include "modelkin/modelkin.h"
#include "support/safetensors_writer.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace session_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SafetensorsFile;
using testing::TemporaryDirectory;

std::string Floats(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class SessionTest : public ::testing::Test {
 protected:
  // A model of two tensors, the second with this value in it.
  std::string Write(const std::string& name, float value) {
    return folder_.WriteFile(
        name + ".safetensors",
        SafetensorsFile({{"layers.0.mlp.up_proj.weight", "F32", {2, 2}, Floats({1, 2, 3, 5})},
                         {"w", "F32", {2}, Floats({value, 1})}}));
  }

  TemporaryDirectory folder_;
  const std::string a_ = Write("a", 1), b_ = Write("b", 2);
  Session session_;
};

TEST_F(SessionTest, OpensModels) {
  const Model model = session_.Open(a_);
  EXPECT_EQ(model.Path(), a_);
  EXPECT_EQ(model.Family(), "");
  const std::vector<TensorInfo> tensors = model.Tensors();
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].name, "layers.0.mlp.up_proj.weight");
  EXPECT_EQ(tensors[0].dtype, "F32");
  EXPECT_THAT(tensors[0].shape, ElementsAre(2, 2));
  EXPECT_EQ(tensors[0].elements, 4U);
  EXPECT_EQ(tensors[0].bytes, 16U);
  EXPECT_THAT(model.Warnings(), IsEmpty());
}

TEST_F(SessionTest, SaysWhatIsWrongWithAFile) {
  try {
    session_.Open(folder_.File("absent"));
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("absent"));
  }
}

TEST_F(SessionTest, ComparesByRequestAndOpenModelsAlike) {
  const ComparisonReport by_paths = session_.Compare({.models = {.a = a_, .b = b_}});
  const ComparisonReport by_models = session_.Compare(session_.Open(a_), session_.Open(b_));
  for (const ComparisonReport& report : {by_paths, by_models}) {
    ASSERT_EQ(report.size(), 2U);
    const ComparedPair pair = report.Pair(0);
    EXPECT_EQ(pair.a, "layers.0.mlp.up_proj.weight");
    EXPECT_EQ(pair.b, pair.a);
    EXPECT_EQ(pair.layer, 0U);
    EXPECT_EQ(pair.elements, 4U);
    ASSERT_EQ(pair.metrics.size(), ComparisonReport::MetricNames().size());
    EXPECT_EQ(ComparisonReport::MetricNames()[0], "cosine_similarity");
    EXPECT_NEAR(pair.metrics[0].value(), 1, 1e-12);
    EXPECT_LT(report.Pair(1).metrics[0].value(), 1);
  }
  EXPECT_THROW(by_paths.Pair(2), std::out_of_range);
  EXPECT_THAT(by_paths.Json(), HasSubstr("\"schema_version\""));
  EXPECT_THAT(by_paths.Text(), HasSubstr("a against b"));
  EXPECT_THROW(session_.Compare({.models = {.a = a_}}), Error);
}

TEST_F(SessionTest, RefusesAnAbsentSecondModel) {
  EXPECT_THROW(session_.Trace({.models = {.a = a_}}), Error);
  EXPECT_THROW(session_.Diff({.models = {.a = a_}}), Error);
  // A control is no B.
  EXPECT_THROW(session_.Trace({.models = {.a = a_, .controls = {b_}}}), Error);
}

TEST_F(SessionTest, RefusesModelsThatARequestIsNotAbout) {
  EXPECT_THROW(session_.Compare({.models = {.a = a_, .b = b_, .parents = {a_}}}), Error);
  EXPECT_THROW(session_.Diff({.models = {.a = a_, .b = b_, .controls = {a_}}}), Error);
}

TEST_F(SessionTest, RefusesAReplacementWithMoreStarsThanItsPattern) {
  for (const RenameRule& rule : {RenameRule{"*", "*x*"}, RenameRule{"w", "*"}}) {
    EXPECT_THROW(session_.Compare(
                     {.models = {.a = a_, .b = b_}, .options = {.pairing = {.renames = {rule}}}}),
                 Error);
  }
}

TEST_F(SessionTest, RecordsHowModelsWereOpened) {
  const Model a = session_.Open(a_, {.partial = true}), b = session_.Open(b_);
  for (const std::string& json :
       {session_.Compare(a, b).Json(), session_.Trace(b, a).Json(), session_.Diff(a, b).Json()}) {
    EXPECT_THAT(json, HasSubstr("\"partial\":true"));
  }
}

TEST_F(SessionTest, FindsWhatDiffers) {
  EXPECT_THAT(session_.Diff({.models = {.a = a_, .b = b_}}).Differing(), ElementsAre("w"));
  EXPECT_FALSE(session_.Diff(session_.Open(a_), session_.Open(b_)).all_identical());
  EXPECT_TRUE(session_.Diff(session_.Open(a_), session_.Open(a_)).all_identical());
}

TEST_F(SessionTest, TracesAModelToItself) {
  const TraceReport report = session_.Trace(session_.Open(a_), session_.Open(a_));
  EXPECT_EQ(report.Verdict(), VerdictCategory::kIdentical);
  EXPECT_FALSE(report.Sentence().empty());
  EXPECT_THAT(report.Json(), HasSubstr("\"identical\""));
}

TEST_F(SessionTest, InspectsAConfigAlone) {
  const std::string config = folder_.WriteFile("config.json", R"({"model_type": "nonsense"})");
  const InspectionReport report = session_.Inspect(config);
  EXPECT_EQ(report.Family(), "");
  EXPECT_EQ(report.Parameters(), std::nullopt);
  ASSERT_FALSE(report.Findings().empty());
  EXPECT_THAT(report.Findings()[0].message, HasSubstr("nonsense"));
  EXPECT_EQ(session_.Inspect(session_.Open(a_)).Parameters(), 6U);
}

TEST_F(SessionTest, StopsFromAnotherThreadUntilItGoesOn) {
  std::thread([&] { session_.Stop(); }).join();
  EXPECT_THROW(session_.Compare({.models = {.a = a_, .b = b_}}), Interrupted);
  EXPECT_NO_THROW(Session().Compare({.models = {.a = a_, .b = b_}}));  // another session
  session_.Resume();
  EXPECT_NO_THROW(session_.Compare({.models = {.a = a_, .b = b_}}));
}

// Counts what it is told.
class CountingProgress : public Progress {
 public:
  void Begin(const std::string&, std::uint64_t) override { ++stages; }
  std::atomic<int> stages = 0;
};

TEST_F(SessionTest, TellsOfProgressWithAnyNumberOfThreads) {
  const auto progress = std::make_shared<CountingProgress>();
  session_.SetProgress(progress);
  std::string first;
  for (const unsigned threads : {1U, 3U}) {
    session_.SetThreads(threads);
    const std::string json = session_.Compare({.models = {.a = a_, .b = b_}}).Json();
    const std::string numbers = json.substr(0, json.find("\"run\""));
    if (first.empty()) first = numbers;
    EXPECT_EQ(numbers, first);
  }
  EXPECT_GT(progress->stages, 0);
  session_.SetProgress(nullptr);
  EXPECT_NO_THROW(session_.Compare({.models = {.a = a_, .b = b_}}));
}

}  // namespace session_test
}  // namespace modelkin
