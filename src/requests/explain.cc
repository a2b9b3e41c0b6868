#include "requests/explain.h"

#include "base/error.h"
#include "explanation/encoder_topic.h"
#include "inference/runnable_model.h"

namespace modelkin {
namespace {

// Of the one text there is; none where there is none.
std::vector<std::uint64_t> OnlyIds(const Texts& texts, const TextCodec& codec) {
  if (texts.empty()) return {};
  const std::vector<EncodedText> encoded = codec.Encode();
  if (encoded.size() > 1) throw Error(ErrorKind::kUsage, "there are several texts: give one");
  return encoded.front().ids;
}

}  // namespace

ExplainResults ExplainModel(const ExplainModelRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  ExplainResults results;
  results.run = RecordOf("explain", context);
  Progress& progress = *context.progress;
  const auto opened = OpenModel(request.model, request.opening, context.places);
  results.input = DescribeInput(*opened, {}, DigestPolicy::kNever, context.threads, progress);
  if (request.about.topic == Topic::kEncoder) {
    if (!request.texts.empty()) {
      throw Error(ErrorKind::kUsage, "explain encoder follows no token: it takes no text or ids");
    }
    results.explanation = ExplainEncoder(opened->components());
    return results;
  }
  const RunnableModel model(opened, context.threads);
  const TextCodec codec(request.texts, *opened);
  ExplainRequest about = request.about;
  about.ids = OnlyIds(request.texts, codec);
  results.explanation = Explain(model, about, progress);
  results.tokens = codec.TokenTexts(results.explanation.ids);
  opened->checkpoint().RequireUnchanged();
  return results;
}

}  // namespace modelkin
