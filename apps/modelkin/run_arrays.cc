#include "run_arrays.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "base/output_file.h"
#include "output_option.h"

namespace modelkin {
namespace {

constexpr std::array<std::string_view, 11> kArrays = {
    "ids",    "grids",     "offsets",        "hidden",         "final",        "logits",
    "pooled", "deepstack", "router_choices", "router_weights", "router_layers"};

}  // namespace

RunArrays::RunArrays(std::string folder, InputFiles inputs, bool force)
    : folder_(std::move(folder)), inputs_(std::move(inputs)), force_(force) {}

void RunArrays::Begin(const RunnableModel& model, const Batch& batch) {
  MakeOutputFolder(folder_);
  for (const std::string_view name : kArrays) {
    targets_.emplace(name, PlanOutput(fmt::format("{}/{}.npy", folder_, name), inputs_, force_));
  }
  hidden_.emplace(Target("hidden"), NpyFile::Type::kFloat32,
                  std::vector<std::uint64_t>{model.layers() + 1, batch.rows(), model.width()});
}

void RunArrays::End(const RunnableModel& model, const Batch& batch, const RunResults& results) {
  // Only now: a pass that fails leaves the folder as it was.
  if (batch.grids.empty()) {
    WriteNumbers("ids", {batch.ids.begin(), batch.ids.end()});
    RemoveOutput(Target("grids"));
  } else {
    WriteGrids(batch.grids);
    RemoveOutput(Target("ids"));
  }
  std::vector<std::int64_t> offsets = {0};
  for (const TextRows& text : batch.texts) {
    offsets.push_back(static_cast<std::int64_t>(text.first + text.rows));
  }
  WriteNumbers("offsets", offsets);
  hidden_->Commit();
  WriteMatrix("final", *results.final);
  if (model.family().has_head()) {
    WriteMatrix("logits", *results.logits);
  } else {
    // What an earlier run left there of another model would pass for this one's.
    RemoveOutput(Target("logits"));
  }
  WritePooled(results);
  if (!results.routing.empty()) {
    WriteRouting(results, batch.rows());
  } else {
    for (const char* name : {"router_choices", "router_weights", "router_layers"}) {
      RemoveOutput(Target(name));
    }
  }
}

void RunArrays::WriteNumbers(const char* name, const std::vector<std::int64_t>& numbers) const {
  NpyFile file(Target(name), NpyFile::Type::kInt64, {numbers.size()});
  file.Write(numbers);
  file.Commit();
}

void RunArrays::WriteGrids(const std::vector<PatchGrid>& grids) const {
  std::vector<std::int64_t> numbers;
  for (const PatchGrid& grid : grids) {
    for (const std::size_t size : {grid.frames, grid.rows, grid.columns}) {
      numbers.push_back(static_cast<std::int64_t>(size));
    }
  }
  NpyFile file(Target("grids"), NpyFile::Type::kInt64, {grids.size(), 3});
  file.Write(numbers);
  file.Commit();
}

void RunArrays::WritePooled(const RunResults& results) const {
  if (results.pooled) {
    WriteMatrix("pooled", *results.pooled);
  } else {
    RemoveOutput(Target("pooled"));
  }
  if (results.deepstack.empty()) return RemoveOutput(Target("deepstack"));
  const Activations& first = results.deepstack.front().rows;
  NpyFile file(Target("deepstack"), NpyFile::Type::kFloat32,
               {results.deepstack.size(), first.rows, first.columns});
  for (const RunLayerRows& of_layer : results.deepstack) file.Write(of_layer.rows.values);
  file.Commit();
}

void RunArrays::WriteMatrix(const char* name, const Activations& matrix) const {
  NpyFile file(Target(name), NpyFile::Type::kFloat32, {matrix.rows, matrix.columns});
  file.Write(matrix.values);
  file.Commit();
}

void RunArrays::WriteRouting(const RunResults& results, std::uint64_t tokens) const {
  std::vector<std::int64_t> layers;
  const std::uint64_t chosen = results.routing.begin()->second.chosen;
  const std::vector<std::uint64_t> shape = {results.routing.size(), tokens, chosen};
  NpyFile choices(Target("router_choices"), NpyFile::Type::kInt32, shape);
  NpyFile weights(Target("router_weights"), NpyFile::Type::kFloat32, shape);
  for (const auto& [layer, choice] : results.routing) {
    layers.push_back(static_cast<std::int64_t>(layer));
    const std::vector<std::int32_t> experts(choice.experts.begin(), choice.experts.end());
    choices.Write(experts);
    weights.Write(choice.weights);
  }
  choices.Commit();
  weights.Commit();
  WriteNumbers("router_layers", layers);
}

}  // namespace modelkin
