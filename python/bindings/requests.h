// What Python asks for: each request of the library under the options' own names.
#ifndef MODELKIN_PYTHON_REQUESTS_H_
#define MODELKIN_PYTHON_REQUESTS_H_

#include <nanobind/nanobind.h>

namespace modelkin {

// Adds a function for each request. Each returns the program's own texts: JSON, and what it prints
// for people; of a report Markdown and the page as well.
void AddRequests(nanobind::module_& module);

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_REQUESTS_H_
