#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/byte_amount.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/inspect_names.h"
#include "report/inspect_report.h"
#include "report/text_table.h"
#include "report/wrapped_text.h"

namespace modelkin {
namespace {

constexpr std::size_t kFirstFindings = 8;
constexpr std::size_t kFirstTypes = 4;
constexpr std::size_t kFirstUnplaced = 4;
constexpr std::size_t kIndent = 14;

// Lines that begin with what they are about.
class Facts {
 public:
  explicit Facts(const Screen& screen) : screen_(screen) {}
  // Adds nothing for no text.
  void Add(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    const std::string indented = fmt::format("  {}", label);
    text_ += Wrapped(text, {.width = screen_.width, .indent = kIndent, .label = indented});
  }
  std::string Text() && { return std::move(text_); }

 private:
  const Screen& screen_;
  std::string text_;
};

std::uint64_t CountOf(const ModelSpec& spec, std::string_view name) {
  return spec.Size(name).value_or(0);
}

std::string FamilyText(const Inspection& inspection) {
  if (inspection.family == nullptr) return "Unknown family";
  return fmt::format("{} ({})", inspection.family->title,
                     inspection.family_inferred ? "inferred" : Printable(inspection.model_type));
}

std::string ParametersText(const Inspection& inspection) {
  if (!inspection.counted()) return "";
  const std::uint64_t total = inspection.parameters.total;
  std::string text = FormatCount(total);
  if (inspection.active && *inspection.active != total) {
    text += fmt::format(", of which a token uses {}", FormatCount(*inspection.active));
  }
  if (!inspection.stored) {
    return text + (inspection.names_only ? ", as config.json has it: tensors are here by name alone"
                                         : ", as config.json has it: there are no tensors here");
  }
  return inspection.claimed && inspection.claimed->total != total
             ? text + fmt::format("; {} by config.json", FormatCount(inspection.claimed->total))
             : text;
}

std::string ComponentsText(const Inspection& inspection) {
  if (inspection.components.size() < 2) return "";
  std::vector<std::string> parts;
  for (const InspectedComponent& component : inspection.components) {
    const std::string share =
        component.parameters && inspection.counted()
            ? " " + FormatShare(component.parameters->total, inspection.parameters.total)
            : "";
    const std::string family =
        component.family == nullptr ? "" : fmt::format(" ({})", component.family->name);
    parts.push_back(fmt::format("{}{}{}", ComponentName(component.kind), share, family));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string LayersText(const Inspection& inspection) {
  if (!inspection.spec) return "";
  const ModelSpec& spec = *inspection.spec;
  std::vector<std::string> kinds;
  for (const LayerKind kind :
       {LayerKind::kDense, LayerKind::kExperts, LayerKind::kNoMlp, LayerKind::kPrediction}) {
    const std::uint64_t count = spec.CountLayers(kind);
    if (count > 0) kinds.push_back(fmt::format("{} {}", FormatCount(count), LayerKindName(kind)));
  }
  std::string text = fmt::format("{}", fmt::join(kinds, ", "));
  if (CountOf(spec, "experts") > 0) {
    text += fmt::format("; {} of {} experts at a time", CountOf(spec, "experts_per_token"),
                        FormatCount(CountOf(spec, "experts")));
  }
  return text;
}

std::string SizeText(const Inspection& inspection) {
  if (!inspection.spec) return "";
  const ModelSpec& spec = *inspection.spec;
  std::string text = fmt::format("{} wide", FormatCount(CountOf(spec, "residual")));
  if (const std::uint64_t vocab = CountOf(spec, "vocab"); vocab > 0) {
    text += fmt::format(", a vocabulary of {}", FormatCount(vocab));
  }
  return text;
}

std::string ContextText(const Inspection& inspection) {
  if (!inspection.spec) return "";
  const std::uint64_t positions = CountOf(*inspection.spec, "positions");
  std::string text = positions > 0 ? fmt::format("{} tokens", FormatCount(positions)) : "";
  if (!inspection.cache || inspection.cache->bytes_per_token == 0) return text;
  text += fmt::format("{}KV cache {} a token", text.empty() ? "" : "; ",
                      FormatBytes(inspection.cache->bytes_per_token));
  if (const auto bytes = inspection.cache->at_full_context_bytes) {
    text += fmt::format(", {} at full length", FormatBytes(*bytes));
  }
  return text;
}

// "text: 28 layers (model.layers.); dense MLP gated": of each component, where names say all that
// is known.
std::string NamesText(const Inspection& inspection) {
  if (!inspection.names_only) return "";
  std::vector<std::string> parts;
  for (const InspectedComponent& component : inspection.components) {
    if (!component.named) continue;
    std::vector<std::string> words = {FormatQuantity(component.tensors, "tensor")};
    if (std::string told = NamedPartsText(*component.named); !told.empty()) {
      words.push_back(std::move(told));
    }
    if (const std::string unplaced = UnplacedText(*component.named, kFirstUnplaced);
        !unplaced.empty()) {
      words.push_back("not placed: " + unplaced);
    }
    parts.push_back(fmt::format(
        "{}{}: {}", ComponentName(component.kind),
        component.prefix.empty() ? "" : fmt::format(" ({})", Printable(component.prefix, 48)),
        fmt::join(words, "; ")));
  }
  return fmt::format("{}", fmt::join(parts, "\n"));
}

// "2.75 MB in 129 tensors: BF16", types that take most bytes first.
std::string WeightsText(const Inspection& inspection) {
  if (!inspection.bytes) return "";
  std::string text = FormatBytes(*inspection.bytes);
  if (inspection.stored)
    text += fmt::format(" in {}", FormatQuantity(inspection.tensors, "tensor"));
  if (!inspection.stored) text += " expected";
  std::vector<std::pair<std::uint64_t, std::string>> types;
  types.reserve(inspection.by_type.size());
  for (const auto& [type, use] : inspection.by_type) types.emplace_back(use.bytes, type);
  std::ranges::stable_sort(types, std::ranges::greater(),
                           [](const auto& type) { return type.first; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(types.size(), kFirstTypes); ++i) {
    names.push_back(types.size() == 1
                        ? types[i].second
                        : fmt::format("{} {}", types[i].second,
                                      FormatShare(types[i].first, *inspection.bytes)));
  }
  if (types.size() > kFirstTypes) {
    names.push_back(fmt::format("{} more", types.size() - kFirstTypes));
  }
  if (!names.empty()) text += fmt::format(": {}", fmt::join(names, ", "));
  const bool coded = std::ranges::any_of(
      inspection.by_type, [](const auto& entry) { return !entry.second.dtype.has_value(); });
  if (inspection.bits_per_weight && coded) {
    text += fmt::format("; {:.2f} bits a weight{}", *inspection.bits_per_weight,
                        inspection.mix.empty() ? "" : fmt::format(" ({})", inspection.mix));
  }
  return text;
}

// Whether files and config.json, or what is known of the family, don't agree.
bool IsFault(FindingKind kind) {
  return kind == FindingKind::kContradiction || kind == FindingKind::kMissing ||
         kind == FindingKind::kBadValue || kind == FindingKind::kUnexplained;
}

// What is wrong, first; then what is odd.
std::string FindingsText(const Inspection& inspection, const Screen& screen) {
  std::vector<const Finding*> findings;
  findings.reserve(inspection.findings.size());
  for (const Finding& finding : inspection.findings) findings.push_back(&finding);
  std::ranges::stable_partition(findings,
                                [](const Finding* finding) { return IsFault(finding->kind); });
  std::string text;
  for (std::size_t i = 0; i < std::min(findings.size(), kFirstFindings); ++i) {
    const bool fault = IsFault(findings[i]->kind);
    std::string kind(FindingKindName(findings[i]->kind));
    std::ranges::replace(kind, '_', ' ');
    const std::string line =
        fmt::format("{}: {}", fault ? screen.style.Bad(kind) : kind, findings[i]->message.english);
    text += Wrapped(line, {.width = screen.width, .indent = 4, .label = fault ? "  !" : "  -"});
  }
  if (findings.size() > kFirstFindings) {
    text += fmt::format("    and {} more (--details)\n", findings.size() - kFirstFindings);
  }
  return text;
}

}  // namespace

void WriteInspectText(const Inspection& inspection, const Screen& screen, const TextSink& sink) {
  if (screen.details) return WriteInspectDetails(inspection, screen.style, sink);
  const std::string model = Printable(inspection.model, 1024);
  sink(Wrapped(fmt::format("{}  {}", screen.style.Bold(FamilyText(inspection)), model),
               {.width = screen.width}));
  Facts facts(screen);
  facts.Add("Parameters", ParametersText(inspection));
  facts.Add("Components", ComponentsText(inspection));
  facts.Add("Layers", LayersText(inspection));
  facts.Add("Size", SizeText(inspection));
  facts.Add("Context", ContextText(inspection));
  facts.Add("Weights", WeightsText(inspection));
  facts.Add("Names", NamesText(inspection));
  if (inspection.findings.empty() && inspection.stored && inspection.spec) {
    facts.Add("Findings", "none: config.json and tensors agree, and every tensor is explained");
  }
  sink("\n" + std::move(facts).Text());
  if (const std::string findings = FindingsText(inspection, screen); !findings.empty()) {
    sink("\n" + screen.style.Bold("Findings") + "\n" + findings);
  }
  sink("\n" + screen.style.Dim(Wrapped("More: --details (blocks, parameters by module and layer, "
                                       "memory by type) | --json",
                                       {.width = screen.width, .indent = 2})));
}

}  // namespace modelkin
