#include "show_plan.h"

#include <fmt/format.h>

#include <deque>

#include "base/error.h"
#include "checkpoint/move_plan.h"
#include "model_opening.h"
#include "report/text_table.h"
#include "shared_options.h"
#include "source/location.h"

namespace modelkin {

void ShowPlan(const std::vector<PlannedModel>& models, bool at_most) {
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::string("-")
                      : fmt::format("{:.3f}%",
                                    100 * static_cast<double>(part) / static_cast<double>(whole));
  };
  TextTable table({"", "model", "tensors", "bytes", "of the model", "to move"});
  MovePlan all;
  for (const PlannedModel& model : models) {
    const MovePlan plan = PlanMoves(*model.checkpoint, model.tensors);
    table.AddRow({model.id, Printable(ResolveLocation(model.checkpoint->path())),
                  FormatCount(plan.tensors), FormatBytes(plan.bytes),
                  percent(plan.bytes, plan.checkpoint_bytes), FormatBytes(plan.to_move)});
    all.to_move += plan.to_move;
    all.checkpoint_bytes += plan.checkpoint_bytes;
  }
  WriteToTerminal([&](const TextSink& sink) {
    sink(table.Render(TextStyle(ColourWanted())));
    sink(fmt::format("{} would move{}, {} of the models; headers have been read\n",
                     FormatBytes(all.to_move), at_most ? " at most" : "",
                     percent(all.to_move, all.checkpoint_bytes)));
  });
}

void ShowWholePlan(const std::vector<std::string>& paths, const OpenOptions& opening) {
  std::deque<Checkpoint> checkpoints;
  std::vector<PlannedModel> models;
  models.reserve(paths.size());
  for (const std::string& path : paths) {
    const Checkpoint& checkpoint = checkpoints.emplace_back(OpenCheckpoint(path, opening));
    PlannedModel& model = models.emplace_back();
    model.id = InputId(models.size() - 1);
    model.checkpoint = &checkpoint;
    model.tensors.reserve(checkpoint.tensors().size());
    for (const Tensor& tensor : checkpoint.tensors()) model.tensors.push_back(&tensor);
  }
  ShowPlan(models, true);
}

void AddWholePlanFlag(CLI::App& command, bool& plan) {
  command.add_flag("--plan", plan,
                   "Only print what may be read at most, and how much of it moved over a network");
}

}  // namespace modelkin
