// A file of an attestation: a statement, by itself or signed.
#ifndef MODELKIN_ATTESTATION_ATTESTED_FILE_H_
#define MODELKIN_ATTESTATION_ATTESTED_FILE_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "attestation/envelope.h"
#include "attestation/openssl_keys.h"
#include "attestation/statement.h"

namespace modelkin {

enum class AttestedForm : std::uint8_t {
  kStatement,  // not signed
  kEnvelope,   // DSSE
  kBundle,     // Sigstore's, with such an envelope in it: what model signing writes
};

// Returns "statement", "dsse_envelope" or "sigstore_bundle".
std::string_view AttestedFormName(AttestedForm form);

struct AttestedFile {
  AttestedForm form = AttestedForm::kStatement;
  std::optional<Envelope> envelope;
  bool by_certificate = false;  // of a bundle: Sigstore's way without keys, or a PKI
  InTotoStatement statement;
};

// Returns whether JSON is of one of these forms, however wrong the rest of it may be.
bool IsAttestedJson(const nlohmann::json& json);

// Throws Error(kBadInput), with the name of the file, for what is of none of these forms, and for a
// payload that is no statement.
AttestedFile ReadAttestedFile(const std::string& file, const nlohmann::json& json);

enum class SignatureState : std::uint8_t {
  kNone,           // the file is not signed
  kNotChecked,     // no key was given
  kHolds,          // one of the signatures is by this key and over these bytes
  kOtherKey,       // those that it has name other keys
  kBroken,         // made over other bytes, or by a key that it does not name
  kByCertificate,  // nothing that a key alone can check
};

// Returns "none", "not_checked", "holds", "other_key", "broken" or "certificate".
std::string_view SignatureStateName(SignatureState state);

// `key`: null where none was given. The file says what was signed; the key alone is believed.
SignatureState CheckSignature(const AttestedFile& file, const PublicKey* key);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_ATTESTED_FILE_H_
