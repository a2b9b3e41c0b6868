// Inspections of the components of a model, put together.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "architecture/inspection.h"
#include "base/escaped_text.h"

namespace modelkin {
namespace {

// Of the files, beyond which more say nothing new.
constexpr std::size_t kMostNotes = 100;

void AddCounts(const ParameterCount& more, ParameterCount& sum) {
  sum.total += more.total;
  for (std::size_t i = 0; i < kModuleKindCount; ++i) sum.by_module[i] += more.by_module[i];
}

void AddTypes(const std::map<std::string, StoredType>& more,
              std::map<std::string, StoredType>& sum) {
  for (const auto& [name, use] : more) {
    const auto [found, fresh] = sum.try_emplace(name, use);
    if (fresh) continue;
    StoredType& all = found->second;
    all.tensors += use.tensors;
    all.elements += use.elements;
    all.bytes += use.bytes;
    all.modules.insert(use.modules.begin(), use.modules.end());
  }
}

// A component of whose part config.json says nothing is no fault of the model's.
bool IsWorthSaying(const Finding& finding) { return finding.kind != FindingKind::kNoConfig; }

void Add(const ModelComponent& component, Inspection one, Inspection& all) {
  AddCounts(one.parameters, all.parameters);
  if (all.claimed && one.claimed) {
    AddCounts(*one.claimed, *all.claimed);
  } else {
    all.claimed.reset();
  }
  if (all.bytes && one.bytes) {
    *all.bytes += *one.bytes;
  } else {
    all.bytes.reset();
  }
  all.tensors += one.tensors;
  AddTypes(one.by_type, all.by_type);
  for (Finding& finding : one.findings) {
    if (!IsWorthSaying(finding)) continue;
    finding.message = Say("{}: {}", "{}: {}", ComponentName(component.kind), finding.message);
    all.findings.push_back(std::move(finding));
  }
}

InspectedComponent Summary(const ModelComponent& component, const Inspection& one) {
  std::optional<NamedParts> named;
  const bool by_name = one.names_only || (one.stored && one.family == nullptr);
  if (by_name && one.tensors > 0) named = NamedPartsOf(component);
  return {.kind = component.kind,
          .prefix = component.prefix,
          .model_type = one.model_type,
          .family = one.family,
          .spec = one.spec,
          .tensors = one.tensors,
          .bytes = one.bytes,
          .parameters = one.counted() ? std::optional(one.parameters) : std::nullopt,
          .claimed = one.claimed,
          .named = std::move(named)};
}

// Says of each component that it is another one's kind: which of the two is meant nothing says.
void AddRepeats(const std::vector<ModelComponent>& components, std::vector<Finding>& findings) {
  for (std::size_t i = 1; i < components.size(); ++i) {
    const ModelComponent& component = components[i];
    const auto end = components.begin() + static_cast<std::ptrdiff_t>(i);
    const auto first = std::find_if(components.begin(), end, [&](const ModelComponent& other) {
      return other.kind == component.kind;
    });
    if (first == end) continue;
    findings.push_back(
        {.kind = FindingKind::kNote,
         .message = Say("{}: {} and {} are two of one kind", "{}: {}와(과) {}은(는) 같은 종류 둘임",
                        ComponentName(component.kind), Printable(first->prefix),
                        Printable(component.prefix))});
  }
}

}  // namespace

Inspection Inspect(const std::string& model, const Checkpoint* checkpoint,
                   const ModelConfig* config) {
  return Inspect(model, checkpoint, SplitComponents(checkpoint, config));
}

Inspection Inspect(const std::string& model, const Checkpoint* checkpoint,
                   const std::vector<ModelComponent>& components) {
  Inspection all = InspectOne(model, components.front());
  all.components.push_back(Summary(components.front(), all));
  for (const ModelComponent& component : std::span(components).subspan(1)) {
    Inspection one = InspectOne(model, component);
    all.components.push_back(Summary(component, one));
    Add(component, std::move(one), all);
  }
  AddRepeats(components, all.findings);
  if (components.size() > 1 && checkpoint != nullptr) {
    for (const Said& warning : checkpoint->warnings()) {
      if (all.findings.size() >= kMostNotes) break;
      all.findings.push_back({.kind = FindingKind::kNote, .message = warning});
    }
    if (all.bytes && all.parameters.total > 0) {
      all.bits_per_weight =
          8 * static_cast<double>(*all.bytes) / static_cast<double>(all.parameters.total);
    }
  }
  return all;
}

}  // namespace modelkin
