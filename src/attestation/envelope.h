// Signed bytes as DSSE envelopes hold them: github.com/secure-systems-lab/dsse, version 1.
#ifndef MODELKIN_ATTESTATION_ENVELOPE_H_
#define MODELKIN_ATTESTATION_ENVELOPE_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace modelkin {

inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

struct EnvelopeSignature {
  std::string key_id;  // a hint that nothing vouches for; may be ""
  std::string bytes;
};

struct Envelope {
  std::string payload_type;
  std::string payload;  // bytes
  std::vector<EnvelopeSignature> signatures;
};

// Returns what is signed (DSSE's PAE): "DSSEv1 28 application/vnd.in-toto+json 2 {}".
std::string PreAuthEncoding(std::string_view payload_type, std::string_view payload);

// Reads an envelope of at most 16 signatures. Throws Error(kBadInput), with the name of the file.
Envelope ReadEnvelope(const std::string& file, const nlohmann::json& json);

// Returns its JSON, a member to a line.
std::string EnvelopeText(const Envelope& envelope);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_ENVELOPE_H_
