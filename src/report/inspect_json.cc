#include <algorithm>

#include "report/inspect_report.h"
#include "report/json_output.h"

namespace modelkin {
namespace {

// Patterns of names, of each component.
constexpr std::size_t kMostUnplaced = 200;

Json ModulesJson(const ParameterCount& count) {
  Json modules = Json::object();
  for (std::size_t i = 0; i < kModuleKindCount; ++i) {
    if (count.by_module[i] == 0) continue;
    modules[std::string(ModuleKindName(static_cast<ModuleKind>(i)))] = count.by_module[i];
  }
  return modules;
}

Json ParametersJson(const Inspection& inspection) {
  if (!inspection.counted()) return nullptr;
  const ParameterCount& count = inspection.parameters;
  Json layers = Json::array();
  if (inspection.spec) {
    for (const LayerRun& run : LayerRuns(*inspection.spec, count)) {
      layers.push_back({{"first", run.first},
                        {"last", run.last},
                        {"kind", LayerKindName(run.kind)},
                        {"parameters_each", run.parameters}});
    }
  }
  const auto without = [&](std::uint64_t part) {
    return inspection.active ? Json(*inspection.active - part) : Json(nullptr);
  };
  // Of the text model: images and sound are in no token.
  const ParameterCount text = inspection.components.front().parameters.value_or(count);
  const std::uint64_t embedding = text.Of(ModuleKind::kEmbedding);
  return {{"source", inspection.stored ? "tensors" : "config"},
          {"total", count.total},
          {"without_multi_token_prediction", count.without_prediction()},
          {"active", OrNull(inspection.active)},
          {"active_without_embedding", without(embedding)},
          {"active_without_embedding_and_head", without(embedding + text.Of(ModuleKind::kHead))},
          {"by_component", ModulesJson(count)},
          {"by_layer", std::move(layers)},
          {"expected_by_config", inspection.claimed
                                     ? Json{{"total", inspection.claimed->total},
                                            {"by_component", ModulesJson(*inspection.claimed)}}
                                     : Json(nullptr)}};
}

Json SizesJson(const ModelSpec& spec) {
  Json sizes = Json::object();
  for (const auto& [name, size] : spec.sizes) {
    sizes[std::string(name)] = {{"value", size.value},
                                {"config_key", size.key.empty() ? Json(nullptr) : Json(size.key)}};
  }
  return sizes;
}

Json ArchitectureJson(const Inspection& inspection) {
  if (!inspection.spec) return nullptr;
  const ModelSpec& spec = *inspection.spec;
  Json flags = Json::array();
  for (const std::string_view flag : spec.flags) flags.push_back(flag);
  return {
      {"sizes", SizesJson(spec)},
      {"flags", std::move(flags)},
      {"norm", spec.family->norm},
      {"attention", spec.family->attention},
      {"router", spec.family->router.empty() ? Json(nullptr) : Json(spec.family->router)},
      {"rotary_dims", spec.rotary.dims},
      {"rotary_theta", spec.rotary.theta > 0 ? Json(spec.rotary.theta) : Json(nullptr)},
      {"rotary_scaling", spec.rotary.scaling.empty() ? Json(nullptr) : Json(spec.rotary.scaling)},
      {"window", OrNull(spec.window)},
      {"windowed_layers", spec.CountWindowedLayers()}};
}

Json MemoryJson(const Inspection& inspection) {
  Json by_dtype = Json::object();
  for (const auto& [type, use] : inspection.by_type) {
    Json components = Json::array();
    for (const ModuleKind module : use.modules) components.push_back(ModuleKindName(module));
    by_dtype[type] = {{"tensors", use.tensors},
                      {"elements", use.elements},
                      {"bytes", use.bytes},
                      {"components", std::move(components)}};
  }
  const auto of_cache = [&](std::uint64_t CacheSize::*size) {
    return inspection.cache ? Json((*inspection.cache).*size) : Json(nullptr);
  };
  return {{"weight_bytes", OrNull(inspection.bytes)},
          {"bits_per_weight", OrNull(inspection.bits_per_weight)},
          {"mix", inspection.mix.empty() ? Json(nullptr) : Json(inspection.mix)},
          {"by_dtype", std::move(by_dtype)},
          {"key_value_bytes_per_value", of_cache(&CacheSize::bytes_per_value)},
          {"key_value_bytes_per_token", of_cache(&CacheSize::bytes_per_token)},
          {"key_value_bytes_at_full_context",
           inspection.cache ? OrNull(inspection.cache->at_full_context_bytes) : Json(nullptr)}};
}

// Null where a family and shapes say more.
Json NamedJson(const std::optional<NamedParts>& named) {
  if (!named) return nullptr;
  Json stacks = Json::array(), unplaced = Json::array();
  for (const LayerStack& stack : named->stacks) {
    stacks.push_back({{"prefix", stack.prefix}, {"layers", stack.layers}});
  }
  for (std::size_t i = 0; i < std::min(named->unplaced.size(), kMostUnplaced); ++i) {
    const NamesAlike& alike = named->unplaced[i];
    unplaced.push_back({{"pattern", alike.pattern}, {"tensors", alike.tensors}});
  }
  Json mlps = Json::object(), tensors = Json::object();
  for (const auto& [module, form] : named->mlps) {
    mlps[std::string(ModuleKindName(module))] = MlpFormName(form);
  }
  for (const auto& [module, count] : named->tensors) {
    tensors[std::string(ModuleKindName(module))] = count;
  }
  return {{"stacks", std::move(stacks)},
          {"experts", named->experts},
          {"mlps", std::move(mlps)},
          {"tensors", std::move(tensors)},
          {"unplaced", std::move(unplaced)}};
}

Json InspectedJson(const InspectedComponent& component) {
  return {
      {"component", ComponentName(component.kind)},
      {"prefix", component.prefix},
      {"model_type", component.model_type.empty() ? Json(nullptr) : Json(component.model_type)},
      {"family", component.family == nullptr ? Json(nullptr) : Json(component.family->name)},
      {"sizes", component.spec ? SizesJson(*component.spec) : Json(nullptr)},
      {"tensors", component.tensors},
      {"bytes", OrNull(component.bytes)},
      {"parameters", component.parameters ? Json(component.parameters->total) : Json(nullptr)},
      {"parts", component.parameters ? ModulesJson(*component.parameters) : Json(nullptr)},
      {"expected_by_config", component.claimed ? Json(component.claimed->total) : Json(nullptr)},
      {"named", NamedJson(component.named)}};
}

Json FindingJson(const Finding& finding) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
  };
  return {{"kind", FindingKindName(finding.kind)},
          {"message", finding.message.english},
          {"config_key", text(finding.config_key)},
          {"config_value", text(finding.config_value)},
          {"tensor", text(finding.tensor)},
          {"tensor_value", text(finding.tensor_value)},
          {"tensors", finding.tensors}};
}

}  // namespace

void WriteInspectJson(const Inspection& inspection, const TextSink& sink, JsonDetail detail) {
  JsonObjectWriter out(sink, detail);
  out.Member("schema_version", "1.3");
  out.Member("tool", ToolJson());
  out.Member("model", inspection.model);
  out.Member("model_type",
             inspection.model_type.empty() ? Json(nullptr) : Json(inspection.model_type));
  out.Member("family",
             inspection.family != nullptr ? Json(inspection.family->name) : Json(nullptr));
  out.Member("inferred",
             inspection.family == nullptr && (inspection.stored || inspection.names_only));
  out.Member("names_only", inspection.names_only);
  out.Member("tensors", inspection.tensors);
  Json components = Json::array();
  for (const InspectedComponent& component : inspection.components) {
    components.push_back(InspectedJson(component));
  }
  out.Member("components", components);
  out.Member("architecture", ArchitectureJson(inspection));
  out.Member("parameters", ParametersJson(inspection));
  out.Member("memory", MemoryJson(inspection));
  auto next = inspection.findings.begin();
  out.ArrayMember("findings", [&](Json& item) {
    if (next == inspection.findings.end()) return false;
    item = FindingJson(*next++);
    return true;
  });
  out.End();
}

}  // namespace modelkin
