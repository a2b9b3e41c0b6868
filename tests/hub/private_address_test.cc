#include "hub/private_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "hub/http_hosts.h"

namespace modelkin {
namespace private_address_test {

bool IsPrivate(const char* text) {
  sockaddr_storage storage = {};
  auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1) << text;
    storage.ss_family = AF_INET6;
  }
  return IsPrivateAddress(reinterpret_cast<const sockaddr&>(storage));
}

TEST(IsPrivateAddress, NetworksFromTheirFirstToTheirLast) {
  for (const char* text : {"0.0.0.0",
                           "0.255.255.255",
                           "10.0.0.0",
                           "10.255.255.255",
                           "100.64.0.0",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.0.0",
                           "169.254.169.254",
                           "169.254.255.255",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.168.0.0",
                           "192.168.255.255",
                           "198.18.0.0",
                           "198.19.255.255",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.0",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "febf::1",
                           "fec0::1",
                           "fc00::1",
                           "fdff::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:169.254.169.254",
                           "::10.0.0.1",
                           "64:ff9b::10.0.0.1",
                           "2002:7f00:1::",
                           "2002:a9fe:a9fe::1",
                           "2001:db8::1",
                           "2001::1",
                           "100::1"}) {
    EXPECT_TRUE(IsPrivate(text)) << text;
  }
  for (const char* text :
       {"1.0.0.0",         "8.8.8.8",          "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",      "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0",      "172.15.255.255",  "172.32.0.0",
        "192.0.1.0",       "192.167.255.255",  "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",      "223.255.255.255",  "2606:4700::1",    "2a00:1450::1",
        "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:4860:4860::8888"}) {
    EXPECT_FALSE(IsPrivate(text)) << text;
  }
  const sockaddr other = {.sa_family = AF_UNIX, .sa_data = {}};
  EXPECT_TRUE(IsPrivateAddress(other));
}

TEST(IsPrivateHost, HoweverItIsWritten) {
  for (const char* host : {"127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]",
                           "::1", "[::ffff:169.254.169.254]", "localhost", "LocalHost",
                           "localhost.", "a.localhost", "169.254.169.254", "0"}) {
    EXPECT_TRUE(IsPrivateHost(host)) << host;
  }
  for (const char* host :
       {"huggingface.co", "8.8.8.8", "134744072", "localhost.example", "", "[]", "mylocalhost"}) {
    EXPECT_FALSE(IsPrivateHost(host)) << host;
  }
}

TEST(HostOf, AsTheLibraryTakesAddresses) {
  EXPECT_EQ(HostOf("http://hub.example:8000/a?b#c"), "hub.example");
  EXPECT_EQ(HostOf("https://hub.example@10.0.0.1/"), "10.0.0.1");
  EXPECT_EQ(HostOf("http://user:p%40ss@169.254.169.254/latest"), "169.254.169.254");
  EXPECT_EQ(HostOf("http://0x7f.1/"), "127.0.0.1");
  EXPECT_EQ(HostOf("http://[::1]:80/"), "[::1]");
  EXPECT_EQ(HostOf("http:///"), "");
  EXPECT_EQ(HostOf("no address"), "");
}

}  // namespace private_address_test
}  // namespace modelkin
