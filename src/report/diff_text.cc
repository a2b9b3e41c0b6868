#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/escaped_text.h"
#include "report/diff_report.h"

namespace modelkin {
namespace {

constexpr std::size_t kListedTensors = 20;

// "0: 12  1: 345  2-3: 6", the buckets that are not empty.
std::string UlpText(const UlpHistogram& histogram) {
  std::string text;
  for (std::size_t k = 0; k < histogram.buckets.size(); ++k) {
    if (histogram.buckets[k] == 0) continue;
    const std::uint64_t from = k == 0 ? 0 : std::uint64_t{1} << (k - 1);
    const std::string range =
        k <= 1 ? fmt::format("{}", from) : fmt::format("{}-{}", from, 2 * (from - 1) + 1);
    text +=
        fmt::format("{}{}: {}", text.empty() ? "" : "  ", range, FormatCount(histogram.buckets[k]));
  }
  if (histogram.nan_pairs > 0) text += fmt::format("  NaN: {}", FormatCount(histogram.nan_pairs));
  return text;
}

std::string Difference(const TensorDiff& tensor) {
  const TensorPair& pair = tensor.pair;
  if (pair.b == nullptr) return "only in A";
  if (pair.a == nullptr) return "only in B";
  if (!pair.same_shape()) {
    return fmt::format("shape {} against {}", ShapeText(pair.a->shape), ShapeText(pair.b->shape));
  }
  const std::string type_a = TypeText(*pair.a), type_b = TypeText(*pair.b);
  std::string types = type_a == type_b ? "" : fmt::format("type {} against {}", type_a, type_b);
  if (!types.empty() && !tensor.bit_equal) return types;
  if (!tensor.bit_equal) return "bytes differ";
  return fmt::format("{}{}{} of {} {}", types, types.empty() ? "" : ": ",
                     FormatShare(*tensor.bit_equal, pair.a->elements, 2),
                     FormatQuantity(pair.a->elements, "element"),
                     types.empty() ? "bit-equal" : "equal as values");
}

std::string FilesText(const DiffResults& results, const TextStyle& style) {
  std::string text = style.Bold("Files (SHA-256)") + "\n";
  for (const InputRecord& input : results.inputs) {
    for (const FileRecord& file : input.files) {
      text += fmt::format("  {}  {}  {}\n", input.id.Label(),
                          file.sha256.value_or(std::string(64, '-')), Printable(file.name));
    }
  }
  return text;
}

std::string DifferencesText(const ByteDiff& diff, const TextStyle& style) {
  TextTable table({"tensor", "difference"});
  std::map<DType, UlpHistogram> ulp_by_type;  // distances of different types do not add up
  std::uint64_t different = 0;
  for (const TensorDiff& tensor : diff.tensors) {
    if (tensor.ulp) ulp_by_type[tensor.pair.a->dtype].Merge(*tensor.ulp);
    if (tensor.identical || ++different > kListedTensors) continue;
    table.AddRow({Printable(tensor.pair.either().name), Difference(tensor)});
  }
  if (different == 0) return "";
  std::string text = "\n" + table.Render(style);
  if (different > kListedTensors) {
    text +=
        fmt::format("  and {} more (--json lists all)\n", FormatCount(different - kListedTensors));
  }
  if (!ulp_by_type.empty()) {
    text +=
        "\n" + style.Bold("ULP distances in the tensors that differ (distance: elements)") + "\n";
  }
  for (const auto& [dtype, histogram] : ulp_by_type) {
    text += fmt::format("  {}  {}\n", DTypeName(dtype), UlpText(histogram));
  }
  return text;
}

std::string ElsewhereText(const ByteDiff& diff, const TextStyle& style) {
  if (diff.elsewhere.empty() && diff.constant_matches == 0) return "";
  std::string text = "\n" + style.Bold("Bytes of A's tensors found in B under other names") + "\n";
  for (std::size_t i = 0; i < std::min(diff.elsewhere.size(), kListedTensors); ++i) {
    const ContentMatch& match = diff.elsewhere[i];
    text +=
        fmt::format("  {} -> {}{}{}\n", Printable(match.a->name), Printable(match.b.front()->name),
                    match.b.size() > 1 ? fmt::format(" and {} more", match.b.size() - 1) : "",
                    match.also_at_partner ? " (a duplicate: also under its own name)" : "");
  }
  if (diff.elsewhere.size() > kListedTensors) {
    text += fmt::format("  and {} more (--json lists all)\n",
                        FormatCount(diff.elsewhere.size() - kListedTensors));
  }
  if (diff.constant_matches > 0) {
    text +=
        fmt::format("  {} of one repeated value or one element also match, which means nothing\n",
                    FormatQuantity(diff.constant_matches, "tensor"));
  }
  return text;
}

}  // namespace

void WriteDiffText(const DiffResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  const ByteDiff& diff = results.diff;
  std::string text = FilesText(results, style) + "\n" + style.Bold("Tensors") + "\n";
  text += fmt::format("  {} of {} identical to the bit", FormatCount(diff.identical_count()),
                      FormatCount(diff.tensors.size()));
  if (diff.left_out > 0)
    text += fmt::format(" ({} left out by the filter)", FormatCount(diff.left_out));
  sink(text + "\n" + DifferencesText(diff, style) + ElsewhereText(diff, style));
}

}  // namespace modelkin
