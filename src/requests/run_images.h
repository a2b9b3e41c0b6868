// The part of `run` that is about encoders of images.
#ifndef MODELKIN_REQUESTS_RUN_IMAGES_H_
#define MODELKIN_REQUESTS_RUN_IMAGES_H_

#include <vector>

#include "architecture/components.h"
#include "inference/activations.h"
#include "inference/batch.h"
#include "requests/run.h"

namespace modelkin {

// Returns the model that the request is about: the first, or for images the encoder of these.
// Throws Error(kUsage) where there is none, or the request has both texts and images.
const ModelComponent& ComponentToRun(const RunRequest& request, const OpenedModel& opened);

// Throws Error(kUsage) where the request has texts and the model takes images, or it is to generate
// of these.
void RequireTaken(const RunRequest& request, const RunnableModel& model);

// Reads the arrays, runs the encoder, and fills in what `results` have of images. `observer` may be
// null. Throws Error(kBadInput) for a file that is no array, Error(kUsage) for one of another shape
// than the encoder takes, and what EncodeImages throws.
void RunImages(const RunRequest& request, const RunnableModel& model, const Places& places,
               RunObserver* observer, RunResults& results, Progress& progress);

// Returns the mean over a text's or an image's rows, of length 1 where it is not 0: what sentence
// encoders give.
std::vector<float> MeanDirection(const Activations& rows, const TextRows& of);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_RUN_IMAGES_H_
