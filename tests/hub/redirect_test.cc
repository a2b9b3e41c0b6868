#include "hub/redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace modelkin {
namespace redirect_test {

using ::testing::HasSubstr;

constexpr const char* kHub = "https://huggingface.co/org/name/resolve/main/config.json";

std::string RefusalOf(const std::string& url, const std::string& location, bool public_only) {
  try {
    return "follows to " + RedirectTarget(url, location, public_only, "label");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_EQ(error.site().file, "label");
    return error.message();
  }
}

TEST(RedirectTarget, IsFollowedToHttpsAndWithinAnOrigin) {
  EXPECT_EQ(RedirectTarget(kHub, "https://cdn.example/x?y", true, ""), "https://cdn.example/x?y");
  EXPECT_EQ(RedirectTarget(kHub, "/api/x", true, ""), "https://huggingface.co/api/x");
  EXPECT_EQ(RedirectTarget("http://127.0.0.1:80/a", "/b", false, ""), "http://127.0.0.1:80/b");
  EXPECT_EQ(RedirectTarget("http://hub.example/a", "http://cdn.example/", true, ""),
            "http://cdn.example/");
  EXPECT_EQ(RedirectTarget("http://hub.example/a", "https://cdn.example/", true, ""),
            "https://cdn.example/");
}

TEST(RedirectTarget, IsRefusedAwayFromHttps) {
  for (const char* location : {"http://huggingface.co/x", "HTTPS://cdn.example/", "ftp://x/y",
                               "file:///etc/passwd", "x", "javascript:1", "\\\\host\\x"}) {
    EXPECT_THAT(RefusalOf(kHub, location, true), HasSubstr("not https")) << location;
  }
  for (const char* location : {"ftp://x/y", "file:///etc/passwd", "gopher://x"}) {
    EXPECT_THAT(RefusalOf("http://hub.example/", location, true), HasSubstr("not https"));
  }
  EXPECT_THAT(RefusalOf(kHub, "", true), HasSubstr("nowhere"));
}

TEST(RedirectTarget, IsRefusedToPrivateAddressesForWhoIsPublic) {
  for (const char* host : {"127.0.0.1", "169.254.169.254", "10.1.2.3", "[::1]", "localhost"}) {
    const std::string location = std::string("https://") + host + "/x";
    EXPECT_THAT(RefusalOf(kHub, location, true), HasSubstr("private address")) << host;
    EXPECT_THAT(RefusalOf(kHub, location, false), HasSubstr("follows to")) << host;
  }
}

}  // namespace redirect_test
}  // namespace modelkin
