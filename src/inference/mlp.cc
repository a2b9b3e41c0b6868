#include "inference/mlp.h"

#include <algorithm>
#include <vector>

#include "base/parallel.h"

namespace modelkin {
namespace {

// Experts whose results are held at once.
constexpr std::size_t kExpertsTogether = 16;

void ApplyByRows(ActivationFunction function, Activations& x, unsigned threads) {
  ForRows(x, threads, [&](std::size_t first, std::size_t last) {
    Apply(function, {x.Row(first), (last - first) * x.columns});
  });
}

// gate = f(gate) * up
void Gate(Activations& gate, const Activations& up, ActivationFunction function, unsigned threads,
          MlpProbe* probe) {
  if (probe != nullptr) {
    probe->gate = probe->RowOf(gate);
    probe->up = probe->RowOf(up);
  }
  ApplyByRows(function, gate, threads);
  if (probe != nullptr) probe->activated = probe->RowOf(gate);
  ForRows(gate, threads, [&](std::size_t first, std::size_t last) {
    float* const out = gate.Row(first);
    const float* const factors = up.Row(first);
    for (std::size_t i = 0; i < (last - first) * gate.columns; ++i) out[i] *= factors[i];
  });
  if (probe != nullptr) probe->products = probe->RowOf(gate);
}

MlpProbe* ProbeOf(const LayerPass& pass, MlpId mlp, ActivationFunction function) {
  LayerProbe* const probe = pass.probe();
  return probe == nullptr ? nullptr : probe->AddMlp(mlp, function);
}

// The tokens that chose an expert, and the weight that each gives it.
struct ExpertRows {
  std::uint32_t expert = 0;
  std::vector<std::size_t> tokens;
  std::vector<float> weights;
};

std::vector<ExpertRows> RowsByExpert(const RouterChoice& choice) {
  std::vector<ExpertRows> by_expert(choice.experts_in_all);
  for (std::size_t i = 0; i < choice.experts.size(); ++i) {
    ExpertRows& rows = by_expert[choice.experts[i]];
    rows.expert = choice.experts[i];
    rows.tokens.push_back(i / choice.chosen);
    rows.weights.push_back(choice.weights[i]);
  }
  std::erase_if(by_expert, [](const ExpertRows& rows) { return rows.tokens.empty(); });
  return by_expert;
}

Activations Gather(const Activations& x, const std::vector<std::size_t>& rows) {
  Activations out(rows.size(), x.columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(x.Row(rows[i]), x.columns, out.Row(i));
  }
  return out;
}

// Their inputs are multiplied by the weights instead of their outputs.
Activations Weigh(ExpertRows& rows, Activations x) {
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t k = 0; k < x.columns; ++k) x.Row(i)[k] *= rows.weights[i];
    rows.weights[i] = 1;
  }
  return x;
}

void AddWeighted(const ExpertRows& rows, const Activations& result, Activations& out) {
  for (std::size_t i = 0; i < rows.tokens.size(); ++i) {
    float* const to = out.Row(rows.tokens[i]);
    const float* const from = result.Row(i);
    for (std::size_t k = 0; k < result.columns; ++k) to[k] += rows.weights[i] * from[k];
  }
}

// A probe for each expert that the token asked about chose; null for others.
std::vector<MlpProbe*> ExpertProbes(const LayerPass& pass, const std::vector<ExpertRows>& used) {
  std::vector<MlpProbe*> probes(used.size(), nullptr);
  LayerProbe* const all = pass.probe();
  if (all == nullptr) return probes;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto found = std::ranges::find(used[i].tokens, all->row);
    if (found == used[i].tokens.end()) continue;
    probes[i] = all->AddMlp({ModuleKind::kRoutedExperts, used[i].expert}, {});
    probes[i]->row = static_cast<std::size_t>(found - used[i].tokens.begin());
  }
  return probes;
}

}  // namespace

Activations GatedMlp(const LayerPass& pass, const Activations& x, MlpId mlp, std::size_t width,
                     ActivationFunction function, bool bias) {
  Activations gate = pass.Linear(x, mlp, Role::kGate, width, bias);
  const Activations up = pass.Linear(x, mlp, Role::kUp, width, bias);
  if (pass.observer.wants_mlp_units()) pass.observer.MlpUnits(pass.layer, gate, up);
  Gate(gate, up, function, pass.weights.threads(), ProbeOf(pass, mlp, function));
  return pass.Linear(gate, mlp, Role::kDown, x.columns, bias);
}

Activations PlainMlp(const LayerPass& pass, const Activations& x, MlpId mlp, std::size_t width,
                     ActivationFunction function, bool bias) {
  Activations up = pass.Linear(x, mlp, Role::kUp, width, bias);
  if (pass.observer.wants_mlp_units()) pass.observer.MlpUnits(pass.layer, up, {});
  MlpProbe* const probe = ProbeOf(pass, mlp, function);
  if (probe != nullptr) probe->gate = probe->RowOf(up);
  ApplyByRows(function, up, pass.weights.threads());
  if (probe != nullptr) probe->activated = probe->products = probe->RowOf(up);
  return pass.Linear(up, mlp, Role::kDown, x.columns, bias);
}

ExpertFunction GatedExpert(const LayerPass& pass, std::size_t width, ActivationFunction function) {
  return [&pass, width, function](const Activations& rows, std::uint32_t expert, unsigned threads,
                                  MlpProbe* probe) {
    const auto multiply = [&](const Activations& x, Role role, std::size_t outputs) {
      const std::string name = TensorOfMlp(pass.layer, {ModuleKind::kRoutedExperts, expert}, role);
      return Multiply(pass.weights, x, pass.weights.Require(name, {outputs, x.columns}), threads);
    };
    Activations gate = multiply(rows, Role::kGate, width);
    if (probe != nullptr) probe->function = function;
    Gate(gate, multiply(rows, Role::kUp, width), function, threads, probe);
    return multiply(gate, Role::kDown, rows.columns);
  };
}

Activations MixExperts(const LayerPass& pass, const Activations& x, const RouterChoice& choice,
                       const ExpertFunction& expert, ExpertWeighing weighing) {
  pass.observer.Routed(pass.layer, choice);
  std::vector<ExpertRows> used = RowsByExpert(choice);
  std::vector<std::uint32_t> numbers;
  numbers.reserve(used.size());
  for (const ExpertRows& rows : used) numbers.push_back(rows.expert);
  pass.weights.ReadExpertsAhead(pass.layer, numbers);

  const std::vector<MlpProbe*> probes = ExpertProbes(pass, used);
  Activations out(x.rows, x.columns);
  const double work = static_cast<double>(choice.experts.size()) * static_cast<double>(x.columns) *
                      static_cast<double>(x.columns);
  const unsigned threads = work < kSerialWork ? 1 : pass.weights.threads();
  for (std::size_t begin = 0; begin < used.size(); begin += kExpertsTogether) {
    const std::size_t count = std::min(kExpertsTogether, used.size() - begin);
    std::vector<Activations> results(count);
    // With fewer experts than threads each expert's products have threads of their own.
    const bool apart = count >= threads;
    ParallelFor(apart ? threads : 1, count, [&](std::size_t i, unsigned) {
      ExpertRows& rows = used[begin + i];
      Activations inputs = Gather(x, rows.tokens);
      if (weighing == ExpertWeighing::kInputs) inputs = Weigh(rows, std::move(inputs));
      results[i] = expert(inputs, rows.expert, apart ? 1 : threads, probes[begin + i]);
    });
    for (std::size_t i = 0; i < count; ++i) AddWeighted(used[begin + i], results[i], out);
  }
  return out;
}

}  // namespace modelkin
