// What model signing (PyPI: model-signing, 1.0 and later) says of a model's files; also how our
// attestations say it.
#ifndef MODELKIN_ATTESTATION_MODEL_SIGNATURE_H_
#define MODELKIN_ATTESTATION_MODEL_SIGNATURE_H_

#include <nlohmann/json.hpp>
#include <string_view>

#include "attestation/json_members.h"
#include "attestation/model_manifest.h"
#include "attestation/statement.h"

namespace modelkin {

inline constexpr std::string_view kModelSignatureType = "https://model_signing/signature/v1.0";
// Of versions before 1.0.
inline constexpr std::string_view kOldModelSignatureType = "https://model_signing/Digests/v0.1";

// Returns {"serialization": {"method": "files", ...}, "resources": [{"name", "algorithm",
// "digest"}]}.
nlohmann::ordered_json ManifestJson(const ModelManifest& manifest);

// Reads it back. Names are paths within a model: nothing leads out of it. Throws
// Error(kBadInput).
ModelManifest ReadManifest(const JsonMembers& members);

// Returns the manifest of a statement of model signing. Throws Error(kBadInput) where its one
// subject's digest is not that of the files that it lists.
ModelManifest ReadModelSignature(const std::string& file, const InTotoStatement& statement);

}  // namespace modelkin

#endif  // MODELKIN_ATTESTATION_MODEL_SIGNATURE_H_
