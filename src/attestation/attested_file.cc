#include "attestation/attested_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "attestation/json_members.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLargestPayload = std::uint64_t{128} << 20;
constexpr std::string_view kBundleType = "application/vnd.dev.sigstore.bundle";

InTotoStatement PayloadOf(const std::string& file, const Envelope& envelope) {
  if (envelope.payload_type != kInTotoPayloadType) {
    throw Error(ErrorKind::kBadInput,
                fmt::format("holds a payload of the type {}, and not {}",
                            Printable(envelope.payload_type), kInTotoPayloadType),
                {.file = file, .tensor = {}, .offset_bytes = {}});
  }
  const auto bytes = std::as_bytes(std::span(envelope.payload));
  const std::string label = fmt::format("{} (its payload)", file);
  return ReadStatement(label, ReadJsonObject(*MakeMemorySource(label, {bytes.begin(), bytes.end()}),
                                             kLargestPayload));
}

AttestedFile ReadBundle(const std::string& file, const json& document) {
  const JsonMembers bundle(document, file, "");
  if (!bundle.Text("mediaType").starts_with(kBundleType)) {
    bundle.Fail("mediaType",
                fmt::format("is {}: no bundle of Sigstore", Printable(bundle.Text("mediaType"))));
  }
  if (!bundle.Has("dsseEnvelope")) {
    bundle.Fail("dsseEnvelope", "is missing: what it signs is in another file");
  }
  AttestedFile read{.form = AttestedForm::kBundle,
                    .envelope = ReadEnvelope(file, bundle.Object("dsseEnvelope").json()),
                    .by_certificate = false,
                    .statement = {}};
  const JsonMembers material = bundle.Object("verificationMaterial");
  if (material.Has("publicKey")) {
    const std::string hint = material.Object("publicKey").OptionalText("hint");
    for (EnvelopeSignature& signature : read.envelope->signatures) {
      if (signature.key_id.empty()) signature.key_id = hint;
    }
  } else {
    read.by_certificate = true;
  }
  read.statement = PayloadOf(file, *read.envelope);
  return read;
}

}  // namespace

std::string_view AttestedFormName(AttestedForm form) {
  constexpr std::array<std::string_view, 3> kNames = {"statement", "dsse_envelope",
                                                      "sigstore_bundle"};
  return kNames[static_cast<std::size_t>(form)];
}

bool IsAttestedJson(const json& document) {
  constexpr std::array<const char*, 4> kMarks = {"_type", "payloadType", "mediaType",
                                                 "dsseEnvelope"};
  return document.is_object() &&
         std::ranges::any_of(kMarks, [&](const char* mark) { return document.contains(mark); });
}

AttestedFile ReadAttestedFile(const std::string& file, const json& document) {
  if (document.contains("mediaType") || document.contains("dsseEnvelope")) {
    return ReadBundle(file, document);
  }
  AttestedFile read;
  if (document.contains("payloadType")) {
    read.form = AttestedForm::kEnvelope;
    read.envelope = ReadEnvelope(file, document);
    read.statement = PayloadOf(file, *read.envelope);
  } else {
    read.statement = ReadStatement(file, document);
  }
  return read;
}

std::string_view SignatureStateName(SignatureState state) {
  constexpr std::array<std::string_view, 6> kNames = {"none",      "not_checked", "holds",
                                                      "other_key", "broken",      "certificate"};
  return kNames[static_cast<std::size_t>(state)];
}

SignatureState CheckSignature(const AttestedFile& file, const PublicKey* key) {
  if (!file.envelope) return SignatureState::kNone;
  if (file.by_certificate) return SignatureState::kByCertificate;
  if (key == nullptr) return SignatureState::kNotChecked;
  const std::string message = PreAuthEncoding(file.envelope->payload_type, file.envelope->payload);
  const std::string id = key->Id(), pem_digest = key->PemDigest();
  bool all_name_others = true;
  for (const EnvelopeSignature& signature : file.envelope->signatures) {
    if (key->Verifies(message, signature.bytes)) return SignatureState::kHolds;
    const bool names_other =
        !signature.key_id.empty() && signature.key_id != id && signature.key_id != pem_digest;
    all_name_others = all_name_others && names_other;
  }
  return all_name_others ? SignatureState::kOtherKey : SignatureState::kBroken;
}

}  // namespace modelkin
