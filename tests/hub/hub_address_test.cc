#include "hub/hub_address.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace modelkin {
namespace hub_address_test {

void ExpectAddress(const std::string& location, const std::string& repository,
                   const std::string& revision, const std::string& path) {
  const HubAddress address = ParseHubAddress(location);
  EXPECT_EQ(address.repository, repository) << location;
  EXPECT_EQ(address.revision, revision) << location;
  EXPECT_EQ(address.path, path) << location;
}

TEST(HubAddress, HasRepositoryRevisionAndPath) {
  ExpectAddress("hf://org/name", "org/name", "main", "");
  ExpectAddress("hf://org/name/", "org/name", "main", "");
  ExpectAddress("hf://org/name@v1.0", "org/name", "v1.0", "");
  ExpectAddress("hf://org/name/config.json", "org/name", "main", "config.json");
  ExpectAddress("hf://org/n-a_m.e@abc/sub/model.safetensors", "org/n-a_m.e", "abc",
                "sub/model.safetensors");
  ExpectAddress("hf://org/name@refs/pr/12", "org/name", "refs/pr/12", "");
  ExpectAddress("hf://org/name@refs/pr/12/config.json", "org/name", "refs/pr/12", "config.json");
}

TEST(HubAddress, IsWrittenAsItIsRead) {
  for (const char* const text :
       {"hf://org/name@main", "hf://org/name@v1/a/b.json", "hf://org/name@refs/pr/1/config.json"}) {
    EXPECT_EQ(ParseHubAddress(text).ToString(), text);
  }
}

TEST(HubAddress, OtherThingsAreRefused) {
  for (const char* const text :
       {"hf://", "hf://name", "hf://org/", "hf:///name", "hf://org/..", "hf://../name",
        "hf://org/name@", "hf://org/name@../x", "hf://org/name/../x", "hf://org/name//x",
        "hf://org/na me", "hf://org/name/a\\b", "hf://org/name/a\nb", "hf://o%2Frg/name",
        "hf://org/name@a b", "http://org/name"}) {
    EXPECT_THROW(ParseHubAddress(text), Error) << text;
  }
  EXPECT_THROW(ParseHubAddress("hf://org/" + std::string(97, 'a')), Error);
}

TEST(HubAddress, OfAPageSaysTheModels) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      ParseHubAddress(text);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  };
  EXPECT_EQ(refusal("hf://org/name/tree/main"), "is the address of a page: write hf://org/name");
  EXPECT_EQ(refusal("hf://org/name/tree/v2/sub"),
            "is the address of a page: write hf://org/name@v2/sub");
  EXPECT_EQ(refusal("hf://org/name/blob/main/model.safetensors"),
            "is the address of a page: write hf://org/name/model.safetensors");
  EXPECT_EQ(refusal("hf://datasets/org/name"), "is one of the hub's datasets, and no model");
  EXPECT_EQ(refusal("hf://org/name/treelike/model.safetensors"), "");
}

TEST(HubAddress, UrlsAreEncoded) {
  EXPECT_EQ(UrlEncoded("a b?c#d/e%.safetensors", true), "a%20b%3Fc%23d/e%25.safetensors");
  EXPECT_EQ(UrlEncoded("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(UrlEncoded("\xC3\xA9", true), "%C3%A9");
}

}  // namespace hub_address_test
}  // namespace modelkin
