// The demo's checkpoints: small, made on the spot, the same bytes everywhere.
#ifndef MODELKIN_APPS_DEMO_MODELS_H_
#define MODELKIN_APPS_DEMO_MODELS_H_

#include <string>

#include "base/output_target.h"

namespace modelkin {

// Makes six models in `directory`, each in a folder of its own, with config.json and
// tokenizer.json:
//   dense-a        a dense llama-like model
//   dense-a-tuned  dense-a with a small change to every weight, as fine-tuning makes
//   dense-a-again  what dense-a began with, as another training leaves it
//   dense-b        the same architecture from another seed
//   moe-c          a mixture of experts of the same width, in two shards
//   vision-d       an encoder of images, without a tokenizer.json
// and merge.yml, a recipe of mergekit for two of them, and images.npy, two images for the last.
// Throws as OutputFile does: where other files are there, with Replace::kSameBytes.
void WriteDemoModels(const std::string& directory, Replace replace);

}  // namespace modelkin

#endif  // MODELKIN_APPS_DEMO_MODELS_H_
