// Which tensors a party has to open, drawn when it can change nothing any more.
#ifndef MODELKIN_DOSSIER_CHALLENGE_H_
#define MODELKIN_DOSSIER_CHALLENGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dossier/dossier.h"

namespace modelkin {

inline constexpr std::size_t kUsualChallenges = 3;

// One of the two weights of a block; of experts' own weights that of one expert.
struct ChallengedSide {
  std::size_t block = 0;  // index into the dossier's blocks
  bool is_second = false;
  std::optional<std::size_t> expert;
  std::vector<std::string> tensors;  // that are opened for it

  bool operator==(const ChallengedSide&) const = default;
};

// Draws `count` sides of a dossier's blocks by SHA-256 over all that the dossier says and the other
// party's text: every side as likely as another, none twice. All of them where there are no more.
std::vector<ChallengedSide> ChallengeOf(const Dossier& dossier, std::string_view text,
                                        std::size_t count);

// Returns all sides of blocks, experts one by one.
std::vector<ChallengedSide> AllSides(const Dossier& dossier);

// Returns "gate rows of model.layers.3.mlp" and the like.
std::string SideText(const Dossier& dossier, const ChallengedSide& side);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_CHALLENGE_H_
