// The files of the protocol: what is published, what is kept, what is exchanged.
#ifndef MODELKIN_DOSSIER_EXCHANGED_FILES_H_
#define MODELKIN_DOSSIER_EXCHANGED_FILES_H_

#include <string>
#include <string_view>

#include "dossier/commitment.h"
#include "dossier/dossier.h"
#include "source/byte_source.h"

namespace modelkin {

// Of the forms of these files. Other versions are refused.
inline constexpr std::string_view kDossierFormVersion = "1.0";

// Each returns JSON, the same bytes for the same value; nothing in it says who made it, of which
// file, or when.
std::string CommitmentJson(const Commitment& commitment);
std::string SecretJson(const CommitmentSecret& secret);
std::string DossierJson(const Dossier& dossier);

// Each reads one of them. Throws Error(kBadInput), which names the file, for what is not JSON, is
// another kind of file or another version of it, lacks a member, or breaks a rule of the form;
// of a dossier also where its blocks are not those that its seed draws of what it lists, or codes
// are not as many as the units that the seed draws.
Commitment ReadCommitment(const ByteSource& file);
CommitmentSecret ReadSecret(const ByteSource& file);
Dossier ReadDossier(const ByteSource& file);

// Returns SHA-256 of what a dossier says, however its file is laid out.
Digest DigestOfDossier(const Dossier& dossier);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_EXCHANGED_FILES_H_
