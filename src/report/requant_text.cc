#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/escaped_text.h"
#include "report/requant_report.h"
#include "report/wrapped_text.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

constexpr std::size_t kNamedTensors = 8;
constexpr std::size_t kRequantNameColumns = 40;

std::vector<std::string> NamesOfInputs(const RequantResults& results) {
  std::vector<std::string> names =
      PrintableNames({results.inputs.at(0).path, results.inputs.at(1).path});
  for (std::string& name : names) name = Shortened(name, kRequantNameColumns);
  return names;
}

std::string OutcomeSentence(const RequantResults& results, const TextStyle& style) {
  const std::vector<std::string> names = NamesOfInputs(results);
  const std::string a = style.Bold(names[0]), q = style.Bold(names[1]);
  const RequantCounts& counts = results.found.counts;
  const std::uint64_t tensors = counts.identical + counts.consistent + counts.deviating;
  switch (results.found.outcome) {
    case RequantOutcome::kIdentical:
      return fmt::format("{}: {} is {}, byte for byte what a quantiser makes of it",
                         style.Good("identical"), q, a);
    case RequantOutcome::kConsistent:
      return fmt::format("{}: {} can be {}, quantised; {} of {} is the same byte for byte",
                         style.Good("consistent"), q, a, FormatCount(counts.identical),
                         FormatQuantity(tensors, "tensor"));
    default: break;
  }
  if (counts.deviating == 0) {
    return fmt::format("{}: {} holds {} that {} does not have", style.Bad("deviates"), q,
                       FormatQuantity(counts.only_in_quantised, "tensor"), a);
  }
  return fmt::format("{}: {} is not {}, quantised: {} of {} deviate", style.Bad("deviates"), q, a,
                     FormatCount(counts.deviating), FormatQuantity(tensors, "tensor"));
}

std::string MixText(const TypeMix& mix) {
  std::vector<std::string> types;
  types.reserve(mix.types.size());
  for (const TypeUse& use : mix.types) {
    types.push_back(fmt::format("{} of {}", FormatCount(use.tensors), Printable(use.type)));
  }
  const std::string name = mix.name.empty() ? "" : "Mix " + mix.name + ": ";
  return fmt::format("{}tensors stored as {}; {:.2f} bits a weight", name, fmt::join(types, ", "),
                     mix.bits_a_weight);
}

// Tensors that were made in one way.
struct Made {
  std::uint64_t tensors = 0, blocks = 0, consistent = 0, deviating = 0;
};

std::string MadeOf(const TensorRequant& tensor) {
  if (tensor.pair.b == nullptr) return "";
  std::string made = tensor.quantiser.empty()
                         ? Printable(TypeText(*tensor.pair.b)) + ", by nothing known here"
                         : tensor.quantiser;
  if (tensor.by_way_of) made += fmt::format(", by way of {}", DTypeName(*tensor.by_way_of));
  return made;
}

std::string MadeTable(const Requantisation& found, const TextStyle& style) {
  std::map<std::string, Made> rows;
  for (const TensorRequant& tensor : found.tensors) {
    if (tensor.blocks == 0) continue;
    Made& made = rows[MadeOf(tensor)];
    ++made.tensors;
    made.blocks += tensor.blocks;
    made.consistent += tensor.blocks_consistent;
    made.deviating += tensor.blocks_deviating;
  }
  TextTable table({"made by", "tensors", "blocks", "identical", "consistent", "deviate"});
  for (const auto& [name, made] : rows) {
    table.AddRow({name, FormatCount(made.tensors), FormatCount(made.blocks),
                  FormatCount(made.blocks - made.consistent - made.deviating),
                  FormatCount(made.consistent), FormatCount(made.deviating)});
  }
  return table.Render(style);
}

std::string DeviationText(const TensorRequant& tensor) {
  if (tensor.pair.a == nullptr || tensor.blocks == 0) return tensor.reason;
  std::string text = fmt::format("{} of {}", FormatCount(tensor.blocks_deviating),
                                 FormatQuantity(tensor.blocks, "block"));
  if (tensor.largest_deviation_steps > 0) {
    text += fmt::format(", by up to {:.3g} steps", tensor.largest_deviation_steps);
  } else if (tensor.largest_deviation > 0) {
    text += fmt::format(", by up to {:.3g}", tensor.largest_deviation);
  }
  if (!tensor.first_deviating.empty()) {
    const DeviatingBlock& first = tensor.first_deviating.front();
    text += fmt::format("; the first is block {} at byte {} of {}", first.index, first.offset_bytes,
                        Printable(first.file));
  }
  if (!tensor.reason.empty()) text += "; " + tensor.reason;
  return text;
}

bool IsNamed(const TensorRequant& tensor) {
  return tensor.outcome == RequantOutcome::kDeviates || tensor.pair.a == nullptr;
}

std::string DeviatingText(const Requantisation& found, const Screen& screen) {
  std::string text;
  std::size_t named = 0, all = 0;
  for (const TensorRequant& tensor : found.tensors) {
    if (!IsNamed(tensor)) continue;
    ++all;
    if (named == kNamedTensors) continue;
    ++named;
    text +=
        Wrapped(fmt::format("{}: {}", Printable(tensor.pair.either().name), DeviationText(tensor)),
                {.width = screen.width, .indent = 3});
  }
  if (all > named) text += fmt::format("   and {} more (--details)\n", FormatCount(all - named));
  return text.empty() ? text : "\n" + text;
}

std::string NotesText(const RequantResults& results, const Screen& screen) {
  const RequantCounts& counts = results.found.counts;
  const std::vector<std::string> names = NamesOfInputs(results);
  std::vector<std::string> notes;
  if (counts.quantised == 0) {
    notes.push_back(fmt::format(
        "nothing in {} is quantised: the model to check comes first, the original after --from",
        names[1]));
  }
  if (counts.unchecked > 0) {
    notes.push_back(fmt::format("{} not checked (--details says why)",
                                FormatQuantity(counts.unchecked, "tensor")));
  }
  if (counts.only_in_original > 0) {
    notes.push_back(fmt::format("{} of {} are not in {}",
                                FormatQuantity(counts.only_in_original, "tensor"), names[0],
                                names[1]));
  }
  for (const InputRecord& input : results.inputs) {
    const bool is_a = input.id == results.inputs.front().id;
    for (const Said& warning : input.warnings) {
      notes.push_back(fmt::format("{}: {}", names[is_a ? 0 : 1], warning.english));
    }
  }
  std::string text;
  for (const std::string& note : notes) {
    text += Wrapped(note, {.width = screen.width, .indent = 3, .label = " !"});
  }
  return text;
}

std::string DetailsTable(const Requantisation& found, const TextStyle& style) {
  TextTable table({"tensor", "outcome", "made by", "blocks", "identical", "consistent", "deviate",
                   "largest, steps"});
  std::string reasons;
  for (const TensorRequant& tensor : found.tensors) {
    table.AddRow({Printable(tensor.pair.either().name), std::string(OutcomeName(tensor.outcome)),
                  MadeOf(tensor), FormatCount(tensor.blocks),
                  FormatCount(tensor.blocks_identical()), FormatCount(tensor.blocks_consistent),
                  FormatCount(tensor.blocks_deviating),
                  fmt::format("{:.3g}", tensor.largest_deviation_steps)});
    if (!tensor.reason.empty()) {
      reasons += fmt::format("   {}: {}\n", Printable(tensor.pair.either().name), tensor.reason);
    }
  }
  return table.Render(style) + (reasons.empty() ? "" : "\n" + reasons);
}

}  // namespace

void WriteRequantText(const RequantResults& results, const Screen& screen, const TextSink& sink) {
  sink(Wrapped(OutcomeSentence(results, screen.style), {.width = screen.width}) +
       Wrapped(MixText(results.mix), {.width = screen.width, .indent = 1}) +
       NotesText(results, screen));
  const Requantisation& found = results.found;
  sink("\n" +
       (screen.details ? DetailsTable(found, screen.style) : MadeTable(found, screen.style)));
  sink(DeviatingText(found, screen));
  if (screen.details) return;
  sink("\n" +
       screen.style.Dim(Wrapped("More: --details | --json", {.width = screen.width, .indent = 1})));
}

}  // namespace modelkin
