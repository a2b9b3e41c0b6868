// Images that a command is given.
#ifndef MODELKIN_APPS_IMAGE_INPUT_H_
#define MODELKIN_APPS_IMAGE_INPUT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "modelkin/options.h"

namespace modelkin {

// --image and --grid, as typed.
struct ImageFlags {
  std::vector<std::string> files;
  std::vector<std::string> grids;
};

void AddImageInput(CLI::App& command, ImageFlags& flags);

// Reads no file. Throws Error(kUsage) for a grid that is none.
Images ReadImageFlags(const ImageFlags& flags);

}  // namespace modelkin

#endif  // MODELKIN_APPS_IMAGE_INPUT_H_
