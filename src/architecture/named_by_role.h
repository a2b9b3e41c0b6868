// A checkpoint under the names that its parts would have in a Llama-like decoder.
#ifndef MODELKIN_ARCHITECTURE_NAMED_BY_ROLE_H_
#define MODELKIN_ARCHITECTURE_NAMED_BY_ROLE_H_

#include "architecture/model_spec.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

// Renames tensors and takes fused and transposed ones apart, as the family's views say; copies
// nothing. A tensor stays as it is if no rule is about it, if it would have to be taken apart
// and its shape is not what config.json makes it, if another has the name already, or if its parts
// would be beyond 2^17 in all. `spec` null: renames those that other toolkits' names tell
// (LlamaLikeName), without wrappers.
Checkpoint NamedByRole(const Checkpoint& checkpoint, const ModelSpec* spec);

}  // namespace modelkin

#endif  // MODELKIN_ARCHITECTURE_NAMED_BY_ROLE_H_
