#include "requests/request_context.h"

#include "kernels/simd_target.h"

namespace modelkin {

RunRecord RecordOf(const std::string& command, const RequestContext& context) {
  return {.command = command,
          .arguments = context.arguments,
          .threads = context.threads,
          .simd_target = ActiveSimdTarget()};
}

}  // namespace modelkin
