#include "model_opening.h"

#include <fmt/format.h>

#include "architecture/family_choice.h"
#include "architecture/model_config.h"
#include "base/error.h"

namespace modelkin {

OpenedModel OpenModel(const std::string& path, const OpenOptions& options) {
  OpenedModel model{
      .checkpoint = OpenCheckpoint(path, options), .spec = {}, .warnings = {}, .config_file = {}};
  std::vector<Finding> findings;
  try {
    const auto config = FindModelConfig(path);
    if (config != nullptr) model.config_file = config->file();
    const Family* const family =
        config != nullptr ? ChooseFamily(*config, &model.checkpoint) : nullptr;
    if (family != nullptr) model.spec = ResolveSpec(*config, *family, findings);
  } catch (const Error& error) {
    if (error.is_failure_of_system()) throw;
    findings.push_back({.kind = FindingKind::kBadValue,
                        .message = fmt::format("config.json {}", error.message())});
  }
  if (!model.spec && !findings.empty()) {
    model.warnings.push_back(
        fmt::format("{}: its tensors are paired by name alone", findings.front().message));
  }
  return model;
}

std::string InputId(std::size_t index) {
  return index == 0 ? "a" : index == 1 ? "b" : fmt::format("control_{}", index - 1);
}

}  // namespace modelkin
