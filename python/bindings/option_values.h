// Values of options that Python gives as words.
#ifndef MODELKIN_PYTHON_OPTION_VALUES_H_
#define MODELKIN_PYTHON_OPTION_VALUES_H_

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/escaped_text.h"
#include "requests/trace.h"

namespace modelkin {

// Returns where `name` is among `names`. Throws Error(kUsage), which lists them.
template <std::size_t kCount>
std::size_t PlaceOf(const std::array<std::string_view, kCount>& names, const std::string& option,
                    const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string known;
  for (const std::string_view one : names) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", one);
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("{} is one of {}, not {}", option, known, Printable(name)));
}

// The value of an option by its name. Throws Error(kUsage) for a name that there is not.
template <class Enum, std::size_t kCount>
Enum ValueOf(const std::array<std::string_view, kCount>& names, const std::string& option,
             const std::string& name) {
  return static_cast<Enum>(PlaceOf(names, option, name));
}

struct TraceSettingsInWords {
  std::string effort, heritage;
  std::uint64_t rows, units, permutations, seed;
  bool fingerprints;

  TraceOptions Options() const {
    return {.effort = ValueOf<Effort>(kEffortNames, "effort", effort),
            .most_rows = rows,
            .most_units = units,
            .fingerprints = fingerprints ? FingerprintExtent::kAll : FingerprintExtent::kNone,
            .heritage = ValueOf<HeritageExtent>(kHeritageExtentNames, "heritage", heritage),
            .seed = seed,
            .draws = permutations};
  }
};

}  // namespace modelkin

#endif  // MODELKIN_PYTHON_OPTION_VALUES_H_
