// Makes the sketch of a model from a little of its weights: docs/atlas.md, "The sketch".
#ifndef MODELKIN_SKETCH_MAKE_SKETCH_H_
#define MODELKIN_SKETCH_MAKE_SKETCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "model/opened_model.h"
#include "sketch/sketch.h"

namespace modelkin {

struct MadeSketch {
  Sketch sketch;
  std::uint64_t weight_bytes = 0;  // of weights that were read, as they are stored
  std::vector<std::string> notes;  // what is not in it that could be, and why
};

// Returns the sketch of a model of which at least one component can be projected or has a spectrum
// or norms. Reads a few megabytes, of several layers at a time. The same for any number of threads
// (0: AvailableThreads()). Throws Error(kBadInput) where nothing of the model can be sketched, and
// what reading throws.
MadeSketch MakeSketch(const OpenedModel& model, unsigned threads, Progress& progress);

}  // namespace modelkin

#endif  // MODELKIN_SKETCH_MAKE_SKETCH_H_
