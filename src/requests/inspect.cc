#include "requests/inspect.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "checkpoint/weight_file_name.h"

namespace modelkin {
namespace {

// A config.json by itself, or a directory that holds nothing else of a model.
bool IsConfigAlone(const std::string& model, const Places& places) {
  if (IsConfigFile(model)) return true;
  if (!places.IsFolder(model)) return false;
  const std::vector<std::string> names = places.FilesIn(model);
  if (std::ranges::find(names, "config.json") == names.end()) return false;
  return std::ranges::none_of(names, [](const std::string& name) {
    return name.ends_with(".safetensors") || name.ends_with(".index.json") ||
           name.ends_with(".gguf") || IsTorchWeightName(name);
  });
}

[[noreturn]] void FailModel(const std::string& model, std::string_view message) {
  throw Error(ErrorKind::kBadInput, message, {.file = model, .tensor = {}, .offset_bytes = {}});
}

bool IsGguf(const std::string& model) { return model.ends_with(".gguf"); }

// A model whose files of weights have a configuration of their own, as GGUF files do.
std::shared_ptr<const OpenedModel> RequireOwnConfig(const std::string& model,
                                                    const RequestContext& context) {
  const bool has_gguf =
      IsGguf(model) || (context.places->IsFolder(model) &&
                        std::ranges::any_of(context.places->FilesIn(model), IsGguf));
  if (!has_gguf) FailModel(model, "there is no config.json");
  auto opened = OpenModel(model, {}, context.places);
  opened->RequireConfig();
  if (opened->config() == nullptr) FailModel(model, "there is no config.json");
  return opened;
}

}  // namespace

Inspection InspectModel(const std::string& model, const OpenOptions& opening,
                        const RequestContext& context) {
  const HeedStop heed(*context.stop);
  if (IsConfigAlone(model, *context.places)) {
    const auto config = FindModelConfig(model, *context.places);
    if (config == nullptr) FailModel(model, "no such file");
    return Inspect(model, nullptr, config.get());
  }
  OpenOptions with_names = opening;
  with_names.names_alone = true;
  const auto opened = OpenModel(model, with_names, context.places);
  opened->RequireConfig();
  return InspectOpened(*opened);
}

Inspection InspectOpened(const OpenedModel& model) {
  return Inspect(model.path(), &model.checkpoint(), model.components());
}

ConfigComparison CompareModelConfigs(const std::vector<std::string>& models,
                                     const RequestContext& context) {
  const HeedStop heed(*context.stop);
  std::vector<std::unique_ptr<const ModelConfig>> configs;
  std::vector<std::shared_ptr<const OpenedModel>> opened;
  std::vector<const ModelConfig*> pointers;
  for (const std::string& model : models) {
    configs.push_back(IsGguf(model) ? nullptr : FindModelConfig(model, *context.places));
    if (configs.back() == nullptr) {
      opened.push_back(RequireOwnConfig(model, context));
      pointers.push_back(opened.back()->config());
    } else {
      pointers.push_back(configs.back().get());
    }
  }
  return CompareConfigs(models, pointers);
}

TokenizerResults CompareTokenizerFiles(const std::string& a, const std::string& b,
                                       const RequestContext& context) {
  const HeedStop heed(*context.stop);
  const auto open = [&](const std::string& path) {
    return std::make_shared<const Tokenizer>(OpenTokenizer(path, *context.places));
  };
  auto first = open(a);
  return CompareTokenizersOf(std::move(first), open(b));
}

TokenizerResults CompareTokenizersOf(std::shared_ptr<const Tokenizer> a,
                                     std::shared_ptr<const Tokenizer> b) {
  TokenizerResults results{.a = std::move(a), .b = std::move(b), .comparison = {}};
  results.comparison = CompareTokenizers(*results.a, *results.b);
  return results;
}

}  // namespace modelkin
