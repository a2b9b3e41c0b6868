#include "report/comparable_text.h"

#include <fmt/format.h>

#include "base/escaped_text.h"

namespace modelkin {

std::string ComparableText(const TraceResults& results) {
  if (results.verdict.category != VerdictCategory::kNotComparable) return "";
  const OpenedModel &a = *results.models.a().model, &b = *results.models.b().model;
  const std::string both =
      fmt::format("{} {}", Printable(a.path(), 1024), Printable(b.path(), 1024));
  std::string text = "\nWhat can be compared instead:\n";
  text += fmt::format("  modelkin tokenizer {}  # tokens in common, and their ids\n", both);
  if (a.config() != nullptr && b.config() != nullptr) {
    text += fmt::format("  modelkin config {}  # sizes and settings\n", both);
  }
  if (a.spec() != nullptr && b.spec() != nullptr) {
    text += fmt::format(
        "  modelkin compare --functional {} --text '...'  # what they do with the same text\n",
        both);
  }
  return text;
}

}  // namespace modelkin
