// Texts through a model, layer by layer: weights are read once for the whole batch.
#ifndef MODELKIN_INFERENCE_FORWARD_PASS_H_
#define MODELKIN_INFERENCE_FORWARD_PASS_H_

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "inference/activations.h"
#include "inference/batch.h"
#include "inference/layer_pass.h"
#include "inference/runnable_model.h"

namespace modelkin {

using ModelCache = std::vector<LayerCache>;  // by layer

// Throws Error(kUsage) for images to a model of texts or the other way round, if an image has other
// patches than the encoder takes, or a text no tokens, ids that the vocabulary does not have, or
// more tokens than the model's context; with the text's number, from 1 on. `beyond_context`: the
// last is allowed where positions are computed and not stored.
void RequireFits(const RunnableModel& model, const Batch& batch, bool beyond_context = false);

// All layers and the last norm: a row a token. Memory beside `batch` and the cache is some rows a
// token of the model's widest part, whatever the number of layers. Throws Error(kBadInput) that
// names the layer, and the tensor if it is one's fault, where a value becomes NaN or infinite.
Activations RunLayers(const RunnableModel& model, const Batch& batch, ModelCache* cache,
                      PassObserver& observer, Progress& progress);

// The same for the first `count` layers alone, without the last norm: none of the others is read.
void RunFirstLayers(const RunnableModel& model, const Batch& batch, std::size_t count,
                    PassObserver& observer, Progress& progress);

// Throws Error(kBadInput) as RunLayers does where a value became NaN or infinite behind the layers.
// `where`: "the pooling".
void RequireFinite(const RunnableModel& model, const Activations& values, std::string_view where);

// Scores of all tokens of the vocabulary, for rows that the last norm gave. The head is read once,
// in blocks of its rows; `take` is called for each, in order, with the number of its first token.
// Requires a family with a head.
void ForLogits(const RunnableModel& model, const Activations& rows,
               const std::function<void(std::size_t first, const Activations& logits)>& take);

// As one matrix: rows by vocabulary.
Activations Logits(const RunnableModel& model, const Activations& rows);

}  // namespace modelkin

#endif  // MODELKIN_INFERENCE_FORWARD_PASS_H_
