// MLPs: gated or plain, of all tokens or of experts, and the units that one token moves most.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "architecture/placed_tensor.h"
#include "explanation/fact_sheet.h"
#include "explanation/topics.h"

namespace modelkin {
namespace {

constexpr std::size_t kLargestUnits = 8;
constexpr double kSmall = 0.01;  // of the largest product

struct FunctionNames {
  const char *name, *gated, *formula;
};

FunctionNames NamesOf(ActivationFunction function) {
  switch (function) {
    case ActivationFunction::kSilu: return {"SiLU", "SwiGLU", "u / (1 + exp(-u))"};
    case ActivationFunction::kGelu: return {"GELU", "GeGLU", "u Phi(u)"};
    case ActivationFunction::kGeluTanh:
      return {"GELU (tanh)", "GeGLU", "0.5 u (1 + tanh(sqrt(2 / pi) (u + 0.044715 u^3)))"};
    case ActivationFunction::kQuickGelu: return {"quick GELU", "GeGLU", "u / (1 + exp(-1.702 u))"};
    case ActivationFunction::kRelu: return {"ReLU", "ReGLU", "max(u, 0)"};
    case ActivationFunction::kReluSquared: return {"squared ReLU", "gated ReLU^2", "max(u, 0)^2"};
  }
  return {};
}

Formula FormulaOf(const MlpProbe& mlp, bool bias) {
  const FunctionNames names = NamesOf(mlp.function);
  if (mlp.limit > 0) {
    return {
        .kind = "clamped_swiglu",
        .title = "clamped SwiGLU, with biases",
        .lines = {fmt::format("g = min(W_gate x + b_gate, {:g})", mlp.limit),
                  fmt::format("u = clamp(W_up x + b_up, -{0:g}, {0:g})", mlp.limit),
                  fmt::format("y = W_down (g / (1 + exp(-{:.4g} g)) * (u + 1)) + b_down",
                              mlp.slope)},
        .sources = {"gpt-oss model card, arXiv 2508.10925, section 2.2, and its reference code"}};
  }
  if (mlp.up.empty()) {
    return {
        .kind = "plain_mlp",
        .title = fmt::format("plain MLP, {}: no gate, and so no SwiGLU", names.name),
        .lines = {"y = W_down f(W_up x + b_up) + b_down", fmt::format("f(u) = {}", names.formula)},
        .sources = {"Vaswani et al., arXiv 1706.03762, section 3.3",
                    "GELU: Hendrycks and Gimpel, arXiv 1606.08415"}};
  }
  const std::string gated = names.gated;
  const char* const kind = gated == "SwiGLU"  ? "swiglu"
                           : gated == "GeGLU" ? "geglu"
                           : gated == "ReGLU" ? "reglu"
                                              : "gated_relu_squared";
  return {
      .kind = kind,
      .title = fmt::format("{}: an MLP gated by {}", gated, names.name),
      .lines =
          {bias
               ? "y = W_down (f(W_gate x + b_gate) * (W_up x + b_up)) + b_down       * unit by unit"
               : "y = W_down (f(W_gate x) * W_up x)       * unit by unit",
           fmt::format("f(u) = {}", names.formula)},
      .sources = {"Shazeer, GLU variants improve transformer, arXiv 2002.05202, section 2"}};
}

// Parameters of all MLPs of a layer, and those that one token passes.
struct LayerParameters {
  std::uint64_t stored = 0, active = 0;
};

std::vector<LayerParameters> CountParameters(const RunnableModel& model) {
  std::vector<LayerParameters> layers(model.layers());
  std::vector<std::uint64_t> experts(layers.size());
  const TensorPlacer placer(&model.spec());
  for (const modelkin::Tensor& tensor : model.weights().checkpoint().tensors()) {
    const PlacedTensor placed = placer.Place(tensor);
    if (!placed.layer || *placed.layer >= layers.size() || !IsOfMlp(placed.role)) continue;
    layers[*placed.layer].stored += tensor.elements;
    if (placed.module == ModuleKind::kRoutedExperts) experts[*placed.layer] += tensor.elements;
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].active = layers[i].stored - experts[i];
    if (experts[i] > 0) {
      layers[i].active +=
          experts[i] / model.facts().Size("experts") * model.facts().Size("experts_per_token");
    }
  }
  return layers;
}

std::string KindOfLayer(const RunnableModel& model, std::size_t layer) {
  if (!model.facts().HasExperts(layer)) {
    return fmt::format("dense, {} units", model.facts().Size("width"));
  }
  std::string kind =
      fmt::format("{} experts of {} units, {} for a token", model.facts().Size("experts"),
                  model.facts().Size("expert_width"), model.facts().Size("experts_per_token"));
  if (model.facts().Has("shared")) {
    kind += fmt::format("; {} shared units for all", model.facts().Size("shared_width"));
  }
  return kind;
}

void AddWidths(const RunnableModel& model, FactSheet& sheet) {
  const auto& spec = model.spec();
  sheet.Size("residual", "width of the residual stream");
  if (spec.CountLayers(LayerKind::kDense) > 0) sheet.Size("width", "units of a dense MLP");
  if (spec.CountLayers(LayerKind::kExperts) == 0) return;
  sheet.Size("expert_width", "units of an expert");
  if (model.facts().Has("shared")) {
    sheet.Computed("shared_width", "units of the shared expert",
                   std::uint64_t{model.facts().Size("shared_width")},
                   "moe_intermediate_size * n_shared_experts");
  }
  sheet.Size("experts", "experts");
  sheet.Size("experts_per_token", "chosen for a token");
}

void AddFunction(const RunnableModel& model, const MlpProbe& mlp, FactSheet& sheet) {
  if (mlp.limit > 0) {
    sheet.Config("limit", "limit of gate and up", static_cast<double>(mlp.limit), "swiglu_limit");
    sheet.Config("slope", "slope of the sigmoid", static_cast<double>(mlp.slope), "swiglu_alpha");
    return;
  }
  sheet.Config("activation", "activation f", std::string(NamesOf(mlp.function).name),
               model.spec().family->activation_key);
}

void AddParameters(const RunnableModel& model, std::size_t layer, FactSheet& sheet) {
  const std::vector<LayerParameters> layers = CountParameters(model);
  LayerParameters all;
  for (const LayerParameters& each : layers) {
    all.stored += each.stored;
    all.active += each.active;
  }
  const std::string here = fmt::format("layer {}", layer);
  sheet.Counted("layer_stored", "parameters stored, " + here, layers[layer].stored,
                "its tensors, without the router");
  sheet.Counted("layer_active", "of these met by a token", layers[layer].active,
                "without experts not chosen");
  sheet.Counted("model_stored", "parameters stored, all layers", all.stored,
                "their tensors, without routers");
  sheet.Counted("model_active", "of these met by a token", all.active,
                "without experts not chosen");
}

void AddTensors(const ProbedToken& token, FactSheet& sheet) {
  bool expert_done = false;  // all are alike
  for (const MlpProbe& mlp : token.probe.mlps) {
    const auto expert = mlp.expert();
    if (expert && expert_done) continue;
    expert_done = expert_done || expert.has_value();
    const std::string of = expert ? fmt::format(" of expert {}", *expert)
                           : mlp.mlp.module == ModuleKind::kSharedExperts ? " of the shared expert"
                                                                          : "";
    for (const auto& [part, role] :
         {std::pair{"gate", Role::kGate}, {"up", Role::kUp}, {"down", Role::kDown}}) {
      sheet.MlpTensor(token.layer, part + of, mlp.mlp, role);
      sheet.MlpTensor(token.layer, part + of + ", bias", mlp.mlp, role, true);
    }
  }
}

MlpWork MlpWorkOf(const MlpProbe& mlp, const ProbedToken& token) {
  MlpWork work{.part = MlpModule(mlp.mlp),
               .expert = mlp.expert(),
               .units = mlp.products.size(),
               .largest = {}};
  if (work.expert) {
    const auto found = std::ranges::find(token.experts, *work.expert);
    if (found != token.experts.end()) {
      work.weight = token.weights[static_cast<std::size_t>(found - token.experts.begin())];
    }
  }
  std::vector<std::size_t> order(mlp.products.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = [&](std::size_t i) { return std::abs(mlp.products[i]); };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
  double squares = 0;
  double of_largest = 0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t i = order[place];
    const double square = static_cast<double>(mlp.products[i]) * mlp.products[i];
    squares += square;
    if (size(i) < kSmall * size(order.front())) ++work.small;
    if (place >= kLargestUnits) continue;
    of_largest += square;
    UnitRow row{.unit = i,
                .gate = mlp.gate[i],
                .activated = mlp.activated[i],
                .up = {},
                .product = mlp.products[i]};
    if (!mlp.up.empty()) row.up = mlp.up[i];
    work.largest.push_back(row);
  }
  work.share_of_largest = squares > 0 ? of_largest / squares : 0;
  return work;
}

// By the router's weight; what all tokens pass comes last.
void AddWork(const ProbedToken& token, Explanation& to) {
  for (const MlpProbe& mlp : token.probe.mlps) to.mlps.push_back(MlpWorkOf(mlp, token));
  std::ranges::stable_sort(to.mlps, [](const MlpWork& a, const MlpWork& b) {
    return a.weight.value_or(0) > b.weight.value_or(0);
  });
}

void AddNotes(const RunnableModel& model, Explanation& to) {
  const auto dense = model.config().Size("intermediate_size");
  const auto& spec = model.spec();
  if (spec.CountLayers(LayerKind::kDense) == 0 && dense &&
      spec.sizes.at("expert_width").key != "intermediate_size") {
    to.notes.push_back(fmt::format(
        "config.json's intermediate_size, {}, is of no use: no layer is dense.", *dense));
  }
  if (model.facts().Has("shared")) {
    to.notes.emplace_back(
        "The shared expert has moe_intermediate_size * n_shared_experts units, not "
        "intermediate_size; its output is added with weight 1.");
  }
}

}  // namespace

void ExplainSwiglu(const RunnableModel& model, const ProbedToken& token, Explanation& to) {
  FactSheet sheet(model, to);
  const MlpProbe& mlp = token.probe.mlps.front();
  const bool bias = sheet.HasMlpTensor(token.layer, mlp.mlp, Role::kUp, true);
  to.formula = FormulaOf(mlp, bias);
  AddWidths(model, sheet);
  AddFunction(model, mlp, sheet);
  AddParameters(model, token.layer, sheet);
  AddTensors(token, sheet);
  std::vector<std::string> kinds;
  kinds.reserve(model.layers());
  for (std::size_t i = 0; i < model.layers(); ++i) kinds.push_back(KindOfLayer(model, i));
  sheet.Spans(kinds);
  AddNotes(model, to);
  AddWork(token, to);
}

}  // namespace modelkin
