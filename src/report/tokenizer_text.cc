#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/text_table.h"
#include "report/tokenizer_report.h"

namespace modelkin {
namespace {

constexpr std::size_t kListed = 12;

std::string OverlapRow(const Overlap& overlap) {
  std::string text = fmt::format("{} shared of {} and {}", FormatCount(overlap.shared),
                                 FormatCount(overlap.a), FormatCount(overlap.b));
  if (const auto jaccard = overlap.jaccard()) text += ": Jaccard " + FormatUnit(*jaccard);
  const std::string share = FormatShare(overlap.shared, std::min(overlap.a, overlap.b));
  if (!share.empty()) text += fmt::format(", {} of the smaller", share);
  return text;
}

std::string Correlation(const std::optional<double>& value, std::string_view without) {
  return value ? FormatUnit(*value) : std::string(without);
}

std::string SideText(std::string_view id, const Tokenizer& tokenizer) {
  return fmt::format(
      "  {}  {}  ({}, {}{})\n", id, Printable(tokenizer.file), tokenizer.kind,
      FormatQuantity(tokenizer.tokens.size(), "token"),
      tokenizer.merges.empty() ? "" : ", " + FormatQuantity(tokenizer.merges.size(), "merge"));
}

std::string IdsText(const TokenizerComparison& found) {
  if (found.tokens.shared == 0) return "  ids           not compared: no text is shared\n";
  std::string text =
      fmt::format("  ids           the same for {} of the shared ({})\n",
                  FormatCount(found.same_id), FormatShare(found.same_id, found.tokens.shared));
  std::string offsets;
  for (std::size_t i = 0; i < std::min<std::size_t>(found.offsets.size(), 5); ++i) {
    offsets += fmt::format("{}{:+}: {}", offsets.empty() ? "" : "  ", found.offsets[i].offset,
                           FormatCount(found.offsets[i].tokens));
  }
  if (!offsets.empty()) text += fmt::format("  offsets       {}\n", offsets);
  if (found.longest_run.length > 0) {
    text += fmt::format("  longest run   {} at one offset, from id {} in A and {} in B\n",
                        FormatQuantity(found.longest_run.length, "token"),
                        found.longest_run.first_id_a, found.longest_run.first_id_b);
  }
  text += fmt::format("  order of ids  Spearman {} over the shared tokens\n",
                      Correlation(found.order_correlation, "undefined: fewer than two ids"));
  return text;
}

std::string SpecialText(std::string_view title, const std::vector<std::string>& tokens) {
  if (tokens.empty()) return "";
  std::string text = fmt::format("  special, {}: {}", title, tokens.size());
  for (std::size_t i = 0; i < std::min(tokens.size(), kListed); ++i) {
    text += fmt::format("{}{}", i == 0 ? "  " : " ", Printable(tokens[i], 40));
  }
  return text + (tokens.size() > kListed ? " ...\n" : "\n");
}

}  // namespace

void WriteTokenizerText(const TokenizerResults& results, const Screen& screen,
                        const TextSink& sink) {
  const TextStyle& style = screen.style;
  const TokenizerComparison& found = results.comparison;
  sink(SideText("A", *results.a) + SideText("B", *results.b));
  sink("\n" + style.Bold("Tokens, by the bytes they stand for") + "\n");
  sink(fmt::format("  texts         {}\n", OverlapRow(found.tokens)));
  sink(IdsText(found));
  sink("\n" + style.Bold("Merges") + "\n");
  if (found.merges.a == 0 || found.merges.b == 0) {
    sink("  not compared: at least one of the files has no list of merges\n");
  } else {
    sink(fmt::format("  pairs         {}\n  ranks         Spearman {} over the shared merges\n",
                     OverlapRow(found.merges),
                     Correlation(found.merge_rank_correlation, "undefined: fewer than two")));
  }
  const std::string special = SpecialText("in both", found.special_shared) +
                              SpecialText("in A alone", found.special_only_a) +
                              SpecialText("in B alone", found.special_only_b);
  if (!special.empty()) sink("\n" + style.Bold("Special tokens") + "\n" + special);
  sink(
      "\nA shared tokenizer says nothing about weights: unrelated models use the same one. Common "
      "texts come\nfirst everywhere, so that order agrees too: GPT-2's and GPT-NeoX's "
      "vocabularies, "
      "made apart, have a\nJaccard of 0.58 and Spearman's 0.77; Qwen 2.5's and Llama 3's, which "
      "extend an older one, 0.64\nand 0.9993.\n");
}

}  // namespace modelkin
