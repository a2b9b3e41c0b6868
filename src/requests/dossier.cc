#include "requests/dossier.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "dossier/exchanged_files.h"
#include "model/opened_model.h"

namespace modelkin {
namespace {

CommitmentSecret SecretOf(const CommittedModel& of, const Commitment& commitment,
                          const RequestContext& context) {
  CommitmentSecret secret = ReadSecret(*context.places->Open(of.secret));
  if (secret.commitment() != commitment) {
    throw Error(ErrorKind::kUsage, "is the private file of another commitment",
                {.file = of.secret});
  }
  return secret;
}

std::set<std::string> TensorsToldOf(const Dossier& dossier) {
  std::set<std::string> tensors;
  for (const ChallengedSide& side : AllSides(dossier)) {
    tensors.insert(side.tensors.begin(), side.tensors.end());
  }
  return tensors;
}

void RequireCommitted(const Checkpoint& checkpoint, const Dossier& dossier,
                      const CommitmentSecret& secret, const RequestContext& context) {
  const std::set<std::string> told = TensorsToldOf(dossier);
  const std::vector<std::string> names(told.begin(), told.end());
  context.progress->Begin("comparing with the commitment", 0);
  ParallelFor(context.threads, names.size(), [&](std::size_t i, unsigned) {
    const Tensor& tensor = *checkpoint.Find(names[i]);
    const auto index = static_cast<std::size_t>(&tensor - checkpoint.tensors().data());
    if (LeafOf(checkpoint, tensor, NonceOf(secret.key, index), *context.progress) !=
        secret.leaves[index]) {
      throw Error(ErrorKind::kBadInput, "is not what was committed to",
                  {.file = checkpoint.path(), .tensor = tensor.name});
    }
  });
}

}  // namespace

CommitmentSecret CommitToModel(const std::string& model, const OpenOptions& opening,
                               const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const auto opened = OpenModel(model, opening, context.places);
  context.progress->Begin("committing", opened->checkpoint().total_bytes());
  CommitmentSecret secret =
      CommitTo(opened->checkpoint(), RandomKey(), context.threads, *context.progress);
  opened->checkpoint().RequireUnchanged();
  return secret;
}

Dossier WriteDossierOf(const CommittedModel& of, const std::string& seed, std::size_t dimensions,
                       const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Commitment commitment = ReadCommitment(*context.places->Open(of.commitment));
  const CommitmentSecret secret = SecretOf(of, commitment, context);
  const auto opened = OpenModel(of.model, of.opening, context.places);
  const Checkpoint& checkpoint = opened->checkpoint();
  Dossier dossier = MakeDossier(
      {.checkpoint = &checkpoint, .spec = opened->spec()}, commitment,
      {.seed = seed, .dimensions = dimensions, .threads = context.threads}, *context.progress);
  RequireCommitted(checkpoint, dossier, secret, context);
  checkpoint.RequireUnchanged();
  return dossier;
}

DossierResults CompareDossierFiles(const std::string& a, const std::string& b,
                                   const std::string& beacon, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  DossierResults results{.a = {.path = a, .dossier = ReadDossier(*context.places->Open(a))},
                         .b = {.path = b, .dossier = ReadDossier(*context.places->Open(b))},
                         .beacon = beacon,
                         .comparison = {},
                         .run = RecordOf("dossier", context)};
  context.progress->Begin("matching units", 0);
  results.comparison = CompareDossiers(results.a.dossier, results.b.dossier,
                                       {.beacon = beacon, .threads = context.threads});
  return results;
}

void OpenTensors(const CommittedModel& of, const std::vector<std::string>& tensors,
                 const RequestContext& context, const std::function<void(std::string_view)>& sink) {
  const HeedStop heed(*context.stop);
  const Commitment commitment = ReadCommitment(*context.places->Open(of.commitment));
  const CommitmentSecret secret = SecretOf(of, commitment, context);
  const auto opened = OpenModel(of.model, of.opening, context.places);
  context.progress->Begin("opening", 0);
  WriteOpening(opened->checkpoint(), commitment, secret, tensors, *context.progress, sink);
  opened->checkpoint().RequireUnchanged();
}

OpeningCheckResults CheckOpeningFile(const OpeningCheckRequest& request,
                                     const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const Commitment commitment = ReadCommitment(*context.places->Open(request.commitment));
  const Opening opening = ReadOpening(context.places->Open(request.opening));
  OpeningCheckResults results;
  OpeningCheckOptions options{.threads = context.threads};
  if (!request.dossier.empty()) {
    results.dossier = ReadDossier(*context.places->Open(request.dossier));
    if (request.challenge) {
      options.challenged = ChallengeOf(*results.dossier, *request.challenge, request.sides);
    }
  }
  context.progress->Begin("checking", 0);
  results.checks = CheckOpening(opening, commitment, results.dossier ? &*results.dossier : nullptr,
                                options, *context.progress);
  opening.checkpoint.RequireUnchanged();
  return results;
}

}  // namespace modelkin
