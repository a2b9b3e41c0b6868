#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/escaped_text.h"
#include "inference/pass_recorder.h"
#include "report/run_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

constexpr std::size_t kShownValues = 6;    // of an embedding
constexpr std::size_t kShownCosines = 12;  // images in the table of cosines

std::string TokenText(const std::vector<std::string>& tokens, std::size_t i) {
  return i < tokens.size() ? fmt::format("\"{}\"", Printable(tokens[i])) : "";
}

std::string NextText(const RunText& text, const TextStyle& style) {
  TextTable table({"    next token", "id", "probability", "logit"});
  for (std::size_t i = 0; i < text.next.size(); ++i) {
    const ScoredToken& token = text.next[i];
    table.AddRow({"    " + TokenText(text.next_tokens, i), fmt::format("{}", token.id),
                  fmt::format("{:.4f}", token.probability), fmt::format("{:.4f}", token.logit)});
  }
  return table.Render(style);
}

std::string EmbeddingText(const std::vector<float>& embedding) {
  const std::vector<float> shown(
      embedding.begin(),
      embedding.begin() + static_cast<std::ptrdiff_t>(std::min(kShownValues, embedding.size())));
  return fmt::format("    embedding, {} values of length 1: {:.5f}{}\n", embedding.size(),
                     fmt::join(shown, " "), shown.size() < embedding.size() ? " ..." : "");
}

std::string OneText(const RunText& text, std::size_t number, bool generate,
                    const TextStyle& style) {
  std::string out = style.Bold(fmt::format("Text {}", number)) +
                    fmt::format("  {}", FormatQuantity(text.ids.size(), "token"));
  if (text.text) out += fmt::format("  {}", Printable(*text.text));
  out += '\n';
  if (generate) {
    out += text.generated_text
               ? fmt::format("    generated  {}\n", Printable(*text.generated_text, 65536))
               : fmt::format("    generated  {}\n", fmt::join(text.generated, " "));
  }
  if (!text.next.empty()) out += NextText(text, style);
  if (!text.embedding.empty()) out += EmbeddingText(text.embedding);
  return out + "\n";
}

std::string OneImage(const RunImage& image, std::size_t number, const TextStyle& style) {
  const PatchGrid& grid = image.grid;
  std::string out = style.Bold(fmt::format("Image {}", number));
  out += fmt::format("  {} by {} patches", grid.rows, grid.columns);
  if (grid.frames > 1) out += fmt::format(" in each of {} frames", grid.frames);
  out += fmt::format("  {}\n", Printable(image.file));
  out += fmt::format("    last states, {}: RMS {:.4g}\n", FormatQuantity(grid.patches(), "row"),
                     image.final_rms);
  if (image.pooled_rows > 0) {
    out += fmt::format("    pooled, {}: RMS {:.4g}\n", FormatQuantity(image.pooled_rows, "row"),
                       image.pooled_rms);
  }
  return out + EmbeddingText(image.embedding) + "\n";
}

// Of the first images, where there are many.
std::string CosinesText(const std::vector<std::vector<double>>& cosines, const TextStyle& style) {
  const std::size_t shown = std::min(cosines.size(), kShownCosines);
  std::vector<std::string> header = {"cosine"};
  for (std::size_t i = 0; i < shown; ++i) header.push_back(fmt::format("image {}", i + 1));
  TextTable table(std::move(header));
  for (std::size_t i = 0; i < shown; ++i) {
    std::vector<std::string> cells = {fmt::format("image {}", i + 1)};
    for (std::size_t k = 0; k < shown; ++k) cells.push_back(fmt::format("{:.4f}", cosines[i][k]));
    table.AddRow(std::move(cells));
  }
  const std::size_t left = cosines.size() - shown;
  return table.Render(style) +
         (left > 0 ? fmt::format("and {}: --json has all\n\n", FormatQuantity(left, "more image"))
                   : "\n");
}

std::string LayersText(const RunResults& results, const TextStyle& style) {
  const bool routed = !results.routing.empty();
  std::vector<std::string> header = {"layer", "residual RMS"};
  if (routed) header.insert(header.end(), {"experts used", "effective", "busiest", "near ties"});
  TextTable table(header);
  for (std::size_t i = 0; i < results.hidden_rms.size(); ++i) {
    std::vector<std::string> cells = {i == 0 ? "embedding" : fmt::format("{}", i - 1),
                                      fmt::format("{:.4g}", results.hidden_rms[i])};
    const auto found = i == 0 ? results.routing.end() : results.routing.find(i - 1);
    if (found != results.routing.end()) {
      const RouterChoice& choice = found->second;
      const auto load = ExpertLoad(choice);
      const auto used = std::ranges::count_if(load, [](std::uint64_t n) { return n > 0; });
      const auto busiest = std::ranges::max_element(load);
      cells.insert(cells.end(), {fmt::format("{} of {}", used, choice.experts_in_all),
                                 fmt::format("{:.1f}", EffectiveExperts(load)),
                                 fmt::format("{}: {}", busiest - load.begin(),
                                             FormatShare(*busiest, choice.experts.size())),
                                 fmt::format("{}", choice.near_ties)});
    } else if (routed) {
      cells.insert(cells.end(), {"", "", "", ""});
    }
    table.AddRow(std::move(cells));
  }
  return table.Render(style);
}

}  // namespace

std::vector<std::string> RunNotes(const RunResults& results) {
  std::vector<std::string> notes;
  if (results.is_reordered) {
    notes.emplace_back(
        "rows of queries and keys are in llama.cpp's order, by the file's architecture");
  }
  if (!results.unused.empty()) {
    notes.push_back(fmt::format("{} took no part, {} among them",
                                FormatQuantity(results.unused.size(), "stored tensor"),
                                Printable(results.unused.front())));
  }
  if (results.images.size() > kMostCosines) {
    notes.push_back(fmt::format("cosines are left out of more than {} images", kMostCosines));
  }
  return notes;
}

void WriteRunText(const RunResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  std::string out =
      fmt::format("{}  {}, {} layers, in 32-bit floats\n\n", Printable(results.input.path),
                  results.family, results.hidden_rms.empty() ? 0 : results.hidden_rms.size() - 1);
  for (std::size_t i = 0; i < results.texts.size(); ++i) {
    out += OneText(results.texts[i], i + 1, results.generate, style);
  }
  for (std::size_t i = 0; i < results.images.size(); ++i) {
    out += OneImage(results.images[i], i + 1, style);
  }
  if (!results.cosines.empty()) out += CosinesText(results.cosines, style);
  if (!results.hidden_rms.empty()) out += LayersText(results, style);
  for (const std::string& note : RunNotes(results)) out += fmt::format("\nNote: {}\n", note);
  sink(out);
}

}  // namespace modelkin
