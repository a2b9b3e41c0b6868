#include "attestation/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "attestation/attested_file.h"
#include "attestation/base64.h"
#include "support/expect_error.h"

namespace modelkin::testing {
namespace envelope_test {

using nlohmann::json;
using ::testing::HasSubstr;

// RFC 4648, 10.
TEST(Base64, IsThatOfTheStandard) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
  EXPECT_EQ(DecodeBase64("-_8="), "\xfb\xff");  // the alphabet of URLs
  EXPECT_EQ(DecodeBase64("+/8="), "\xfb\xff");
}

TEST(Base64, RefusesAllElse) {
  for (const char* const text : {"Z", "Zg", "Zg=", "Zg===", "=g==", "Zg==Zg==", "Zm 9", "Zm9\n",
                                 "Zm9.", "Zm=v", "====", "Z\xC3\xA4="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64(std::string("Zm9\0", 4)), std::nullopt);
}

// The example of the protocol's own text.
TEST(PreAuthEncoding, IsThatOfTheProtocol) {
  EXPECT_EQ(PreAuthEncoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(PreAuthEncoding("", std::string("\0 ", 2)), std::string("DSSEv1 0  2 \0 ", 14));
}

TEST(Envelope, ComesBackAsItWas) {
  const Envelope made{.payload_type = "a \"b\"",
                      .payload = std::string("\0\xff{}", 4),
                      .signatures = {{.key_id = "k", .bytes = "s"}, {.key_id = "", .bytes = ""}}};
  const Envelope read = ReadEnvelope("x", json::parse(EnvelopeText(made)));
  EXPECT_EQ(read.payload_type, made.payload_type);
  EXPECT_EQ(read.payload, made.payload);
  ASSERT_EQ(read.signatures.size(), 2U);
  EXPECT_EQ(read.signatures[0].key_id, "k");
  EXPECT_EQ(read.signatures[0].bytes, "s");
}

TEST(Envelope, OfAnotherShapeIsRefused) {
  const json whole = json::parse(EnvelopeText(
      {.payload_type = "t", .payload = "p", .signatures = {{.key_id = "k", .bytes = "s"}}}));
  for (const auto& [name, value] : whole.items()) {
    for (const json& other : {json(), json(3), json(true), json::array({3}), json::object()}) {
      json changed = whole;
      changed[name] = other;
      CatchError(ErrorKind::kBadInput, [&] { ReadEnvelope("x", changed); });
    }
    json without = whole;
    without.erase(name);
    EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { ReadEnvelope("x", without); }).what(),
                HasSubstr(name + "\" is missing"));
  }
}

// What a bundle's certificate, or another kind of payload, would need.
TEST(AttestedFile, SaysWhatItCanNotRead) {
  const json bundle = {{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
                       {"messageSignature", json::object()}};
  EXPECT_THAT(CatchError(ErrorKind::kBadInput, [&] { ReadAttestedFile("x", bundle); }).what(),
              HasSubstr("what it signs is in another file"));
  EXPECT_TRUE(IsAttestedJson(bundle));
  EXPECT_FALSE(IsAttestedJson({{"schema_version", "1.0"}}));
  EXPECT_FALSE(IsAttestedJson(json::array({"_type"})));
}

}  // namespace envelope_test
}  // namespace modelkin::testing
