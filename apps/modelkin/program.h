// What of this process commands need.
#ifndef MODELKIN_APPS_PROGRAM_H_
#define MODELKIN_APPS_PROGRAM_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/places.h"

namespace modelkin {

// --color
enum class ColourChoice : std::uint8_t { kAuto, kAlways, kNever };
inline constexpr std::array<std::string_view, 3> kColourChoiceNames = {"auto", "always", "never"};

struct Program {
  std::vector<std::string> arguments;  // as typed, without the program's name
  std::shared_ptr<const Places> places;
  ColourChoice colour = ColourChoice::kAuto;
};

}  // namespace modelkin

#endif  // MODELKIN_APPS_PROGRAM_H_
