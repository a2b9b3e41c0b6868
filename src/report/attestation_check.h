// Which of the two holds: the signature of an attestation, and what it says.
#ifndef MODELKIN_REPORT_ATTESTATION_CHECK_H_
#define MODELKIN_REPORT_ATTESTATION_CHECK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attestation/attested_file.h"
#include "attestation/model_manifest.h"
#include "report/json_differences.h"
#include "report/screen.h"
#include "report/text_sink.h"
#include "requests/request_context.h"

namespace modelkin {

enum class AttestedKind : std::uint8_t {
  kLineage,         // ours
  kModelSignature,  // what files a model has, of model signing
  kOther,           // a predicate of something else
};

// A model that the attestation names, beside the one that is there now.
struct AttestedModelCheck {
  std::string id;  // of the input: "a", "b"; of a signature of model signing "model"
  ManifestDifferences files;
  bool by_commit = false;  // of a hub, and not file by file
  // Why files were not compared; "" where they were.
  std::string not_compared;
};

struct AttestationCheck {
  AttestedForm form = AttestedForm::kStatement;
  AttestedKind kind = AttestedKind::kOther;
  std::string predicate_type;
  StatementSubject subject;  // the first
  std::uint64_t subjects = 1;
  SignatureState signature = SignatureState::kNone;
  std::uint64_t signatures = 0;   // in the envelope
  std::string algorithm, key_id;  // of the key that was given; "" of none
  bool key_given = false;
  std::string made_by;  // "modelkin 1.0": as it says itself; "" where it does not
  // Not where the evidence could not be computed again, as `unknown` then says.
  std::optional<JsonDifferences> values;  // of kLineage
  std::vector<AttestedModelCheck> models;
  std::string unknown;
  int unknown_exit = 0;         // what the program ends with then
  bool signature_only = false;  // the evidence was not asked for

  // Whether the signature is as it should be, where a key was given.
  bool signature_holds() const { return !key_given || signature == SignatureState::kHolds; }
  // nullopt where that is not known.
  std::optional<bool> evidence_holds() const;
  // 0: all that was asked for holds. 1: the evidence does not. 5: the signature does not. 6:
  // neither does. Where the evidence could not be computed, that of the error.
  int exit_code() const;
};

// kSignature: what follows from the file and the key alone.
enum class AttestationExtent : std::uint8_t { kAll, kSignature };

// Checks the signature by `key`, if there is one, and then makes the request of the attestation
// again. `inputs`: where the input of an id is now, as VerifyResults has it; of a signature of
// model signing "model". Errors of the second are in what is returned. Throws as ReadAttestedFile,
// and Interrupted. Writes nothing.
AttestationCheck CheckAttestation(const std::string& file, const nlohmann::json& document,
                                  const PublicKey* key, std::map<std::string, std::string> inputs,
                                  const RequestContext& context,
                                  AttestationExtent extent = AttestationExtent::kAll);

// The instruction set that its numbers were made with, as RecordedSimdTarget has it. Throws as
// ReadAttestedFile.
std::string AttestedSimdTarget(const std::string& file, const nlohmann::json& document);

void WriteAttestationCheckText(const AttestationCheck& check, const Screen& screen,
                               const TextSink& sink);
// As docs/verify.schema.json has it.
void WriteAttestationCheckJson(const AttestationCheck& check, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_ATTESTATION_CHECK_H_
