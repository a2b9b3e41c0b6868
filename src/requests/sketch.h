// What is kept of a model to find its relatives.
#ifndef MODELKIN_REQUESTS_SKETCH_H_
#define MODELKIN_REQUESTS_SKETCH_H_

#include <memory>
#include <string>

#include "model/opened_model.h"
#include "modelkin/options.h"
#include "requests/request_context.h"
#include "sketch/make_sketch.h"

namespace modelkin {

struct SketchRequest {
  std::string model;
  OpenOptions opening = {};
  std::string name = {};  // what the sketch calls it; "": its own name
};

// Throws what opening and MakeSketch throw, and Error(kBadInput) where a file changed meanwhile.
MadeSketch SketchModel(const SketchRequest& request, const RequestContext& context);
// The same of a model that is open.
MadeSketch SketchOpened(const OpenedModel& model, const SketchRequest& request,
                        const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_SKETCH_H_
