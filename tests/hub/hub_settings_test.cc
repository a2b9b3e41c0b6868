#include "hub/hub_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "hub/certificates.h"
#include "support/temporary_directory.h"

namespace modelkin {
namespace hub_settings_test {

class HubSettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name :
         {"HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE",
          "XDG_CACHE_HOME", "MODELKIN_CACHE", "MODELKIN_CACHE_BYTES", "MODELKIN_HUB_ATTEMPTS",
          "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
      unsetenv(name);
    }
    Set("HOME", "/home/somebody");
  }
  static void Set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
};

TEST_F(HubSettingsTest, DefaultsAreThoseOfTheHub) {
  const HubSettings settings = HubSettingsFromEnvironment();
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.hub_cache, "/home/somebody/.cache/huggingface/hub");
  EXPECT_EQ(settings.block_cache, "/home/somebody/.cache/modelkin");
  EXPECT_FALSE(settings.offline);
}

TEST_F(HubSettingsTest, CachesFollowTheirVariables) {
  Set("XDG_CACHE_HOME", "/cache");
  EXPECT_EQ(HubSettingsFromEnvironment().hub_cache, "/cache/huggingface/hub");
  Set("HF_HOME", "/hf");
  EXPECT_EQ(HubSettingsFromEnvironment().hub_cache, "/hf/hub");
  Set("HF_HUB_CACHE", "/hub");
  Set("MODELKIN_CACHE", "/own");
  Set("MODELKIN_CACHE_BYTES", "12345");
  const HubSettings settings = HubSettingsFromEnvironment();
  EXPECT_EQ(settings.hub_cache, "/hub");
  EXPECT_EQ(settings.block_cache, "/own");
  EXPECT_EQ(settings.block_cache_bytes, 12345U);
  Set("MODELKIN_CACHE", "");
  EXPECT_EQ(HubSettingsFromEnvironment().block_cache, "");
}

TEST_F(HubSettingsTest, TokenComesFromVariableOrFile) {
  testing::TemporaryDirectory directory;
  directory.WriteFile("token", "hf_file\n");
  Set("HF_HOME", directory.path());
  EXPECT_EQ(HubSettingsFromEnvironment().token, "hf_file");
  Set("HF_TOKEN", " hf_variable ");
  EXPECT_EQ(HubSettingsFromEnvironment().token, "hf_variable");
}

// It would end the header, and begin another.
TEST_F(HubSettingsTest, TokensWithLineBreaksAreRefused) {
  Set("HF_TOKEN", "a\r\nX-Header: b");
  EXPECT_THROW(HubSettingsFromEnvironment(), Error);
}

TEST_F(HubSettingsTest, NonsenseIsRefused) {
  Set("HF_ENDPOINT", "ftp://example.org");
  EXPECT_THROW(HubSettingsFromEnvironment(), Error);
  Set("HF_ENDPOINT", "http://127.0.0.1:8000/");
  EXPECT_EQ(HubSettingsFromEnvironment().endpoint, "http://127.0.0.1:8000");
  Set("MODELKIN_CACHE_BYTES", "many");
  EXPECT_THROW(HubSettingsFromEnvironment(), Error);
}

TEST_F(HubSettingsTest, OfflineIsAFlag) {
  for (const char* const yes : {"1", "true", "ON", "yes"}) {
    Set("HF_HUB_OFFLINE", yes);
    EXPECT_TRUE(HubSettingsFromEnvironment().offline) << yes;
  }
  for (const char* const no : {"0", "", "off"}) {
    Set("HF_HUB_OFFLINE", no);
    EXPECT_FALSE(HubSettingsFromEnvironment().offline) << no;
  }
}

TEST_F(HubSettingsTest, CertificatesAreThoseOfTheVariablesInTheirOrder) {
  Set("SSL_CERT_DIR", "/authorities");
  EXPECT_EQ(HubSettingsFromEnvironment().certificates, "/authorities");
  Set("SSL_CERT_FILE", "/openssl.pem");
  EXPECT_EQ(HubSettingsFromEnvironment().certificates, "/openssl.pem");
  Set("CURL_CA_BUNDLE", "/curl.pem");
  EXPECT_EQ(HubSettingsFromEnvironment().certificates, "/curl.pem");
  Set("REQUESTS_CA_BUNDLE", "/requests.pem");
  EXPECT_EQ(HubSettingsFromEnvironment().certificates, "/requests.pem");
}

TEST_F(HubSettingsTest, CertificatesAreElseInTheFirstPlaceThatHasSome) {
  const testing::TemporaryDirectory directory;
  const std::string absent = directory.File("absent.pem");
  const std::string first = directory.WriteFile("first.pem", "");
  const std::string second = directory.WriteFile("second.pem", "");
  EXPECT_EQ(CertificatesAmong({absent, first, second}), first);
  EXPECT_EQ(CertificatesAmong({absent}), "");
  Set("SSL_CERT_FILE", "");
  EXPECT_EQ(CertificatesAmong({second}), second);
  SetSpareCertificates(second);
  EXPECT_EQ(CertificatePlaces().back(), second);
  SetSpareCertificates("");
  EXPECT_NE(CertificatePlaces().back(), second);
}

}  // namespace hub_settings_test
}  // namespace modelkin
