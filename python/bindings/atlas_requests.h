// What Python asks for of sketches and atlases.
#ifndef MODELKIN_PYTHON_ATLAS_REQUESTS_H_
#define MODELKIN_PYTHON_ATLAS_REQUESTS_H_

#include <nanobind/nanobind.h>

namespace modelkin {

// Adds sketch, and functions whose names begin with atlas_: each opens the atlas, does one thing,
// and closes it, so that nothing stays open over a fork or in another thread.
void AddAtlas(nanobind::module_& module);

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_ATLAS_REQUESTS_H_
