// A sketch for people.
#ifndef MODELKIN_REPORT_SKETCH_TEXT_H_
#define MODELKIN_REPORT_SKETCH_TEXT_H_

#include "report/screen.h"
#include "report/text_sink.h"
#include "sketch/make_sketch.h"

namespace modelkin {

// Says what the sketch is of, what was read for it, and what is in it.
void WriteSketchText(const MadeSketch& made, const Screen& screen, const TextSink& sink);

}  // namespace modelkin

#endif  // MODELKIN_REPORT_SKETCH_TEXT_H_
