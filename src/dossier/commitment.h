// What a party says of its model before the seed is known: docs/dossier.md, "The protocol".
#ifndef MODELKIN_DOSSIER_COMMITMENT_H_
#define MODELKIN_DOSSIER_COMMITMENT_H_

#include <string>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "dossier/merkle_tree.h"

namespace modelkin {

// Published.
struct Commitment {
  Digest root = {};
  std::uint64_t tensors = 0;

  bool operator==(const Commitment&) const = default;
};

// Kept: who has the key can try out what a leaf stands for, and who has lost it can open nothing.
struct CommitmentSecret {
  Digest key = {};
  std::vector<Digest> leaves;  // in the order of Checkpoint::tensors()

  bool operator==(const CommitmentSecret&) const = default;
  Commitment commitment() const { return {.root = TreeRoot(leaves), .tensors = leaves.size()}; }
};

// Returns 32 bytes of the system's generator for keys. Throws Error(kIo) if it has none.
Digest RandomKey();

// Returns the nonce of a tensor: SHA-256 of a tag, the key and the tensor's number. It is 32 random
// bytes to whoever lacks the key, whatever other nonces they know.
Digest NonceOf(const Digest& key, std::uint64_t index);

// Returns SHA-256 of a tag, the nonce, the tensor's name, element type and shape, and its elements
// as they are decoded here: little-endian, in the order of the shape. Without the nonce nobody can
// tell whether it is that of a tensor that they know. Throws what reading throws.
Digest LeafOf(const Checkpoint& checkpoint, const Tensor& tensor, const Digest& nonce,
              Progress& progress);

// Reads every byte. Throws Error(kBadInput) for a checkpoint without tensors, or some of whose
// files are missing.
CommitmentSecret CommitTo(const Checkpoint& checkpoint, const Digest& key, unsigned threads,
                          Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_COMMITMENT_H_
