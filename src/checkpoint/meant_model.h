// What somebody meant who named a place where no model is: said from names and listings alone, so
// that the same mistake is explained once.
#ifndef MODELKIN_CHECKPOINT_MEANT_MODEL_H_
#define MODELKIN_CHECKPOINT_MEANT_MODEL_H_

#include <optional>
#include <string>

#include "source/places.h"

namespace modelkin {

// Returns why there is nothing at `path`, and what to write instead where that can be told: an
// address of a hub without hf://, a name nearly a neighbour's, a path of another system, quotes or
// spaces that a shell left in. "no such file or directory..." in any case.
std::string WhyNothingIsThere(const std::string& path, const Places& places);

// Returns why a folder without files of weights is no model, and what to do: weights lie in a
// folder inside, a cache has them under snapshots, a download did not end, weights are of a kind
// that is not read.
std::string WhyNoWeights(const std::string& folder, const Places& places);

// Returns why a file of this name holds no weights that are read here; nullopt where it may. By its
// name alone: archives, files of other frameworks, of tokenizers and of data.
std::optional<std::string> WhyNoModelFile(const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_CHECKPOINT_MEANT_MODEL_H_
