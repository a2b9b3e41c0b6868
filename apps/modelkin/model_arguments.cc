#include "model_arguments.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

// By the file or folder, whatever links and dots lead there; of what is elsewhere by its name.
bool IsSame(const std::string& a, const std::string& b) {
  if (a == b) return true;
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

}  // namespace

void RequireReferenceModels(const std::string& a, const std::string& b,
                            const std::vector<std::string>& controls) {
  for (const std::string& control : controls) {
    if (!IsSame(control, a) && !IsSame(control, b)) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("--control {} is one of the two models: name one that is related to "
                            "neither",
                            Printable(control)));
  }
}

}  // namespace modelkin
