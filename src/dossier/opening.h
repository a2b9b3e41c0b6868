// Tensors shown to the other party, and whether they are what was committed to and told of.
#ifndef MODELKIN_DOSSIER_OPENING_H_
#define MODELKIN_DOSSIER_OPENING_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "dossier/challenge.h"
#include "dossier/commitment.h"
#include "dossier/dossier.h"

namespace modelkin {

// What shows that a tensor is a leaf of the tree.
struct OpenedTensor {
  std::string name;
  std::uint64_t index = 0;  // of the leaf
  Digest nonce = {};
  std::vector<Digest> path;
};

// A safetensors file of whole tensors, with what shows of each that it was committed to.
struct Opening {
  Checkpoint checkpoint;
  std::vector<OpenedTensor> tensors;  // in the order of the checkpoint
};

// Gives the file, piece by piece, to `sink`: the tensors of these names. Throws Error(kUsage) where
// the model has none of such a name, the key is not that of the commitment, or an element is less
// than a byte; Error(kBadInput) where the model is not what was committed to.
void WriteOpening(const Checkpoint& model, const Commitment& commitment,
                  const CommitmentSecret& secret, const std::vector<std::string>& names,
                  Progress& progress, const std::function<void(std::string_view)>& sink);

// Throws Error(kBadInput) for what is no such file.
Opening ReadOpening(std::shared_ptr<const ByteSource> file);

// What was found of an opened tensor.
enum class LeafFinding : std::uint8_t {
  kCommitted,   // it is the leaf of that number
  kNotInTree,   // nonce, path or content is another one's
  kNotOutline,  // it is that leaf, but the dossier calls it otherwise or gives another type or
                // shape
};

struct TensorCheck {
  std::string name;
  LeafFinding finding = LeafFinding::kNotInTree;
};

struct SideCheck {
  ChallengedSide side;
  bool opened = false;   // all of its tensors were, and were committed to
  bool matches = false;  // the rows and sums that are told of are theirs
};

struct OpeningChecks {
  bool is_of_commitment = true;  // the dossier has the commitment's root and number of tensors
  std::vector<TensorCheck> tensors;
  // Those that were asked for; else those all of whose tensors are there.
  std::vector<SideCheck> sides;

  // Whether nothing speaks against the party, and something was checked.
  bool passed() const;
};

struct OpeningCheckOptions {
  std::vector<ChallengedSide> challenged;  // empty for all that can be checked
  unsigned threads = 1;
};

// `dossier` may be null: leaves alone are checked then. Throws what reading throws.
OpeningChecks CheckOpening(const Opening& opening, const Commitment& commitment,
                           const Dossier* dossier, const OpeningCheckOptions& options,
                           Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_OPENING_H_
