#include "version_text.h"

#include <fmt/format.h>

#include "base/error.h"
#include "kernels/simd_target.h"
#include "linalg/blas.h"
#include "requests/tool_version.h"

namespace modelkin {
namespace {

std::string BlasText() {
  try {
    return fmt::format("OpenBLAS, kernels for {}", LoadedBlas().corename());
  } catch (const Error&) {
    return "OpenBLAS, which is not installed here";
  }
}

}  // namespace

std::string VersionText() {
  std::string others;
  for (const std::string& target : SupportedSimdTargets()) {
    if (target != ActiveSimdTarget()) others += (others.empty() ? "" : ", ") + target;
  }
  return fmt::format("modelkin {} (commit {})\ninstruction set: {}{}\nlinear algebra: {}",
                     kToolVersion, BuildCommit(), ActiveSimdTarget(),
                     others.empty() ? "" : fmt::format(" (also here: {})", others), BlasText());
}

}  // namespace modelkin
