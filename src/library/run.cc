#include "modelkin/run.h"

#include <utility>

#include "library/written.h"
#include "report/run_report.h"

namespace modelkin {

RunReport::RunReport(std::shared_ptr<const RunResults> results) : results_(std::move(results)) {}

std::vector<TextRun> RunReport::Runs() const {
  std::vector<TextRun> runs;
  for (const RunText& text : results_->texts) {
    TextRun& run = runs.emplace_back();
    run.ids = text.ids;
    for (std::size_t i = 0; i < text.next.size(); ++i) {
      run.next.push_back({.id = text.next[i].id,
                          .token = i < text.next_tokens.size() ? text.next_tokens[i] : "",
                          .probability = text.next[i].probability});
    }
    run.generated = text.generated;
    run.generated_text = text.generated_text;
    run.embedding = text.embedding;
  }
  return runs;
}

std::vector<ImageRun> RunReport::Images() const {
  std::vector<ImageRun> images;
  for (const RunImage& image : results_->images) {
    images.push_back({.file = image.file, .grid = image.grid, .embedding = image.embedding});
  }
  return images;
}

std::string RunReport::Json() const {
  return Written([&](const TextSink& sink) { WriteRunJson(*results_, sink); });
}

std::string RunReport::Text() const {
  return Written([&](const TextSink& sink) { WriteRunText(*results_, {}, sink); });
}

}  // namespace modelkin
