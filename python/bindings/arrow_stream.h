// Tables for whatever reads Arrow's C stream interface, without a library of Arrow.
#ifndef MODELKIN_PYTHON_ARROW_STREAM_H_
#define MODELKIN_PYTHON_ARROW_STREAM_H_

#include <nanobind/nanobind.h>

namespace modelkin {

// Adds arrow_stream(rows, columns): bytes of JSON, as ColumnsOf takes them, to a capsule
// "arrow_array_stream" of one batch. The capsule, the stream, and what is read from it live apart:
// each may be released first, on any thread, without the GIL.
void AddArrow(nanobind::module_& module);

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_ARROW_STREAM_H_
