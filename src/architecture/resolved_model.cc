#include "architecture/resolved_model.h"

#include "architecture/family_choice.h"

namespace modelkin {

ResolvedModel ResolveModel(const ModelConfig& config, const Checkpoint* checkpoint,
                           Component component) {
  ResolvedModel resolved;
  resolved.family = ChooseFamily(config, checkpoint, component);
  if (resolved.family == nullptr) return resolved;
  resolved.spec = ResolveSpec(config, *resolved.family, resolved.findings);
  return resolved;
}

}  // namespace modelkin
