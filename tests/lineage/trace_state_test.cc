#include "lineage/trace_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "lineage/mlp_match_state.h"
#include "source/json_document.h"
#include "source/sealed_file.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace modelkin::testing {
namespace trace_state_test {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

// What `work` writes to standard error.
template <class Work>
std::string Said(Work&& work) {
  ::testing::internal::CaptureStderr();
  work();
  return ::testing::internal::GetCapturedStderr();
}

std::string UsageErrorOf(const std::string& folder, const std::string& fingerprint = "one") {
  return CatchError(ErrorKind::kUsage, [&] { TraceState(folder, fingerprint, seconds(0)); }).what();
}

TEST(TraceState, KeepsItems) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  TraceState(folder, "one", seconds(0)).Save("item", {1, 2.5, "text"});
  EXPECT_EQ(*TraceState(folder, "one", seconds(0)).Load("item"), nlohmann::json({1, 2.5, "text"}));
}

TEST(TraceState, AnotherTraceIsToldAndLosesNothing) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  TraceState(folder, "one", seconds(0)).Save("item", 1);
  EXPECT_THAT(UsageErrorOf(folder, "two"), HasSubstr("holds the state of another trace"));
  EXPECT_EQ(*TraceState(folder, "one", seconds(0)).Load("item"), nlohmann::json(1));
}

TEST(TraceState, OneTraceAtATime) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  {
    TraceState first(folder, "one", seconds(0));
    first.Save("item", 1);
    const TraceState moved = std::move(first);
    EXPECT_THAT(UsageErrorOf(folder), HasSubstr("another trace uses this folder"));
    EXPECT_THAT(UsageErrorOf(folder, "two"), HasSubstr("another trace uses this folder"));
  }
  EXPECT_EQ(*TraceState(folder, "one", seconds(0)).Load("item"), nlohmann::json(1));
}

// One changed number gave another p.
TEST(TraceState, AnyChangedByteIsSeenAndSaid) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  TraceState(folder, "one", seconds(0)).Save("item", {{"z", 2.5}, {"of", "w"}});
  const std::string path = directory.File("state/item.modelkin-state");
  const std::string whole = ReadWholeFile(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    directory.WriteFile("state/item.modelkin-state", changed);
    const TraceState state(folder, "one", seconds(0));
    const std::string said = Said([&] { EXPECT_FALSE(state.Load("item")) << i; });
    EXPECT_EQ(said, "modelkin: " + path + ": is damaged: what it held is computed anew\n");
  }
  directory.WriteFile("state/item.modelkin-state", whole);
  EXPECT_EQ(Said([&] { EXPECT_TRUE(TraceState(folder, "one", seconds(0)).Load("item")); }), "");
}

TEST(TraceState, ItemsThatChangedPlacesAreSeen) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  {
    TraceState state(folder, "one", seconds(0));
    state.Save("a", 1);
    state.Save("b", 2);
    TraceState(directory.File("other"), "two", seconds(0)).Save("c", 3);
  }
  fs::rename(directory.File("state/a.modelkin-state"), directory.File("state/t.modelkin-state"));
  fs::rename(directory.File("state/b.modelkin-state"), directory.File("state/a.modelkin-state"));
  fs::rename(directory.File("state/t.modelkin-state"), directory.File("state/b.modelkin-state"));
  fs::copy(directory.File("other/c.modelkin-state"), directory.File("state/c.modelkin-state"));
  const TraceState state(folder, "one", seconds(0));
  for (const char* name : {"a", "b", "c"}) EXPECT_FALSE(state.Load(name)) << name;
}

TEST(TraceState, BeginsAnewWhereNothingSaysWhoseItIs) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  for (const char* damage : {"cut", "gone", "empty", "nonsense"}) {
    TraceState(folder, "one", seconds(0)).Save("item", 1);
    const std::string path = directory.File("state/fingerprint.modelkin-state");
    if (damage == std::string("cut")) fs::resize_file(path, fs::file_size(path) - 5);
    if (damage == std::string("gone")) fs::remove(path);
    if (damage == std::string("empty")) fs::resize_file(path, 0);
    if (damage == std::string("nonsense")) {
      const Seal seal{.kind = "trace state", .name = "fingerprint", .inputs = {}};
      directory.WriteFile("state/fingerprint.modelkin-state",
                          Sealed(seal, PackJson(nlohmann::json::array({"one"}))));
    }
    std::optional<TraceState> state;
    EXPECT_THAT(Said([&] { state.emplace(folder, "one", seconds(0)); }),
                HasSubstr(folder + ": does not say which trace left it"))
        << damage;
    EXPECT_FALSE(state->Load("item")) << damage;
    EXPECT_THAT(directory.Entries(), ElementsAre("state"));
  }
}

TEST(TraceState, WithoutAFolderKeepsNothing) {
  TraceState state;
  state.Save("item", 1);
  EXPECT_FALSE(state.Load("item"));
  EXPECT_FALSE(state.IsDue());
  state.Remove();
}

TEST(TraceState, IgnoresWhatIsNotWhole) {
  const TemporaryDirectory directory;
  TraceState state(directory.File("state"), "one", seconds(0));
  state.Save("item", std::string(100, 'x'));
  const std::string path = directory.File("state/item.modelkin-state");
  std::filesystem::resize_file(path, 50);
  EXPECT_THAT(Said([&] { EXPECT_FALSE(state.Load("item")); }), HasSubstr("is damaged"));
}

TEST(TraceState, DoesNotTouchAFolderOfOtherFiles) {
  for (const char* name : {"thesis.tex", "thesis.modelkin-state", "Thesis.modelkin-state.tex",
                           ".modelkin-state", "item.modelkin-state.partial-abcdef"}) {
    const TemporaryDirectory directory;
    directory.WriteFile(name, "ten years");
    EXPECT_THAT(UsageErrorOf(directory.path()),
                HasSubstr(directory.File(name) + ": is nothing that a trace leaves"));
    EXPECT_EQ(ReadWholeFile(directory.File(name)), "ten years");
  }
}

TEST(TraceState, DoesNotTouchWhatIsNoFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("state/item.modelkin-state");
  const std::string target = directory.WriteFile("target", "ten years");
  const std::vector<std::function<void()>> makers = {
      [&] { fs::create_directory(path); },
      [&] { fs::create_symlink(target, path); },
      [&] { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); },
  };
  for (const auto& make : makers) {
    fs::create_directory(directory.File("state"));
    make();
    EXPECT_THAT(UsageErrorOf(directory.File("state")), HasSubstr(path));
    EXPECT_TRUE(fs::exists(fs::symlink_status(path)));
    fs::remove_all(directory.File("state"));
  }
  EXPECT_EQ(ReadWholeFile(target), "ten years");
}

TEST(TraceState, RemovesItself) {
  const TemporaryDirectory directory;
  TraceState(directory.File("state"), "one", seconds(0)).Save("item", 1);
  const TraceState state(directory.File("state"), "one", seconds(0));
  directory.WriteFile("state/pair.modelkin-state.partial-abcdef", "modelkin tra");  // was killed
  state.Remove();
  EXPECT_THAT(directory.Entries(), IsEmpty());
}

TEST(TraceState, LeavesAFolderThatWasThere) {
  const TemporaryDirectory directory;
  fs::create_directory(directory.File("mine"));
  TraceState(directory.File("mine"), "one", seconds(0)).Save("item", 1);
  TraceState(directory.File("mine"), "one", seconds(0)).Remove();
  EXPECT_THAT(directory.Entries(), ElementsAre("mine"));
  EXPECT_TRUE(fs::is_empty(directory.File("mine")));
}

TEST(TraceState, LeavesWhatCameIntoItsFolder) {
  const TemporaryDirectory directory;
  TraceState state(directory.File("state"), "one", seconds(0));
  state.Save("item", 1);
  directory.WriteFile("state/thesis.tex", "ten years");
  state.Remove();
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(directory.File("state"))) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left, ElementsAre("thesis.tex"));
}

TEST(MlpMatchFromState, NonsenseIsAnException) {
  using nlohmann::json;
  const json whole = ToState(MlpMatch{.trace = TraceMoments{}, .order = {1, 2, 3}});
  EXPECT_EQ(ToState(MlpMatchFromState(whole)), whole);
  const auto expect_thrown = [](const json& state) {
    try {
      MlpMatchFromState(state);
      ADD_FAILURE() << state;
    } catch (const json::exception&) {
    } catch (const std::out_of_range&) {
    }
  };
  for (const auto& [member, value] : whole.items()) {
    json changed = whole;
    changed[member] = {{"x", "y"}};
    expect_thrown(changed);
    changed.erase(member);
    expect_thrown(changed);
  }
  const auto with = [&](const char* member, const json& value) {
    json changed = whole;
    changed[member] = value;
    return changed;
  };
  expect_thrown(with("tail", {1.0, 77}));
  expect_thrown(with("tail", {1.0, -1}));
  expect_thrown(with("trace_tail", {1.0, true, 3}));
  expect_thrown(with("order", json::binary({1, 2, 3})));
  expect_thrown(with("partners", {1}));
}

TraceState Share(const std::string& folder, std::uint32_t index,
                 const std::string& fingerprint = "one") {
  return {folder, fingerprint, seconds(0), TraceShare{.index = index, .count = 2}};
}

TEST(TraceStateShares, KnowWhatTheOthersKeptAndAreTakenAwayTogether) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  TraceState first = Share(folder, 0), second = Share(folder, 1);
  EXPECT_THAT(CatchError(ErrorKind::kUsage, [&] { Share(folder, 1); }).what(),
              HasSubstr("another trace uses this folder"));
  EXPECT_THAT(first.LoadAll("item"), IsEmpty());
  first.Save("item", 1);
  second.Save("item", 2);
  EXPECT_THAT(first.LoadAll("item"), ElementsAre(1, 2));
  EXPECT_THAT(second.LoadAll("item"), ElementsAre(2, 1));
  TraceState whole(folder, "one", seconds(0));
  EXPECT_THAT(whole.LoadAll("item"), ElementsAre(1, 2));
  whole.Save("item", 3);
  EXPECT_THAT(whole.LoadAll("item"), ElementsAre(3, 1, 2));
  whole.Remove();
  EXPECT_THAT(directory.Entries(), IsEmpty());
}

TEST(TraceStateShares, OfAnotherTraceAreNotMixed) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  Share(folder, 0).Save("item", 1);
  for (const auto& begin : {std::function([&] { Share(folder, 1, "two"); }),
                            std::function([&] { Share(folder, 0, "two"); }),
                            std::function([&] { TraceState(folder, "two", seconds(0)); })}) {
    EXPECT_THAT(CatchError(ErrorKind::kUsage, begin).what(),
                HasSubstr("holds the state of another trace"));
  }
  EXPECT_THAT(TraceState(folder, "one", seconds(0)).LoadAll("item"), ElementsAre(1));
}

TEST(TraceStateShares, AreFoldersOfItemsAlone) {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("state");
  Share(folder, 0).Save("item", 1);
  directory.WriteFile("state/share-0-of-2/thesis.txt", "mine");
  EXPECT_THAT(UsageErrorOf(folder), HasSubstr("is nothing that a trace leaves"));
  fs::remove(directory.File("state/share-0-of-2/thesis.txt"));
  fs::resize_file(directory.File("state/share-0-of-2/item.modelkin-state"), 50);
  const TraceState whole(folder, "one", seconds(0));
  EXPECT_THAT(Said([&] { EXPECT_THAT(whole.LoadAll("item"), IsEmpty()); }),
              HasSubstr("share-0-of-2/item.modelkin-state: is damaged"));
}

}  // namespace trace_state_test
}  // namespace modelkin::testing
