#include "checkpoint/input_id.h"

#include <fmt/format.h>

namespace modelkin {

std::string InputId::Name() const {
  switch (role) {
    case InputRole::kA: return "a";
    case InputRole::kB: return "b";
    case InputRole::kControl: return fmt::format("control_{}", number);
    case InputRole::kParent: return fmt::format("parent_{}", number);
    case InputRole::kReference: return fmt::format("reference_{}", number);
    case InputRole::kSeries: break;
  }
  return fmt::format("s{}", number);
}

std::string InputId::Label() const {
  switch (role) {
    case InputRole::kA: return "A";
    case InputRole::kB: return "B";
    case InputRole::kControl: return fmt::format("C{}", number);
    case InputRole::kParent: return fmt::format("P{}", number);
    case InputRole::kReference: return fmt::format("R{}", number);
    case InputRole::kSeries: break;
  }
  return fmt::format("S{}", number);
}

}  // namespace modelkin
