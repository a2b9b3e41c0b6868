// The steps of a comparison by dossiers, on files: docs/dossier.md, "The protocol".
#ifndef MODELKIN_REQUESTS_DOSSIER_H_
#define MODELKIN_REQUESTS_DOSSIER_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dossier/dossier_comparison.h"
#include "dossier/make_dossier.h"
#include "dossier/opening.h"
#include "modelkin/options.h"
#include "requests/request_context.h"

namespace modelkin {

// A model of a party, with its two files.
struct CommittedModel {
  std::string model;
  OpenOptions opening;
  std::string commitment;  // paths
  std::string secret;
};

// Reads every byte of the model.
CommitmentSecret CommitToModel(const std::string& model, const OpenOptions& opening,
                               const RequestContext& context);

// Throws Error(kBadInput) where tensors that the dossier tells of are not what was committed to:
// else an honest party could be caught with the wrong model.
Dossier WriteDossierOf(const CommittedModel& of, const std::string& seed, std::size_t dimensions,
                       const RequestContext& context);

// A dossier that was read.
struct ReadDossierFile {
  std::string path;
  Dossier dossier;
};

struct DossierResults {
  ReadDossierFile a, b;
  std::string beacon;
  DossierComparison comparison;
  RunRecord run;
};

DossierResults CompareDossierFiles(const std::string& a, const std::string& b,
                                   const std::string& beacon, const RequestContext& context);

// Gives the pieces of the file of an opening to `sink`.
void OpenTensors(const CommittedModel& of, const std::vector<std::string>& tensors,
                 const RequestContext& context, const std::function<void(std::string_view)>& sink);

struct OpeningCheckRequest {
  std::string commitment, opening;
  std::string dossier;                   // "" for none
  std::optional<std::string> challenge;  // the text, where sides were drawn by it
  std::size_t sides = kUsualChallenges;
};

struct OpeningCheckResults {
  OpeningChecks checks;
  std::optional<Dossier> dossier;
};

OpeningCheckResults CheckOpeningFile(const OpeningCheckRequest& request,
                                     const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_DOSSIER_H_
