#include "inference/pass_recorder.h"
#include "report/json_output.h"
#include "report/run_report.h"

namespace modelkin {
namespace {

Json TokenJson(const ScoredToken& token, const std::string* text) {
  return {{"id", token.id},
          {"token", text == nullptr ? Json(nullptr) : Json(*text)},
          {"logit", Number(token.logit)},
          {"probability", Number(token.probability)}};
}

Json TextJson(const RunText& text) {
  Json next = Json::array();
  for (std::size_t i = 0; i < text.next.size(); ++i) {
    next.push_back(
        TokenJson(text.next[i], i < text.next_tokens.size() ? &text.next_tokens[i] : nullptr));
  }
  Json object = {{"text", OrNull(text.text)},
                 {"ids", text.ids},
                 {"tokens", text.tokens.empty() ? Json(nullptr) : Json(text.tokens)},
                 {"next", std::move(next)},
                 {"generated_ids", text.generated},
                 {"generated_text", OrNull(text.generated_text)}};
  object["embedding"] = text.embedding.empty() ? Json(nullptr) : Json(text.embedding);
  return object;
}

Json ImageJson(const RunImage& image) {
  const bool pooled = image.pooled_rows > 0;
  return {{"file", image.file},
          {"frames", image.grid.frames},
          {"rows", image.grid.rows},
          {"columns", image.grid.columns},
          {"final_rms", Number(image.final_rms)},
          {"pooled_rows", image.pooled_rows},
          {"pooled_rms", pooled ? Number(image.pooled_rms) : Json(nullptr)},
          {"embedding", image.embedding}};
}

template <class Value>
Json RowsJson(const std::vector<Value>& values, std::size_t columns) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < values.size(); i += columns) {
    Json row = Json::array();
    for (std::size_t k = 0; k < columns; ++k) row.push_back(values[i + k]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json MatrixJson(const Activations& matrix) { return RowsJson(matrix.values, matrix.columns); }

Json RouterJson(const RouterChoice& choice) {
  const auto load = ExpertLoad(choice);
  return {{"experts", choice.experts_in_all},
          {"experts_per_token", choice.chosen},
          {"choices", RowsJson(choice.experts, choice.chosen)},
          {"weights", RowsJson(choice.weights, choice.chosen)},
          {"load", load},
          {"effective_experts", Number(EffectiveExperts(load))},
          {"near_ties", choice.near_ties}};
}

}  // namespace

void WriteRunJson(const RunResults& results, const TextSink& sink) {
  JsonObjectWriter writer(sink);
  writer.Member("schema_version", kRunSchemaVersion);
  writer.Member("tool", ToolJson());
  writer.Member("inputs", Json::array({InputJson(results.input)}));
  writer.Member("family", results.family);
  std::size_t text = 0;
  writer.ArrayMember("texts", [&](Json& item) {
    if (text == results.texts.size()) return false;
    item = TextJson(results.texts[text++]);
    return true;
  });
  std::size_t image = 0;
  writer.ArrayMember("images", [&](Json& item) {
    if (image == results.images.size()) return false;
    item = ImageJson(results.images[image++]);
    return true;
  });
  writer.Member("cosines", results.cosines.empty() ? Json(nullptr) : Json(results.cosines));
  writer.Member("embedding_rms",
                results.hidden_rms.empty() ? Json(nullptr) : Number(results.hidden_rms.front()));
  std::size_t layer = 0;
  writer.ArrayMember("layers", [&](Json& item) {
    if (layer + 1 >= results.hidden_rms.size()) return false;
    const auto routing = results.routing.find(layer);
    item = {
        {"layer", layer},
        {"hidden_rms", Number(results.hidden_rms[layer + 1])},
        {"router", routing == results.routing.end() ? Json(nullptr) : RouterJson(routing->second)}};
    ++layer;
    return true;
  });
  std::size_t state = 0;
  writer.ArrayMember("hidden", [&](Json& item) {
    if (state == results.hidden.size()) return false;
    item = MatrixJson(results.hidden[state++]);
    return true;
  });
  writer.Member("final", results.final ? MatrixJson(*results.final) : Json(nullptr));
  writer.Member("logits", results.logits ? MatrixJson(*results.logits) : Json(nullptr));
  writer.Member("pooled", results.pooled ? MatrixJson(*results.pooled) : Json(nullptr));
  std::size_t tapped = 0;
  writer.ArrayMember("deepstack", [&](Json& item) {
    if (tapped == results.deepstack.size()) return false;
    const RunLayerRows& of_layer = results.deepstack[tapped++];
    item = {{"layer", of_layer.layer}, {"rows", MatrixJson(of_layer.rows)}};
    return true;
  });
  writer.Member("notes", RunNotes(results));
  writer.Member("run", RunJson(results.run));
  writer.End();
}

}  // namespace modelkin
