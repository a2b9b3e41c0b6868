#include "show_plan.h"

#include <fmt/format.h>

#include "base/byte_amount.h"
#include "base/escaped_text.h"
#include "report/text_table.h"
#include "terminal.h"

namespace modelkin {

void ShowPlan(const std::vector<PlannedInput>& inputs, PlanScope scope, const Program& program) {
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::string("-")
                      : fmt::format("{:.3f}%",
                                    100 * static_cast<double>(part) / static_cast<double>(whole));
  };
  TextTable table({"", "model", "tensors", "bytes", "of the model", "to move"});
  MovePlan all;
  for (const PlannedInput& input : inputs) {
    const MovePlan& plan = input.plan;
    table.AddRow({input.id.Name(), Printable(input.resolved), FormatCount(plan.tensors),
                  FormatBytes(plan.bytes), percent(plan.bytes, plan.checkpoint_bytes),
                  FormatBytes(plan.to_move)});
    all.to_move += plan.to_move;
    all.checkpoint_bytes += plan.checkpoint_bytes;
  }
  WriteToTerminal([&](const TextSink& sink) {
    sink(table.Render(ScreenOf(program).style));
    sink(fmt::format(
        "{} would move{}, {} of the models{}; headers have been read\n", FormatBytes(all.to_move),
        scope == PlanScope::kAtMost ? " at most" : "", percent(all.to_move, all.checkpoint_bytes),
        scope == PlanScope::kFirstLook ? ", in the first look, and more where something "
                                         "is found or that does not settle it"
                                       : ""));
  });
}

void ShowWholePlan(const Inputs& models, const Program& program) {
  ShowPlan(PlanWhole(models), PlanScope::kAtMost, program);
}

void AddWholePlanFlag(CLI::App& command, bool& plan) {
  command.add_flag("--plan", plan,
                   "Only print what may be read at most, and how much of it moved over a network");
}

}  // namespace modelkin
