#include "requests/functional.h"

#include <algorithm>
#include <deque>

#include "base/error.h"
#include "inference/forward_pass.h"
#include "inference/runnable_model.h"

namespace modelkin {
namespace {

// By id.
std::vector<std::string> TokenBytes(const Texts& texts, const RunnableModel& model) {
  const std::uint64_t vocabulary = model.vocabulary();
  std::vector<std::string> bytes(vocabulary);
  if (texts.bytes) {
    for (std::uint64_t id = 0; id < std::min<std::uint64_t>(256, vocabulary); ++id) {
      bytes[id] = std::string(1, static_cast<char>(id));
    }
    return bytes;
  }
  const auto tokenizer = model.opened().RequireTokenizer();
  for (const Token& token : tokenizer->tokens) {
    if (token.id < vocabulary && !token.special) bytes[token.id] = token.bytes;
  }
  return bytes;
}

FunctionalSide Prepare(const RunnableModel& model, InputId id, const Texts& texts) {
  const TextCodec codec(texts, model.opened());
  FunctionalSide side{.input = id,
                      .model = &model,
                      .texts = {},
                      .parts = {},
                      .token_bytes = TokenBytes(texts, model),
                      .record = {}};
  for (const EncodedText& text : codec.Encode()) side.texts.push_back(text.ids);
  RequireFits(
      model,
      MakeBatch(side.texts));  // before the parts: work that grows with the square of a length
  for (const auto& ids : side.texts) side.parts.push_back(codec.PartsOf(ids));
  return side;
}

}  // namespace

FunctionalResults CompareByTexts(const Inputs& models, const Texts& texts,
                                 const RequestContext& context) {
  // One at a time: what is kept of a model is little beside its weights.
  std::deque<RunnableModel> runnable;
  std::deque<FunctionalSide> sides;
  for (const Input& input : models.all()) {
    const RunnableModel& model = runnable.emplace_back(input.model, context.threads);
    FunctionalSide& side = sides.emplace_back(Prepare(model, input.id, texts));
    side.record = RecordModel(model, side.texts, *context.progress);
  }
  const FunctionalOptions options{.threads = context.threads};
  context.progress->Begin("comparing what they do", 0);
  FunctionalResults results{.pair = CompareFunctions(sides[0], sides[1], options), .controls = {}};
  for (std::size_t control = 2; control < sides.size(); ++control) {
    for (const std::size_t i : {0, 1}) {
      results.controls.push_back(CompareFunctions(sides[i], sides[control], options));
    }
  }
  models.RequireUnchanged();
  return results;
}

}  // namespace modelkin
