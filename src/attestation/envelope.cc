#include "attestation/envelope.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "attestation/base64.h"
#include "attestation/json_members.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostSignatures = 16;
constexpr std::size_t kLongestPayload = std::size_t{128} << 20;  // as base64
constexpr std::size_t kLongestSignature = 16384;                 // as base64

std::string BytesAt(const JsonMembers& object, const char* name, std::size_t longest) {
  auto bytes = DecodeBase64(object.Text(name, longest));
  if (!bytes) object.Fail(name, "is not base64");
  return *std::move(bytes);
}

}  // namespace

std::string PreAuthEncoding(std::string_view payload_type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

Envelope ReadEnvelope(const std::string& file, const nlohmann::json& json) {
  const JsonMembers members(json, file, "");
  Envelope envelope{.payload_type = members.Text("payloadType"),
                    .payload = BytesAt(members, "payload", kLongestPayload),
                    .signatures = {}};
  const nlohmann::json& signatures = members.Array("signatures", kMostSignatures);
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const JsonMembers signature = members.Item(signatures[i], "signatures", i);
    envelope.signatures.push_back({.key_id = signature.OptionalText("keyid"),
                                   .bytes = BytesAt(signature, "sig", kLongestSignature)});
  }
  if (envelope.signatures.empty()) members.Fail("signatures", "is empty: nobody signed it");
  return envelope;
}

std::string EnvelopeText(const Envelope& envelope) {
  using Json = nlohmann::ordered_json;
  Json signatures = Json::array();
  for (const EnvelopeSignature& signature : envelope.signatures) {
    signatures.push_back({{"keyid", signature.key_id}, {"sig", EncodeBase64(signature.bytes)}});
  }
  return fmt::format("{{\n\"payloadType\": {},\n\"payload\": \"{}\",\n\"signatures\": {}\n}}\n",
                     Json(envelope.payload_type).dump(), EncodeBase64(envelope.payload),
                     signatures.dump());
}

}  // namespace modelkin
