#include "requests/inputs.h"

#include <utility>

namespace modelkin {

std::vector<std::string> ModelPaths::All() const {
  std::vector<std::string> all = {a};
  if (!b.empty()) all.push_back(b);
  for (const auto* const more : {&controls, &parents}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  return all;
}

void Inputs::Add(InputRole role, const std::vector<std::string>& paths, const OpenOptions& options,
                 const Session& session) {
  const bool is_numbered = role != InputRole::kA && role != InputRole::kB;
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    all_.push_back({.id = {.role = role, .number = is_numbered ? i + 1 : 0},
                    .model = OpenModel(paths[i], options, session.places)});
  }
}

Inputs Inputs::Open(const ModelPaths& paths, const OpenOptions& options, const Session& session) {
  Inputs inputs;
  inputs.Add(InputRole::kA, {paths.a}, options, session);
  if (!paths.b.empty()) inputs.Add(InputRole::kB, {paths.b}, options, session);
  inputs.Add(InputRole::kControl, paths.controls, options, session);
  inputs.Add(InputRole::kParent, paths.parents, options, session);
  return inputs;
}

Inputs Inputs::OpenSeries(const std::vector<std::string>& paths, const OpenOptions& options,
                          const Session& session) {
  Inputs inputs;
  inputs.Add(InputRole::kSeries, paths, options, session);
  return inputs;
}

std::vector<const Input*> Inputs::Of(InputRole role) const {
  std::vector<const Input*> found;
  for (const Input& input : all_) {
    if (input.id.role == role) found.push_back(&input);
  }
  return found;
}

Inputs Inputs::WithoutParents() const {
  Inputs rest = *this;
  std::erase_if(rest.all_, [](const Input& input) { return input.id.role == InputRole::kParent; });
  return rest;
}

std::vector<InputRecord> Inputs::Describe(DigestPolicy policy, const Session& session) const {
  std::vector<InputRecord> records;
  records.reserve(all_.size());
  for (const Input& input : all_) {
    InputRecord& record = records.emplace_back(
        DescribeInput(*input.model, input.id, policy, session.threads, *session.progress));
    if (auto warning = ConfigWarning(*input.model)) record.warnings.push_back(std::move(*warning));
  }
  return records;
}

void Inputs::RequireUnchanged() const {
  for (const Input& input : all_) input.checkpoint().RequireUnchanged();
}

}  // namespace modelkin
