#include "requests/sketch.h"

namespace modelkin {

MadeSketch SketchModel(const SketchRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  return SketchOpened(*OpenModel(request.model, request.opening, context.places), request, context);
}

MadeSketch SketchOpened(const OpenedModel& model, const SketchRequest& request,
                        const RequestContext& context) {
  const HeedStop heed(*context.stop);
  MadeSketch made = MakeSketch(model, context.threads, *context.progress);
  model.checkpoint().RequireUnchanged();
  if (!request.name.empty()) made.sketch.name = request.name;
  return made;
}

}  // namespace modelkin
