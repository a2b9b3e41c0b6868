// The extension module modelkin._core: what Python's side of the package is made of.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <vector>

#include "arrow_stream.h"
#include "atlas_requests.h"
#include "base/error.h"
#include "call.h"
#include "model.h"
#include "own_folder.h"
#include "requests.h"
#include "requests/tool_version.h"
#include "run_program.h"

namespace nb = nanobind;

namespace modelkin {
namespace {

// Raises modelkin._errors.make_error(...), which picks the class.
void RaiseError(const Error& error) {
  const nb::object made =
      nb::module_::import_("modelkin._errors")
          .attr("make_error")(static_cast<int>(error.kind()), error.what(), error.message(),
                              error.site().file, error.site().tensor, error.site().offset_bytes);
  PyErr_SetObject(made.type().ptr(), made.ptr());
}

void Translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    RaiseError(error);
  } catch (const Interrupted&) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
  } catch (const std::filesystem::filesystem_error& error) {
    RaiseError(Error(ErrorKind::kIo, error.code().message(), {.file = error.path1().string()}));
  }
}

int Program(const std::vector<std::string>& arguments) {
  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  const nb::gil_scoped_release released;
  return RunProgram(static_cast<int>(words.size()), words.data());
}

}  // namespace
}  // namespace modelkin

NB_MODULE(_core, module) {
  modelkin::UseOwnFolder();
  nb::register_exception_translator(modelkin::Translate);
  module.attr("version") = std::string(modelkin::kToolVersion);
  module.def("end_requests", modelkin::EndRequests);
  module.def("program", modelkin::Program, nb::arg("arguments"));
  modelkin::AddArrow(module);
  modelkin::AddModels(module);
  modelkin::AddRequests(module);
  modelkin::AddAtlas(module);
}
