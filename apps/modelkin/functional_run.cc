#include "functional_run.h"

#include <deque>
#include <memory>

#include "base/error.h"
#include "inference/runnable_model.h"
#include "model_opening.h"
#include "tokenizer/tokenizer.h"

namespace modelkin {
namespace {

// By id.
std::vector<std::string> TokenBytes(const TextInput& input, const std::string& path,
                                    std::uint64_t vocabulary) {
  std::vector<std::string> bytes(vocabulary);
  if (input.bytes) {
    for (std::uint64_t id = 0; id < std::min<std::uint64_t>(256, vocabulary); ++id) {
      bytes[id] = std::string(1, static_cast<char>(id));
    }
    return bytes;
  }
  for (const Token& token : OpenTokenizer(path).tokens) {
    if (token.id < vocabulary && !token.special) bytes[token.id] = token.bytes;
  }
  return bytes;
}

FunctionalSide Prepare(const RunnableModel& model, const std::string& id, const TextInput& input) {
  const TextCodec codec(input, model.path());
  FunctionalSide side{.input = id,
                      .model = &model,
                      .texts = {},
                      .parts = {},
                      .token_bytes = TokenBytes(input, model.path(), model.vocabulary()),
                      .record = {}};
  for (const EncodedText& text : codec.Encode()) {
    side.parts.push_back(codec.PartsOf(text.ids));
    side.texts.push_back(text.ids);
  }
  return side;
}

}  // namespace

FunctionalResults CompareByTexts(const std::vector<std::string>& paths, const TextInput& input,
                                 unsigned threads, Progress& progress) {
  if (!input.ids.empty()) {
    throw Error(ErrorKind::kUsage,
                "--functional compares what models do with texts: give --text or --texts, not ids");
  }
  // One at a time: what is kept of a model is little beside its weights.
  std::deque<RunnableModel> models;
  std::deque<FunctionalSide> sides;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const RunnableModel& model = models.emplace_back(paths[i], threads);
    FunctionalSide& side = sides.emplace_back(Prepare(model, InputId(i), input));
    side.record = RecordModel(model, side.texts, progress);
  }
  const FunctionalOptions options{.threads = threads};
  progress.Begin("comparing what they do", 0);
  FunctionalResults results{.pair = CompareFunctions(sides[0], sides[1], options), .controls = {}};
  for (std::size_t control = 2; control < sides.size(); ++control) {
    for (const std::size_t i : {0, 1}) {
      results.controls.push_back(CompareFunctions(sides[i], sides[control], options));
    }
  }
  for (const RunnableModel& model : models) model.weights().checkpoint().RequireUnchanged();
  return results;
}

}  // namespace modelkin
