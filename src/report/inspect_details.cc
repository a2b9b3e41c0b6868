#include <fmt/format.h>

#include <algorithm>

#include "base/byte_amount.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "base/progress.h"
#include "report/inspect_names.h"
#include "report/inspect_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

constexpr std::size_t kListedFindings = 30;
constexpr std::size_t kListedUnplaced = 40;

std::string HeadText(const Inspection& inspection, const TextStyle& style) {
  const std::string family =
      inspection.family != nullptr
          ? fmt::format("{} ({})", inspection.family->title,
                        inspection.family_inferred ? "inferred" : inspection.model_type)
          : "unknown family";
  std::string text = fmt::format("{}  {}\n", style.Bold(family), Printable(inspection.model));
  if (inspection.counted()) {
    text += "  " + FormatQuantity(inspection.parameters.total, "parameter");
    if (inspection.active && *inspection.active != inspection.parameters.total) {
      text += fmt::format(", {} of them active for a token", FormatCount(*inspection.active));
    }
    text += inspection.stored       ? ", as stored\n"
            : inspection.names_only ? ", as config.json has it; tensors by name alone here\n"
                                    : ", as config.json has it; no tensors here\n";
  }
  return text;
}

std::string ComponentsText(const Inspection& inspection, const TextStyle& style) {
  if (inspection.components.size() < 2) return "";
  TextTable table(
      {"component", "family", "tensors", "parameters", "", "config.json", "names begin"});
  for (const InspectedComponent& component : inspection.components) {
    const bool counted = component.parameters.has_value();
    const std::uint64_t total = counted ? component.parameters->total : 0;
    const bool differs = component.claimed && component.claimed->total != total;
    table.AddRow({std::string(ComponentName(component.kind)),
                  component.family == nullptr ? "not known" : std::string(component.family->name),
                  inspection.stored || inspection.names_only ? FormatCount(component.tensors) : "",
                  counted ? FormatCount(total) : "not known",
                  inspection.counted() ? FormatShare(total, inspection.parameters.total) : "",
                  !inspection.stored || !component.claimed ? ""
                  : differs                                ? FormatCount(component.claimed->total)
                                                           : "=",
                  Printable(component.prefix, 48)});
  }
  return "\n" + table.Render(style);
}

// What names say of each component, if that is all that is known of it.
std::string NamesText(const Inspection& inspection, const TextStyle& style) {
  std::string text;
  for (const InspectedComponent& component : inspection.components) {
    if (!component.named) continue;
    text += fmt::format("\n{}\n",
                        style.Bold(fmt::format("Names of {}", ComponentName(component.kind))));
    if (const std::string told = NamedPartsText(*component.named); !told.empty()) {
      text += fmt::format("  {}\n", told);
    }
    for (const auto& [module, tensors] : component.named->tensors) {
      text +=
          fmt::format("    {:<20} {}\n", ModuleKindName(module), FormatQuantity(tensors, "tensor"));
    }
    const std::string unplaced = UnplacedText(*component.named, kListedUnplaced);
    if (!unplaced.empty()) text += fmt::format("  not placed: {}\n", unplaced);
  }
  return text;
}

std::string ParametersText(const Inspection& inspection, const TextStyle& style) {
  const ParameterCount& count = inspection.parameters;
  if (!inspection.counted()) return "";
  const bool both = inspection.claimed && inspection.stored;
  TextTable table({inspection.family == nullptr ? "parameters (inferred)" : "parameters", "", "",
                   both ? "config.json" : ""});
  const auto row = [&](std::string_view name, std::uint64_t stored,
                       std::optional<std::uint64_t> claimed) {
    const bool differs = inspection.stored && claimed && *claimed != stored;
    table.AddRow({std::string(name), FormatCount(stored), FormatShare(stored, count.total),
                  differs                        ? FormatCount(*claimed)
                  : inspection.stored && claimed ? "="
                                                 : ""});
  };
  for (std::size_t i = 0; i < kModuleKindCount; ++i) {
    const auto module = static_cast<ModuleKind>(i);
    const auto claimed =
        inspection.claimed ? std::optional(inspection.claimed->Of(module)) : std::nullopt;
    if (count.Of(module) == 0 && claimed.value_or(0) == 0) continue;
    row(ModuleKindName(module), count.Of(module), claimed);
  }
  row("total", count.total,
      inspection.claimed ? std::optional(inspection.claimed->total) : std::nullopt);
  if (count.without_prediction() != count.total) {
    row("without multi-token prediction", count.without_prediction(),
        inspection.claimed ? std::optional(inspection.claimed->without_prediction())
                           : std::nullopt);
  }
  std::string text = "\n" + table.Render(style);
  if (!inspection.active) return text;
  const ParameterCount of_text = inspection.components.front().parameters.value_or(count);
  const std::uint64_t embedding = of_text.Of(ModuleKind::kEmbedding);
  const std::uint64_t head = of_text.Of(ModuleKind::kHead);
  text += fmt::format("\n  active for a token  {} with embedding and head\n",
                      FormatCount(*inspection.active));
  text += fmt::format("                      {} without the embedding\n",
                      FormatCount(*inspection.active - embedding));
  text += fmt::format("                      {} without either\n",
                      FormatCount(*inspection.active - embedding - head));
  return text;
}

std::string LayersText(const Inspection& inspection, const TextStyle& style) {
  if (!inspection.spec) return "";
  TextTable table({"layers", "kind", "parameters each"});
  for (const LayerRun& run : LayerRuns(*inspection.spec, inspection.parameters)) {
    table.AddRow({run.first == run.last ? fmt::format("{}", run.first)
                                        : fmt::format("{}-{}", run.first, run.last),
                  std::string(LayerKindName(run.kind)), FormatCount(run.parameters)});
  }
  return "\n" + table.Render(style);
}

// "    Q4_K               71.2 MB in 210 tensors: attention, dense MLP".
std::string TypeLine(const std::string& type, const StoredType& use) {
  std::string components;
  for (const ModuleKind module : use.modules) {
    std::string name(ModuleKindName(module));
    std::ranges::replace(name, '_', ' ');
    components += (components.empty() ? ": " : ", ") + name;
  }
  return fmt::format("    {:<18} {} in {}{}\n", type, FormatBytes(use.bytes),
                     FormatQuantity(use.tensors, "tensor"), components);
}

bool IsCoded(const Inspection& inspection) {
  return std::ranges::any_of(inspection.by_type,
                             [](const auto& entry) { return !entry.second.dtype.has_value(); });
}

std::string MemoryText(const Inspection& inspection, const TextStyle& style) {
  std::string text;
  if (inspection.bytes) {
    text += fmt::format("  weights              {}{}\n", FormatBytes(*inspection.bytes),
                        inspection.stored ? "" : " expected");
  }
  for (const auto& [type, use] : inspection.by_type) text += TypeLine(type, use);
  if (inspection.bits_per_weight && IsCoded(inspection)) {
    text += fmt::format("  bits a weight        {:.2f}{}\n", *inspection.bits_per_weight,
                        inspection.mix.empty() ? "" : fmt::format(" ({})", inspection.mix));
  }
  if (inspection.cache && inspection.cache->bytes_per_token > 0) {
    text += fmt::format("  KV cache             {} a token",
                        FormatBytes(inspection.cache->bytes_per_token));
    if (const auto bytes = inspection.cache->at_full_context_bytes) {
      text += fmt::format(", {} at {} tokens", FormatBytes(*bytes),
                          FormatCount(inspection.spec->Size("positions").value_or(0)));
    }
    if (!DTypeOfTorchType(inspection.spec->dtype)) {
      text += fmt::format(", at {} bytes a value (config.json names no type)",
                          inspection.cache->bytes_per_value);
    }
    text += '\n';
  }
  return text.empty() ? text : "\n" + style.Bold("Memory") + "\n" + text;
}

std::string FindingsText(const Inspection& inspection, const TextStyle& style) {
  if (inspection.findings.empty()) {
    return inspection.stored && inspection.spec
               ? "\nconfig.json and tensors agree; every tensor is explained.\n"
               : "";
  }
  std::string text = "\n" + style.Bold("Findings") + "\n";
  for (std::size_t i = 0; i < std::min(inspection.findings.size(), kListedFindings); ++i) {
    std::string kind(FindingKindName(inspection.findings[i].kind));
    std::ranges::replace(kind, '_', ' ');
    text += fmt::format("  {}: {}\n", kind, inspection.findings[i].message.english);
  }
  if (inspection.findings.size() > kListedFindings) {
    text += fmt::format("  and {} more (--json lists all)\n",
                        inspection.findings.size() - kListedFindings);
  }
  return text;
}

}  // namespace

void WriteInspectDetails(const Inspection& inspection, const TextStyle& style,
                         const TextSink& sink) {
  sink(HeadText(inspection, style));
  if (inspection.spec) sink("\n" + BlockDiagram(inspection));
  sink(ComponentsText(inspection, style));
  sink(ParametersText(inspection, style));
  sink(LayersText(inspection, style));
  sink(NamesText(inspection, style));
  sink(MemoryText(inspection, style));
  sink(FindingsText(inspection, style));
}

}  // namespace modelkin
