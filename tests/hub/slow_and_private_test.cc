#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "hub/http_client.h"
#include "local_hub/local_hub.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace slow_and_private_test {

constexpr std::uint64_t kFileBytes = 100'000;

class SlowAndPrivateTest : public ::testing::Test {
 protected:
  SlowAndPrivateTest() {
    std::filesystem::create_directory(models_.path() + "/m");
    models_.WriteFile("m/config.json", std::string(kFileBytes, ' '));
    server_ = std::make_unique<LocalHub>(LocalHubOptions{.folder = models_.path(), .token = {}});
    settings_.endpoint = server_->endpoint();
    settings_.stall_timeout = std::chrono::milliseconds(300);
  }

  HttpRequest Request() {
    return {
        .url = server_->endpoint() + "/local/m/resolve/" + server_->CommitOf("m") + "/config.json",
        .range = ByteRange{.offset = 0, .length = kFileBytes},
        .into = bytes_};
  }

  testing::TemporaryDirectory models_;
  std::unique_ptr<LocalHub> server_;
  HubSettings settings_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kFileBytes);
};

// A byte every 20 ms is no silence, and would go on for a quarter of an hour here.
TEST_F(SlowAndPrivateTest, AServerThatDripsIsCutOff) {
  server_->Misbehave(HubFault::kDrips, 1);
  const auto begin = std::chrono::steady_clock::now();
  const HttpResponse response = HttpClient(settings_).Send({Request()}).front();
  EXPECT_EQ(response.problem, "the server sends too slowly");
  EXPECT_TRUE(response.may_pass);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(SlowAndPrivateTest, NoConnectionToAPrivateAddressIsOpened) {
  HttpRequest request = Request();
  request.public_only = true;
  HttpClient client(settings_);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const std::size_t port = server_->endpoint().rfind(':');
    request.url = "http://" + host + server_->endpoint().substr(port) + "/";
    const HttpResponse response = client.Send({request}).front();
    EXPECT_EQ(response.problem, "the server leads to a private address");
    EXPECT_FALSE(response.may_pass);
    EXPECT_EQ(response.status, 0);
  }
  EXPECT_EQ(server_->counts().requests, 0U);
  const HttpResponse allowed = client.Send({Request()}).front();
  EXPECT_EQ(allowed.problem, "");
  EXPECT_TRUE(allowed.from_private);
}

}  // namespace slow_and_private_test
}  // namespace modelkin
