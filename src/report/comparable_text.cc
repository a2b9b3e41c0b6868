#include "report/comparable_text.h"

#include <fmt/format.h>

#include "base/escaped_text.h"

namespace modelkin {

std::string ComparableText(const TraceResults& results) {
  if (results.verdict.category != VerdictCategory::kNotComparable) return "";
  const OpenedModel &a = *results.models.a().model, &b = *results.models.b().model;
  const std::string both =
      fmt::format("{} {}", Printable(a.path(), 1024), Printable(b.path(), 1024));
  std::string text;
  if (a.tokenizer() != nullptr && b.tokenizer() != nullptr) {
    text += fmt::format("  modelkin tokenizer {}  # tokens in common, and their ids\n", both);
  }
  if (a.config() != nullptr && b.config() != nullptr) {
    text += fmt::format("  modelkin config {}  # sizes and settings\n", both);
  }
  if (a.spec() != nullptr && b.spec() != nullptr) {
    text += fmt::format(
        "  modelkin compare --functional {} --text '...'  # what they do with the same text\n",
        both);
  }
  if (text.empty()) {
    return "\nWhat can be compared instead: tokenizers and configurations (modelkin tokenizer,\n"
           "modelkin config), where models have them beside their weights.\n";
  }
  return "\nWhat can be compared instead:\n" + text;
}

}  // namespace modelkin
