#include "attestation/openssl_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attestation/base64.h"
#include "support/expect_error.h"

namespace modelkin::testing {
namespace openssl_keys_test {

std::string BytesOfHex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string Pem(std::string_view label, std::string_view der) {
  return fmt::format("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", label, EncodeBase64(der));
}

PrivateKey PrivateOf(std::string_view secret) {
  const std::string pem =
      Pem("PRIVATE KEY", BytesOfHex("302e020100300506032b657004220420") + BytesOfHex(secret));
  const auto bytes = std::as_bytes(std::span(pem));
  return PrivateKey::Read(*MakeMemorySource("key.pem", {bytes.begin(), bytes.end()}));
}

// RFC 8032, 7.1: tests 1, 2 and 3.
TEST(Ed25519, SignsAsTheStandard) {
  struct Case {
    const char *secret, *message, *signature;
  };
  const Case cases[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
                         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb882159"
                         "0a33bacc61e39701cf9b4"
                         "6bd25bf5f0595bbe24655141438e7a100b"},
                        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
                         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43"
                         "e15996e458f3613d0f11d"
                         "8c387b2eaeb4302aeeb00d291612bb0c00"},
                        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
                         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538"
                         "d16f290ae67f760984dc6"
                         "594a7c15e9716ed28dc027beceea1ec40a"}};
  for (const Case& one : cases) {
    const PrivateKey key = PrivateOf(one.secret);
    const std::string message = BytesOfHex(one.message), signature = key.Sign(message);
    EXPECT_EQ(signature, BytesOfHex(one.signature));
    EXPECT_TRUE(key.Public().Verifies(message, signature));
    EXPECT_FALSE(key.Public().Verifies(message + "x", signature));
    EXPECT_FALSE(
        PrivateOf(cases[&one == cases ? 1 : 0].secret).Public().Verifies(message, signature));
    EXPECT_EQ(key.Public().Algorithm(), "Ed25519");
  }
}

TEST(Ed25519, EachChangedBitOfASignatureIsSeen) {
  const PrivateKey key = PrivateOf(std::string(64, '1'));
  const std::string signature = key.Sign("message");
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(key.Public().Verifies("message", changed)) << bit;
  }
  for (const std::size_t length : {0, 1, 63, 65, 1000}) {
    std::string other = signature;
    other.resize(length);
    EXPECT_FALSE(key.Public().Verifies("message", other)) << length;
  }
}

TEST(PublicKey, BytesThatAreNoneAreRefused) {
  for (const char* const text : {"", "x", "-----BEGIN PUBLIC KEY-----", "\xff\xfe"}) {
    CatchError(ErrorKind::kBadInput, [&] { PublicKey::FromPem("key.pem", text); });
  }
  CatchError(ErrorKind::kBadInput, [&] {
    PublicKey::FromPem("key.pem", Pem("PUBLIC KEY", BytesOfHex("302a300506032b6570032100ff")));
  });
}

}  // namespace openssl_keys_test
}  // namespace modelkin::testing
