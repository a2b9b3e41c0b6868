#include "requests/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/placed_tensor.h"
#include "architecture/role_names.h"
#include "base/error.h"
#include "inference/forward_pass.h"
#include "inference/generation.h"
#include "inference/pass_recorder.h"
#include "requests/run_images.h"

namespace modelkin {
namespace {

Activations LastRows(const Activations& final, const Batch& batch) {
  Activations last(batch.texts.size(), final.columns);
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const TextRows& text = batch.texts[i];
    std::copy_n(final.Row(text.first + text.rows - 1), final.columns, last.Row(i));
  }
  return last;
}

// Stored tensors that took no part, which mostly are of layers that predict further tokens.
std::vector<std::string> UnusedOf(const RunnableModel& model) {
  const TensorPlacer placer(&model.spec());
  std::vector<std::string> names;
  for (const std::string_view name : model.weights().Unused()) {
    const PlacedTensor placed = placer.Place(*model.weights().checkpoint().Find(name));
    const bool expected = placed.module == ModuleKind::kRoutedExperts ||
                          ModuleKindOfName(name) == ModuleKind::kBuffer ||
                          placed.module == ModuleKind::kPooler || placed.role == Role::kHead;
    if (!expected) names.emplace_back(name);
  }
  return names;
}

std::vector<std::vector<std::uint64_t>> IdsOf(const std::vector<EncodedText>& texts) {
  std::vector<std::vector<std::uint64_t>> ids;
  ids.reserve(texts.size());
  for (const EncodedText& text : texts) ids.push_back(text.ids);
  return ids;
}

void RunPass(const RunRequest& request, const RunnableModel& model,
             const std::vector<EncodedText>& texts, RunObserver* observer, RunResults& results,
             Progress& progress) {
  const auto ids = IdsOf(texts);
  const Batch batch = MakeBatch(ids);
  RequireFits(model, batch, request.beyond_context);
  if (observer != nullptr) observer->Begin(model, batch);
  PassRecorder recorder([&](std::size_t, const Activations& hidden) {
    if (observer != nullptr) observer->TakeHidden(hidden);
    if (request.arrays) results.hidden.push_back(hidden);
  });
  Activations final = RunLayers(model, batch, nullptr, recorder, progress);
  results.hidden_rms = recorder.hidden_rms();
  results.routing = recorder.routing();
  if (model.family().has_head()) {
    const auto next = LikeliestTokens(model, LastRows(final, batch), request.top);
    for (std::size_t i = 0; i < next.size(); ++i) results.texts[i].next = next[i];
  } else {
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      results.texts[i].embedding = MeanDirection(final, batch.texts[i]);
    }
  }
  if (observer != nullptr || request.arrays) {
    if (model.family().has_head()) results.logits = Logits(model, final);
    results.final = std::move(final);
  }
  if (observer != nullptr) observer->End(model, batch, results);
}

void RunGeneration(const RunRequest& request, const RunnableModel& model,
                   const std::vector<EncodedText>& texts, RunResults& results, Progress& progress) {
  if (!model.family().has_head()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--generate: {} is an encoder, which has no next token", results.family));
  }
  const auto ids = IdsOf(texts);
  const auto added = Generate(model, ids, request.generate, EndIds(model.config()),
                              request.beyond_context, progress, [](std::size_t, std::uint64_t) {});
  for (std::size_t i = 0; i < added.size(); ++i) results.texts[i].generated = added[i];
}

void RunTexts(const RunRequest& request, const RunnableModel& model, RunObserver* observer,
              RunResults& results, Progress& progress) {
  const TextCodec codec(request.texts, model.opened());
  const std::vector<EncodedText> texts = codec.Encode();
  for (const EncodedText& text : texts) {
    RunText& to = results.texts.emplace_back();
    to.text = text.text;
    to.ids = text.ids;
    to.tokens = codec.TokenTexts(text.ids);
  }
  results.generate = request.generate > 0;
  RunPass(request, model, texts, observer, results, progress);
  if (results.generate) RunGeneration(request, model, texts, results, progress);
  for (RunText& text : results.texts) {
    std::vector<std::uint64_t> next;
    next.reserve(text.next.size());
    for (const ScoredToken& token : text.next) next.push_back(token.id);
    text.next_tokens = codec.TokenTexts(next);
    if (results.generate) text.generated_text = codec.Decode(text.generated);
  }
}

}  // namespace

RunResults RunModel(const RunRequest& request, const RequestContext& context,
                    RunObserver* observer) {
  const HeedStop heed(*context.stop);
  RunResults results;
  results.run = RecordOf("run", context);
  Progress& progress = *context.progress;
  const auto opened = OpenModel(request.model, request.opening, context.places);
  const RunnableModel model(opened, ComponentToRun(request, *opened), context.threads);
  RequireTaken(request, model);
  results.input = DescribeInput(*opened, {}, DigestPolicy::kAuto, context.threads, progress);
  results.family = model.spec().family->name;
  if (request.images.empty()) {
    RunTexts(request, model, observer, results, progress);
  } else {
    RunImages(request, model, *context.places, observer, results, progress);
  }
  results.unused = UnusedOf(model);
  results.is_reordered = model.is_reordered();
  opened->checkpoint().RequireUnchanged();
  return results;
}

}  // namespace modelkin
