// What of this process commands need.
#ifndef MODELKIN_APPS_PROGRAM_H_
#define MODELKIN_APPS_PROGRAM_H_

#include <memory>
#include <string>
#include <vector>

#include "source/places.h"

namespace modelkin {

struct Program {
  std::vector<std::string> arguments;  // as typed, without the program's name
  std::shared_ptr<const Places> places;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_PROGRAM_H_
