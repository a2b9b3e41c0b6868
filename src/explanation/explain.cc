#include "explanation/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "explanation/topics.h"
#include "inference/forward_pass.h"

namespace modelkin {
namespace {

constexpr std::array<std::pair<std::string_view, Topic>, 5> kTopics = {
    {{"router", Topic::kRouter},
     {"rope", Topic::kRope},
     {"gqa", Topic::kGqa},
     {"swiglu", Topic::kSwiglu},
     {"encoder", Topic::kEncoder}}};
constexpr std::uint64_t kDefaultIds = 3;

// Keeps what the layer asked about does with the token.
class TokenObserver final : public PassObserver {
 public:
  TokenObserver(std::size_t layer, std::size_t row) : layer_(layer), probe_(row) {}

  LayerProbe* probe(std::size_t layer) override { return layer == layer_ ? &probe_ : nullptr; }

  void Routed(std::size_t layer, const RouterChoice& choice) override {
    if (layer != layer_) return;
    const auto first = static_cast<std::ptrdiff_t>(probe_.row * choice.chosen);
    const auto end = first + static_cast<std::ptrdiff_t>(choice.chosen);
    experts_.assign(choice.experts.begin() + first, choice.experts.begin() + end);
    weights_.assign(choice.weights.begin() + first, choice.weights.begin() + end);
  }

  void Give(ProbedToken& to) {
    to.probe = std::move(probe_);
    to.experts = std::move(experts_);
    to.weights = std::move(weights_);
  }

 private:
  std::size_t layer_;
  LayerProbe probe_;
  std::vector<std::uint32_t> experts_;
  std::vector<float> weights_;
};

bool LayerHas(const RunnableModel& model, Topic topic, std::size_t layer) {
  switch (topic) {
    case Topic::kRouter: return model.facts().HasExperts(layer);
    case Topic::kRope: return model.family().rotary_of(layer).has_value();
    case Topic::kGqa:
    case Topic::kSwiglu: return true;
    case Topic::kEncoder: break;
  }
  return false;
}

// The layers that have the topic's part.
std::vector<std::size_t> LayersWith(const RunnableModel& model, Topic topic) {
  std::vector<std::size_t> layers;
  for (std::size_t i = 0; i < model.layers(); ++i) {
    if (LayerHas(model, topic, i)) layers.push_back(i);
  }
  return layers;
}

std::size_t ChooseLayer(const RunnableModel& model, const ExplainRequest& request,
                        const std::vector<std::size_t>& layers) {
  if (!request.layer) return layers.front();
  const std::size_t layer = *request.layer;
  if (layer >= model.layers()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--layer {}: the model's last layer is {}", layer, model.layers() - 1));
  }
  if (std::ranges::find(layers, layer) == layers.end()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--layer {}: this layer is dense and has no router; layers with one: "
                            "{} of {}, the first is {}",
                            layer, layers.size(), model.layers(), layers.front()));
  }
  return layer;
}

std::vector<std::uint64_t> ChooseIds(const RunnableModel& model, const ExplainRequest& request) {
  if (!request.ids.empty()) return request.ids;
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 1; id <= kDefaultIds && id < model.vocabulary(); ++id) ids.push_back(id);
  if (ids.empty()) ids.push_back(0);
  return ids;
}

// An encoder of images knows no tokens.
void RequireTokens(const RunnableModel& model) {
  if (model.vocabulary() > 0) return;
  throw Error(ErrorKind::kUsage,
              "the model takes images, and no tokens: `modelkin explain encoder` explains it");
}

ProbedToken Probe(const RunnableModel& model, const ExplainRequest& request, std::size_t layer,
                  Progress& progress) {
  ProbedToken token{.layer = layer, .head = request.head, .ids = ChooseIds(model, request)};
  token.position = request.token.value_or(token.ids.size() - 1);
  if (token.position >= token.ids.size()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--token {}: the text has {} tokens, numbered from 0", token.position,
                            token.ids.size()));
  }
  const std::size_t heads = model.facts().Size("heads");
  if (request.head >= heads) {
    throw Error(ErrorKind::kUsage, fmt::format("--head {}: the model's last query head is {}",
                                               request.head, heads - 1));
  }
  const Batch batch = MakeBatch({token.ids});
  RequireFits(model, batch, request.beyond_context);
  TokenObserver observer(layer, token.position);
  RunFirstLayers(model, batch, layer + 1, observer, progress);
  observer.Give(token);
  return token;
}

void ExplainAbsence(const RunnableModel& model, Explanation& to) {
  to.present = false;
  if (to.topic == Topic::kRouter) ExplainNoRouter(model, to);
  if (to.topic == Topic::kRope) ExplainNoRope(model, to);
}

}  // namespace

std::string_view TopicName(Topic topic) {
  return std::ranges::find(kTopics, topic, &std::pair<std::string_view, Topic>::second)->first;
}

std::optional<Topic> ParseTopic(std::string_view name) {
  const auto* const found =
      std::ranges::find(kTopics, name, &std::pair<std::string_view, Topic>::first);
  return found == kTopics.end() ? std::nullopt : std::optional(found->second);
}

Explanation Explain(const RunnableModel& model, const ExplainRequest& request, Progress& progress) {
  RequireTokens(model);
  Explanation to;
  to.topic = request.topic;
  to.family = model.spec().family->name;
  to.title = model.spec().family->title;
  const std::vector<std::size_t> layers = LayersWith(model, request.topic);
  if (layers.empty()) {
    ExplainAbsence(model, to);
    return to;
  }
  const ProbedToken token = Probe(model, request, ChooseLayer(model, request, layers), progress);
  to.layer = token.layer;
  to.token = token.position;
  to.ids = token.ids;
  switch (request.topic) {
    case Topic::kRouter: ExplainRouter(model, token, to); break;
    case Topic::kRope: ExplainRope(model, token, to); break;
    case Topic::kGqa: ExplainGqa(model, token, to); break;
    case Topic::kSwiglu: ExplainSwiglu(model, token, to); break;
    case Topic::kEncoder: break;
  }
  return to;
}

}  // namespace modelkin
