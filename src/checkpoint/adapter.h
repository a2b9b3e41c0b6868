// Adapters of PEFT: changes to a model, in a folder of their own.
#ifndef MODELKIN_CHECKPOINT_ADAPTER_H_
#define MODELKIN_CHECKPOINT_ADAPTER_H_

#include <optional>
#include <string>

#include "checkpoint/adapter_config.h"
#include "checkpoint/checkpoint.h"
#include "modelkin/options.h"
#include "source/places.h"

namespace modelkin {

struct AdapterFolder {
  AdapterConfig config;
  // Where its base is: what the user said, or a folder of this machine that config names; "" where
  // that is not there.
  std::string base;
};

// Returns what a folder says that holds adapter_config.json, and no weights but adapter_model.*;
// nothing of another path. Throws Error(kBadInput) where adapter_config.json can't be read.
std::optional<AdapterFolder> FindAdapter(const std::string& path, const OpenOptions& options,
                                         const Places& places);

// Returns the base with the adapter's changes: weights that it adds to are decoded, others that it
// has are put in place of the base's. Names are the base's. Throws Error(kBadInput) where it
// changes what the base has not, or has in another shape, and where the two can't be merged by
// LoRA's rule.
Checkpoint MergeAdapter(const Checkpoint& base, const Checkpoint& adapter,
                        const AdapterConfig& config);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_ADAPTER_H_
