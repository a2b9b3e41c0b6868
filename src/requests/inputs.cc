#include "requests/inputs.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace modelkin {

void Inputs::Add(InputRole role, const std::vector<std::string>& paths, const OpenOptions& options,
                 const RequestContext& context) {
  const bool is_numbered = role != InputRole::kA && role != InputRole::kB;
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    all_.push_back({.id = {.role = role, .number = is_numbered ? i + 1 : 0},
                    .model = OpenModel(paths[i], options, context.places)});
  }
}

Inputs Inputs::Open(const ModelPaths& paths, const OpenOptions& options,
                    const RequestContext& context) {
  Inputs inputs;
  inputs.Add(InputRole::kA, {paths.a}, options, context);
  inputs.Add(InputRole::kB, {paths.b}, options, context);
  inputs.Add(InputRole::kControl, paths.controls, options, context);
  inputs.Add(InputRole::kParent, paths.parents, options, context);
  return inputs;
}

Inputs Inputs::OpenOneOrMore(const ModelPaths& paths, const OpenOptions& options,
                             const RequestContext& context) {
  if (!paths.b.empty()) return Open(paths, options, context);
  Inputs inputs;
  inputs.Add(InputRole::kA, {paths.a}, options, context);
  return inputs;
}

Inputs Inputs::OpenSeries(const std::vector<std::string>& paths, const OpenOptions& options,
                          const RequestContext& context) {
  Inputs inputs;
  inputs.Add(InputRole::kSeries, paths, options, context);
  return inputs;
}

Inputs Inputs::OfOpened(
    std::pair<std::shared_ptr<const OpenedModel>, std::shared_ptr<const OpenedModel>> models) {
  Inputs inputs;
  inputs.all_ = {{.id = {.role = InputRole::kA}, .model = std::move(models.first)},
                 {.id = {.role = InputRole::kB}, .model = std::move(models.second)}};
  return inputs;
}

Inputs Inputs::OpenBesideMany(const std::string& b, const std::vector<std::string>& controls,
                              const OpenOptions& options, const RequestContext& context) {
  Inputs inputs;
  inputs.Add(InputRole::kB, {b}, options, context);
  inputs.Add(InputRole::kControl, controls, options, context);
  return inputs;
}

Inputs Inputs::OfReference(std::shared_ptr<const OpenedModel> model, std::uint32_t number) {
  Inputs inputs;
  inputs.all_ = {
      {.id = {.role = InputRole::kReference, .number = number}, .model = std::move(model)}};
  return inputs;
}

Inputs Inputs::WithA(std::shared_ptr<const OpenedModel> a) const {
  Inputs inputs = *this;
  inputs.all_.insert(inputs.all_.begin(), {.id = {.role = InputRole::kA}, .model = std::move(a)});
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

std::string Inputs::ShortNames() const {
  std::string names;
  for (const Input& input : all_) {
    if (input.id.role == InputRole::kControl || input.id.role == InputRole::kParent) continue;
    const std::filesystem::path path(input.model->path());
    names += names.empty() ? "" : ", ";
    names += (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  return names;
}

std::vector<InputRecord> Inputs::Describe(DigestPolicy policy,
                                          const RequestContext& context) const {
  context.progress->BeginPart(ShortNames(), 0, 0);
  std::vector<InputRecord> records;
  records.reserve(all_.size());
  for (const Input& input : all_) {
    InputRecord& record = records.emplace_back(
        DescribeInput(*input.model, input.id, policy, context.threads, *context.progress));
    if (auto warning = ConfigWarning(*input.model)) record.warnings.push_back(std::move(*warning));
  }
  return records;
}

std::string Inputs::Versions(const std::vector<InputRecord>& records) const {
  std::string text;
  for (const Input& input : all_) {
    for (const Component component : input.model->opening().components) {
      text += fmt::format("{} of {}\n", ComponentName(component), input.id.Name());
    }
  }
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Input& input = all_[i];
    const ModelConfig* const config = input.model->config();
    text += fmt::format("{} {}\n", config == nullptr ? "" : config->file(),
                        input.model->config_version());
    const auto& files = input.checkpoint().files();
    for (std::size_t k = 0; k < files.size(); ++k) {
      const ByteSource& file = *files[k].source;
      text += fmt::format("{} {} {} {} {}\n", input.id.Name(), file.label(), file.size_bytes(),
                          records[i].files[k].header_sha256, file.Version());
    }
  }
  return text;
}

void Inputs::RequireUnchanged() const {
  for (const Input& input : all_) input.checkpoint().RequireUnchanged();
}

}  // namespace modelkin
