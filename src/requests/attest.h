// What an attestation says: whether B is built on A, and which files that is about.
#ifndef MODELKIN_REQUESTS_ATTEST_H_
#define MODELKIN_REQUESTS_ATTEST_H_

#include <optional>
#include <string>
#include <vector>

#include "attestation/model_manifest.h"
#include "requests/trace.h"

namespace modelkin {

// Of one of the two models.
struct AttestedScope {
  // Paths within the model that its digest leaves out, besides git's: such as the attestation
  // itself, where it is to lie beside the weights.
  std::vector<std::string> ignored;
};

struct AttestRequest {
  TraceRequest trace;
  AttestedScope a, b;
  // Reads all of models at a hub for their digests; else their commit says what they are.
  bool digest_remote = false;
};

enum class ManifestExtent : std::uint8_t {
  kFolder,  // all files of the model's folder
  kFile,    // the model is one file
  kFiles,   // the files that an index, or the first of several files, names; others are not its
};

// Returns "folder", "file" or "files".
std::string_view ManifestExtentName(ManifestExtent extent);

// What a model is, so that others know whether they have the same.
struct AttestedModel {
  std::string name;    // for people: the folder's or file's, "org/name" of a hub
  std::string uri;     // "hf://org/name@COMMIT"; "" of models of this machine
  std::string commit;  // 40 hexadecimal digits; "" of models of this machine
  ManifestExtent extent = ManifestExtent::kFolder;
  std::optional<ModelManifest> manifest;  // not of models at a hub, unless they were read whole
  std::vector<std::string> weights;       // items of it that the trace read
};

struct AttestResults {
  TraceResults trace;
  AttestedModel a, b;
};

// Traces A against B, and digests both. Throws what TraceModels throws; Error(kUsage) where what is
// to be left out of a digest was read by the trace.
AttestResults AttestModels(const AttestRequest& request, const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_ATTEST_H_
