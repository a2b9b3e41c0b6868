#include "requests/session.h"

#include "kernels/simd_target.h"

namespace modelkin {

RunRecord RecordOf(const std::string& command, const Session& session) {
  return {.command = command,
          .arguments = session.arguments,
          .threads = session.threads,
          .simd_target = ActiveSimdTarget()};
}

}  // namespace modelkin
