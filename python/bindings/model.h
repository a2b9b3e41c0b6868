// An open model, for Python.
#ifndef MODELKIN_PYTHON_MODEL_H_
#define MODELKIN_PYTHON_MODEL_H_

#include <nanobind/nanobind.h>

namespace modelkin {

// Adds the classes of live and of open models.
void AddModels(nanobind::module_& module);

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_MODEL_H_
