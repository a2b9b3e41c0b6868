#include <fmt/format.h>

#include <map>

#include "base/byte_amount.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "report/dynamics_report.h"
#include "report/text_table.h"

namespace modelkin {
namespace {

std::string FigureText(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

std::string LastOf(const std::vector<std::optional<double>>& values) {
  return values.empty() ? "-" : FigureText(values.back());
}

void AddRow(const std::string& name, const DriftProfile& profile, TextTable& table) {
  table.AddRow({name, fmt::format("{:.4g}", profile.norms.front()),
                fmt::format("{:.4g}", profile.norms.back()), LastOf(profile.total_drifts),
                LastOf(profile.drifts), LastOf(profile.update_cosines),
                FigureText(profile.still_moving)});
}

std::string StepsText(const DynamicsResults& results, const TextStyle& style) {
  const DriftProfile& all = results.dynamics.all;
  TextTable table({"from, to", "drift", "drift from S1", "cosine with the step before"});
  for (std::size_t k = 0; k < all.steps.size(); ++k) {
    table.AddRow({fmt::format("S{}, S{}", k + 1, k + 2), FigureText(all.drifts[k]),
                  FigureText(all.total_drifts[k]),
                  k == 0 ? "-" : FigureText(all.update_cosines[k - 1])});
  }
  std::string text = "\n" + style.Bold("Steps, all tensors as one") + "\n" + table.Render(style);
  for (const SameCheckpoint& same : results.dynamics.repeated) {
    text += fmt::format("  S{} is S{}: all its tensors have the same values\n", same.checkpoint + 1,
                        same.same_as + 1);
  }
  return text;
}

std::string LayersText(const TrainingDynamics& dynamics, const TextStyle& style) {
  TextTable table({"layer", "norm, first", "norm, last", "total drift", "last drift", "last cosine",
                   "still moving"});
  for (const DriftProfile& layer : dynamics.layers) {
    AddRow(std::to_string(layer.layer.value_or(0)), layer, table);
  }
  if (dynamics.outside) AddRow("outside", *dynamics.outside, table);
  std::string text = "\n" + style.Bold("By depth") + "\n" + table.Render(style);
  text += style.Dim(
      "  drift: |change| / |weights|; cosine: of a step with the one before; still moving: the "
      "last "
      "drift over the largest\n");
  if (!dynamics.by_last_drift.empty()) {
    text += fmt::format("  moving most in the last step: layers {}\n",
                        fmt::join(dynamics.by_last_drift, ", "));
  }
  return text;
}

// Means over a layer's matrices, of the first and of the last checkpoint.
std::string SpectraText(const DynamicsResults& results, const TextStyle& style) {
  struct Means {
    double rank = 0, alpha = 0;
    std::size_t ranks = 0, alphas = 0;
  };
  std::map<std::uint32_t, std::array<Means, 2>> layers;
  for (const bool last : {false, true}) {
    for (const TensorSpectrum& tensor : last ? results.spectra.back() : results.spectra.front()) {
      if (!tensor.spectrum || !tensor.layer) continue;
      Means& means = layers[*tensor.layer][last ? 1 : 0];
      means.rank += tensor.spectrum->stable_rank;
      ++means.ranks;
      if (!tensor.spectrum->power_law) continue;
      means.alpha += tensor.spectrum->power_law->alpha;
      ++means.alphas;
    }
  }
  if (layers.empty()) return "";
  const auto mean = [](double sum, std::size_t count) {
    return count == 0 ? std::string("-") : fmt::format("{:.3g}", sum / static_cast<double>(count));
  };
  TextTable table({"layer", "stable rank, first", "last", "alpha, first", "last"});
  for (const auto& [layer, of] : layers) {
    table.AddRow({std::to_string(layer), mean(of[0].rank, of[0].ranks),
                  mean(of[1].rank, of[1].ranks), mean(of[0].alpha, of[0].alphas),
                  mean(of[1].alpha, of[1].alphas)});
  }
  return "\n" + style.Bold("Spectra, means over a layer's matrices") + "\n" + table.Render(style);
}

}  // namespace

void WriteDynamicsText(const DynamicsResults& results, const Screen& screen, const TextSink& sink) {
  const TextStyle& style = screen.style;
  std::string text = style.Bold("Checkpoints, in the order of training") + "\n";
  for (std::size_t i = 0; i < results.inputs.size(); ++i) {
    const InputRecord& input = results.inputs[i];
    text += fmt::format("  S{:<3} {}  ({}, {})\n", i + 1, Printable(input.path),
                        FormatQuantity(input.tensors, "tensor"), FormatBytes(input.bytes));
    for (const Said& warning : input.warnings) {
      text += fmt::format("      {}\n", warning.english);
    }
  }
  sink(text);
  sink(StepsText(results, style));
  sink(LayersText(results.dynamics, style));
  sink(SpectraText(results, style));
  std::string notes;
  if (results.dynamics.not_in_all > 0) {
    notes += fmt::format("\n{} tensors are not in all checkpoints with one shape.\n",
                         results.dynamics.not_in_all);
  }
  for (const SkippedTensor& tensor : results.dynamics.left_out) {
    notes += fmt::format("{} was left out: {}\n", Printable(tensor.name), tensor.reason);
  }
  sink(notes);
}

}  // namespace modelkin
