// An attestation as an in-toto Statement: docs/attestation.md.
#ifndef MODELKIN_REPORT_ATTESTATION_JSON_H_
#define MODELKIN_REPORT_ATTESTATION_JSON_H_

#include <string>
#include <string_view>

#include "attestation/openssl_keys.h"
#include "report/json_output.h"
#include "requests/attest.h"

namespace modelkin {

// What tells our predicate from others; a later version that older readers can't read has another.
inline constexpr std::string_view kAttestationType = "https://modelkin/attestation/v1";
// Of docs/attestation.schema.json.
inline constexpr std::string_view kAttestationSchemaVersion = "1.0";

// Returns what the statement says of its subject, B.
Json AttestationPredicate(const AttestResults& results);

// Returns the JSON of the statement, its members in the order in which own_output.h knows it.
std::string AttestationStatement(const AttestResults& results);

// Returns the statement, and with a key signed, in a DSSE envelope.
std::string AttestationText(const AttestResults& results, const PrivateKey* key);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_ATTESTATION_JSON_H_
