#include "hub/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include "base/error.h"
#include "hub/hub_file.h"
#include "local_hub/local_hub.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace hub_test {

using ::testing::HasSubstr;

constexpr std::size_t kModelBytes = 3 * kMovedBlockBytes + 1234;

std::string RandomText(std::size_t count) {
  std::mt19937 random(7);
  std::string text(count, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class HubTest : public ::testing::Test {
 protected:
  HubTest() : content_(RandomText(kModelBytes)) {
    std::filesystem::create_directory(models_.path() + "/m");
    std::filesystem::create_directory(models_.path() + "/m/sub");
    models_.WriteFile("m/model.safetensors", content_);
    models_.WriteFile("m/config.json", R"({"model_type": "llama"})");
    models_.WriteFile("m/sub/other.safetensors", "abc");
    Serve({.folder = models_.path()});
  }

  void Serve(const LocalHubOptions& options) {
    hub_server_ = std::make_unique<LocalHub>(options);
    settings_ = {.endpoint = hub_server_->endpoint(),
                 .token = {},
                 .hub_cache = {},
                 .block_cache = {},
                 .attempts = 3,
                 .first_wait = std::chrono::milliseconds(1),
                 .stall_timeout = std::chrono::milliseconds(300)};
  }

  // What reading a part of the model throws; "" for nothing.
  std::string ReadError(const Hub& hub, ErrorKind kind) const {
    try {
      std::vector<std::byte> scratch;
      hub.Open("hf://local/m/model.safetensors")->Read(10, 300'000, scratch);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    return "";
  }

  std::string ErrorWith(HubFault fault, ErrorKind kind) {
    hub_server_->Misbehave(fault, 1000);
    return ReadError(Hub(settings_), kind);
  }

  void ExpectRead(const Hub& hub, std::uint64_t offset, std::uint64_t length) const {
    std::vector<std::byte> scratch;
    const auto file = hub.Open("hf://local/m/model.safetensors");
    EXPECT_EQ(AsText(file->Read(offset, length, scratch)), content_.substr(offset, length));
  }

  testing::TemporaryDirectory models_, cache_;
  std::string content_;
  std::unique_ptr<LocalHub> hub_server_;
  HubSettings settings_;
};

TEST_F(HubTest, WhatIsReadOnceIsNotKept) {
  settings_.block_cache = cache_.path();
  const Hub hub(settings_);
  const auto file = hub.Open("hf://local/m/model.safetensors");
  std::vector<std::byte> scratch;
  EXPECT_EQ(AsText(file->ReadOnce(kMovedBlockBytes - 3, 10, scratch)),
            content_.substr(kMovedBlockBytes - 3, 10));
  EXPECT_EQ(file->BytesToMove(kMovedBlockBytes - 3, 10), 2 * kMovedBlockBytes);
  EXPECT_EQ(AsText(file->ReadOnce(0, kModelBytes, scratch)), content_);
  // Once blocks are there, they are taken.
  file->Read(0, kModelBytes, scratch);
  hub_server_->Misbehave(HubFault::kIgnoresRanges, 1000);
  EXPECT_EQ(AsText(file->ReadOnce(100, 10, scratch)), content_.substr(100, 10));
  EXPECT_EQ(AsText(file->ReadOnce(0, 0, scratch)), "");
  EXPECT_THROW(file->ReadOnce(kModelBytes, 1, scratch), Error);
}

TEST_F(HubTest, ReadsAnyRange) {
  for (const bool cached : {false, true}) {
    if (cached) settings_.block_cache = cache_.path();
    const Hub hub(settings_);
    const auto file = hub.Open("hf://local/m/model.safetensors");
    EXPECT_EQ(file->size_bytes(), kModelBytes);
    std::mt19937_64 random(3);
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t offset = random() % kModelBytes;
      ExpectRead(hub, offset, random() % (kModelBytes - offset));
    }
    ExpectRead(hub, 0, kModelBytes);
    ExpectRead(hub, kModelBytes, 0);
    ExpectRead(hub, kModelBytes - 1, 1);
    std::vector<std::byte> scratch;
    EXPECT_THROW(file->Read(1, kModelBytes, scratch), Error);
  }
  EXPECT_EQ(hub_server_->counts().tokens_at_content_network, 0U);
}

TEST_F(HubTest, ListsFoldersAndResolvesRevisions) {
  const Hub hub(settings_);
  EXPECT_TRUE(hub.IsFolder("hf://local/m"));
  EXPECT_TRUE(hub.IsFolder("hf://local/m@main/sub"));
  EXPECT_FALSE(hub.IsFolder("hf://local/m/config.json"));
  EXPECT_THAT(hub.FilesIn("hf://local/m"),
              ::testing::UnorderedElementsAre("config.json", "model.safetensors"));
  EXPECT_THAT(hub.FilesIn("hf://local/m/sub"), ::testing::ElementsAre("other.safetensors"));
  const std::string commit = hub_server_->CommitOf("m");
  EXPECT_EQ(hub.Resolve("hf://local/m"), "hf://local/m@" + commit);
  EXPECT_EQ(hub.Open("hf://local/m/config.json")->label(),
            "hf://local/m@" + commit + "/config.json");
  EXPECT_THROW(hub.Open("hf://local/m/absent.json"), Error);
  EXPECT_THROW(hub.IsFolder("hf://local/absent"), Error);
  EXPECT_THROW(hub.IsFolder("hf://local/m@v9"), Error);
  EXPECT_THROW(hub.IsFolder("hf://local/.."), Error);
}

TEST_F(HubTest, MovesOnlyTheBlocksThatAreRead) {
  settings_.block_cache = cache_.path();
  const Hub hub(settings_);
  ExpectRead(hub, kMovedBlockBytes + 5, 10);
  EXPECT_EQ(hub_server_->counts().bytes, kMovedBlockBytes);
  ExpectRead(hub, kMovedBlockBytes + 100, 1000);
  EXPECT_EQ(hub_server_->counts().bytes, kMovedBlockBytes);
  const Hub later(settings_);
  ExpectRead(later, 0, kModelBytes);
  EXPECT_EQ(hub_server_->counts().bytes, kModelBytes);
  settings_.offline = true;
  const auto requests = hub_server_->counts().requests;
  ExpectRead(Hub(settings_), 0, kModelBytes);
  EXPECT_EQ(hub_server_->counts().requests, requests);
}

TEST_F(HubTest, SaysWhatReadingWouldMove) {
  settings_.block_cache = cache_.path();
  const Hub hub(settings_);
  const auto file = hub.Open("hf://local/m/model.safetensors");
  EXPECT_EQ(file->BytesToMove(10, 20), kMovedBlockBytes);
  EXPECT_EQ(file->BytesToMove(0, kModelBytes), kModelBytes);
  EXPECT_EQ(file->BytesToMove(5, 0), 0U);
  ExpectRead(hub, 0, 1);
  EXPECT_EQ(file->BytesToMove(0, kModelBytes), kModelBytes - kMovedBlockBytes);
}

TEST_F(HubTest, OfflineKnowsOnlyItsCaches) {
  settings_.block_cache = cache_.path();
  ExpectRead(Hub(settings_), 0, 10);
  settings_.offline = true;
  const Hub hub(settings_);
  ExpectRead(hub, 0, 1000);
  EXPECT_THAT(ReadError(hub, ErrorKind::kIo), HasSubstr("offline"));
  settings_.block_cache.clear();
  EXPECT_THROW(Hub(settings_).IsFolder("hf://local/m"), Error);
}

TEST_F(HubTest, FilesInTheHubsOwnCacheAreReadThere) {
  const std::string commit = hub_server_->CommitOf("m");
  const std::string snapshot = "models--local--m/snapshots/" + commit;
  std::filesystem::create_directories(cache_.path() + "/" + snapshot);
  std::filesystem::create_directories(cache_.path() + "/models--local--m/refs");
  cache_.WriteFile(snapshot + "/model.safetensors", content_);
  cache_.WriteFile("models--local--m/refs/main", commit);
  settings_.hub_cache = cache_.path();
  ExpectRead(Hub(settings_), 0, kModelBytes);
  EXPECT_EQ(hub_server_->counts().bytes, 0U);
  settings_.offline = true;
  ExpectRead(Hub(settings_), 0, kModelBytes);
  // One of another length is not the file that the hub lists.
  settings_.offline = false;
  cache_.WriteFile(snapshot + "/model.safetensors", "short");
  ExpectRead(Hub(settings_), 0, kModelBytes);
}

TEST_F(HubTest, TokensGoToTheHubAlone) {
  Serve({.folder = models_.path(), .token = "hf_secret"});
  EXPECT_THAT(ReadError(Hub(settings_), ErrorKind::kBadInput), HasSubstr("HF_TOKEN"));
  settings_.token = "hf_secret";
  ExpectRead(Hub(settings_), 0, kModelBytes);
  EXPECT_EQ(hub_server_->counts().tokens_at_content_network, 0U);
}

TEST_F(HubTest, HubsWithoutContentNetworkServeFilesThemselves) {
  Serve({.folder = models_.path(), .token = "hf_secret", .redirects = false});
  settings_.token = "hf_secret";
  ExpectRead(Hub(settings_), 1000, 500'000);
}

TEST_F(HubTest, FailuresThatPassAreWaitedFor) {
  for (const HubFault fault : {HubFault::kOverloaded, HubFault::kTooLittle, HubFault::kStalls}) {
    hub_server_->Misbehave(fault, 1);
    EXPECT_EQ(ReadError(Hub(settings_), ErrorKind::kIo), "") << static_cast<int>(fault);
  }
  hub_server_->Misbehave(HubFault::kExpired, 1);  // located anew
  ExpectRead(Hub(settings_), 0, kModelBytes);
}

TEST_F(HubTest, LiesAreErrors) {
  EXPECT_THAT(ErrorWith(HubFault::kIgnoresRanges, ErrorKind::kIo), HasSubstr("ignores"));
  EXPECT_THAT(ErrorWith(HubFault::kOtherRange, ErrorKind::kIo), HasSubstr("asked for"));
  EXPECT_THAT(ErrorWith(HubFault::kTooMuch, ErrorKind::kIo), HasSubstr("more than was asked for"));
  EXPECT_THAT(ErrorWith(HubFault::kTooLittle, ErrorKind::kIo), HasSubstr("model.safetensors"));
  EXPECT_THAT(ErrorWith(HubFault::kOtherTotal, ErrorKind::kBadInput), HasSubstr("changed"));
  EXPECT_THAT(ErrorWith(HubFault::kOverloaded, ErrorKind::kIo), HasSubstr("503"));
  EXPECT_THAT(ErrorWith(HubFault::kExpired, ErrorKind::kBadInput), HasSubstr("refuses"));
  EXPECT_THAT(ErrorWith(HubFault::kRedirects, ErrorKind::kIo), HasSubstr("redirects"));
  EXPECT_THAT(ErrorWith(HubFault::kWrongSize, ErrorKind::kBadInput), HasSubstr("by its answer"));
  EXPECT_THAT(ErrorWith(HubFault::kNoJson, ErrorKind::kBadInput), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorWith(HubFault::kCompresses, ErrorKind::kIo), HasSubstr("encoded"));
}

TEST_F(HubTest, StallsEnd) {
  EXPECT_THAT(ErrorWith(HubFault::kStalls, ErrorKind::kIo), HasSubstr("stalls"));
}

TEST_F(HubTest, ChangesMidwayAreErrors) {
  const Hub hub(settings_);
  const auto file = hub.Open("hf://local/m/model.safetensors");
  std::vector<std::byte> scratch;
  file->Read(0, 10, scratch);
  hub_server_->Misbehave(HubFault::kChanges, 1);
  EXPECT_THROW(file->Read(2 * kMovedBlockBytes, 10, scratch), Error);
}

TEST_F(HubTest, ReadersShareAFile) {
  settings_.block_cache = cache_.path();
  const Hub hub(settings_);
  const auto file = hub.Open("hf://local/m/model.safetensors");
  std::vector<std::thread> readers;
  std::vector<std::string> texts(6);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    readers.emplace_back([&, i] {
      std::vector<std::byte> scratch;
      texts[i] = AsText(file->Read(i * 1000, kModelBytes - i * 1000, scratch));
    });
  }
  for (std::thread& reader : readers) reader.join();
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i], content_.substr(i * 1000));
}

TEST(HubRepository, ListsWithoutSenseAreRefused) {
  for (const char* const text :
       {"{}", R"({"sha": "x", "siblings": []})", R"([1])", "",
        R"({"sha": "0123456789012345678901234567890123456789"})",
        R"({"sha": "0123456789012345678901234567890123456789", "siblings": 3})"}) {
    EXPECT_THROW(ParseRepository("o/n", "label", text), Error) << text;
  }
}

TEST(HubRepository, FilesThatLeaveTheFolderAreLeftOut) {
  const HubRepository repository = ParseRepository("o/n", "label", R"({
    "sha": "0123456789012345678901234567890123456789", "siblings": [
      {"rfilename": "../x"}, {"rfilename": "/etc/passwd"}, {"rfilename": "a/../../b"}, {}, 3,
      {"rfilename": "a\\b"}, {"rfilename": ""}, {"rfilename": 5}, {"rfilename": ".."},
      {"rfilename": "sub/a.json", "size": -3, "blobId": 7},
      {"rfilename": "b.safetensors", "size": 9, "blobId": "git", "lfs": {"sha256": "large"}}]})");
  ASSERT_EQ(repository.files.size(), 2U);
  EXPECT_FALSE(repository.files.at("sub/a.json").size.has_value());
  EXPECT_EQ(repository.files.at("b.safetensors").size, 9U);
  EXPECT_EQ(repository.files.at("b.safetensors").content, "large");
}

}  // namespace hub_test
}  // namespace modelkin
