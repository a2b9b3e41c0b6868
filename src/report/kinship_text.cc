#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/text_table.h"
#include "report/trace_report.h"

namespace modelkin {
namespace {

std::string DirectionText(const Relation& relation) {
  std::string text;
  switch (relation.direction) {
    case Direction::kAToB: text = "  A came first:\n"; break;
    case Direction::kBToA: text = "  B came first:\n"; break;
    case Direction::kUnknown:
      text = relation.facts.empty() ? "  Who came first: not shown\n"
                                    : "  Who came first: the facts contradict each other\n";
  }
  for (const DirectionFact& fact : relation.facts)
    text += fmt::format("    {}\n", fact.evidence.english);
  for (const DirectionSign& sign : relation.signs) {
    text += fmt::format("    a sign that {} came first: {}\n",
                        sign.direction == Direction::kAToB ? "A" : "B", SignText(sign).english);
  }
  return text;
}

std::string ClassesText(const Kinship& kinship, const PackedUse& packed, const TextStyle& style) {
  struct Count {
    std::uint64_t tensors = 0, elements = 0;
  };
  std::map<HeritageClass, Count> counts;
  double all = static_cast<double>(packed.parameters);
  for (const TensorHeritage& tensor : kinship.heritage) {
    Count& count = counts[tensor.heritage];
    ++count.tensors;
    count.elements += tensor.link.b->tensor->elements;
    all += static_cast<double>(tensor.link.b->tensor->elements);
  }
  TextTable table({"B's tensors", "tensors", "of its parameters"});
  for (const auto& [heritage, count] : counts) {
    table.AddRow({std::string(HeritageName(heritage)), FormatCount(count.tensors),
                  fmt::format("{:.1f}%", 100 * static_cast<double>(count.elements) / all)});
  }
  if (packed.tensors > 0) {
    table.AddRow({"packed, not read", FormatCount(packed.tensors),
                  fmt::format("{:.1f}%", 100 * static_cast<double>(packed.parameters) / all)});
  }
  return table.Render(style);
}

}  // namespace

std::string HowTheyDiffer(const Relation& relation) {
  switch (relation.direction) {
    case Direction::kAToB: return "How B was made from A";
    case Direction::kBToA: return "How A was made from B";
    case Direction::kUnknown: break;
  }
  return "How A and B differ";
}

std::string KinshipText(const Trace& trace, const Kinship& kinship, const TextStyle& style) {
  const PackedUse& packed_b = trace.pair.b.packed;
  std::string text;
  if (trace.fitted && trace.verdict.basis == ResidualBasis::kAsStored) {
    const HiddenBasis& basis = trace.fitted->basis;
    text += basis.map == nullptr
                ? fmt::format("\nA hidden basis was not looked for: {}\n", basis.skipped)
                : fmt::format(
                      "\nNo basis of residual coordinates was found in which tests show "
                      "more ({} held out: cosine {:.2f}, after a fit to shuffled ones "
                      "{:.2f}; models trained on the same text have some)\n",
                      basis.by == BasisSource::kTokens ? "rows of tokens" : "sums over layers",
                      basis.cosine, basis.shuffled_cosine);
  }
  if (!kinship.relation) return text;
  const Relation& relation = *kinship.relation;
  text += "\n" + style.Bold(HowTheyDiffer(relation)) + "\n";
  for (const Kind& kind : relation.kinds) {
    text += fmt::format("  - {}: {}\n", DerivationKindName(kind.kind),
                        Printable(kind.evidence.english, 1024));
    if (!kind.roles.empty()) text += fmt::format("      in {}\n", fmt::join(kind.roles, ", "));
  }
  if (relation.kinds.empty()) {
    text += fmt::format("  nothing that has a name{}\n",
                        packed_b.tensors > 0 ? " in what was read" : "");
  }
  text += DirectionText(relation);
  text += ClassesText(kinship, packed_b, style);
  if (!kinship.not_in_b.empty()) {
    text += fmt::format("  {} of A left nothing in B\n",
                        FormatQuantity(kinship.not_in_b.size(), "tensor"));
  }
  return text;
}

}  // namespace modelkin
