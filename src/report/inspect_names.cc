#include "report/inspect_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/escaped_text.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

constexpr std::size_t kMostStacks = 6;

std::string WithSpaces(std::string_view name) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  const std::size_t mlp = words.find("mlp");
  if (mlp != std::string::npos) words.replace(mlp, 3, "MLP");
  return words;
}

std::string FormText(MlpForm form) {
  switch (form) {
    case MlpForm::kNotTold: return "of matrices that names do not tell apart";
    case MlpForm::kPlain: return "of two matrices";
    case MlpForm::kGated: return "gated";
    case MlpForm::kGatedInOne: return "gated, gate and up in one";
  }
  return "";
}

}  // namespace

std::string NamedPartsText(const NamedParts& named) {
  std::vector<std::string> counts, mlps;
  for (std::size_t i = 0; i < std::min(named.stacks.size(), kMostStacks); ++i) {
    const LayerStack& stack = named.stacks[i];
    counts.push_back(fmt::format("{} {}({})", FormatCount(stack.layers),
                                 i > 0               ? ""
                                 : stack.layers == 1 ? "layer "
                                                     : "layers ",
                                 Printable(stack.prefix, 64)));
  }
  if (named.stacks.size() > kMostStacks) {
    counts.push_back(fmt::format("{} stacks more", named.stacks.size() - kMostStacks));
  }
  if (named.experts > 0) counts.push_back(FormatQuantity(named.experts, "expert"));
  for (const auto& [module, form] : named.mlps) {
    mlps.push_back(fmt::format("{} {}", WithSpaces(ModuleKindName(module)), FormText(form)));
  }
  return fmt::format("{}{}{}", fmt::join(counts, ", "), counts.empty() || mlps.empty() ? "" : "; ",
                     fmt::join(mlps, ", "));
}

std::string UnplacedText(const NamedParts& named, std::size_t most) {
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i < std::min(named.unplaced.size(), most); ++i) {
    const NamesAlike& alike = named.unplaced[i];
    patterns.push_back(alike.tensors == 1 ? Printable(alike.pattern)
                                          : fmt::format("{} ({} tensors)", Printable(alike.pattern),
                                                        FormatCount(alike.tensors)));
  }
  if (named.unplaced.size() > most) {
    patterns.push_back(fmt::format("{} patterns more", named.unplaced.size() - most));
  }
  return fmt::format("{}", fmt::join(patterns, ", "));
}

}  // namespace modelkin
