#include "requests/trace_plan.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "evidence/effort.h"
#include "evidence/trace.h"
#include "requests/rehearsed_source.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

// Adds where, beside codes, there are numbers that decoding goes by: the order of groups.
void AddOrders(const Tensor& tensor, std::vector<std::vector<FileRange>>& of_files) {
  if (tensor.coded == nullptr) return;
  const std::vector<Tensor>& parts = tensor.coded->parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    AddOrders(parts[i], of_files);
    const DType dtype = parts[i].dtype;
    if (i == 0 || (dtype != DType::kI32 && dtype != DType::kI64)) continue;
    of_files[parts[i].file].push_back({parts[i].offset_bytes, parts[i].length_bytes});
  }
}

// A model of which only is remembered what is read of it.
class Rehearsal {
 public:
  Rehearsal(const Input& input, std::uint64_t seed) : input_(input) {
    const Checkpoint& real = input.checkpoint();
    std::vector<CheckpointFile> files = real.files();
    std::vector<std::vector<FileRange>> orders(files.size());
    for (const Tensor& tensor : real.tensors()) AddOrders(tensor, orders);
    for (std::size_t i = 0; i < files.size(); ++i) {
      sources_.push_back(
          std::make_shared<RehearsedSource>(files[i].source, seed, std::move(orders[i])));
      files[i].source = sources_.back();
    }
    checkpoint_ = std::make_unique<Checkpoint>(real.path(), std::move(files), real.tensors(),
                                               std::vector<Said>(), real.incomplete());
  }

  TracedModel traced() const {
    return {.checkpoint = checkpoint_.get(), .spec = input_.model->spec()};
  }

  PlannedInput Result() const {
    MovePlan plan{.checkpoint_bytes = checkpoint_->total_bytes()};
    for (const auto& source : sources_) {
      plan.bytes += source->bytes();
      plan.to_move += source->to_move();
    }
    plan.tensors = static_cast<std::uint64_t>(
        std::ranges::count_if(checkpoint_->tensors(), [&](const Tensor& tensor) {
          return sources_[tensor.file]->WasRead(tensor.offset_bytes, tensor.length_bytes);
        }));
    return {.id = input_.id,
            .resolved = input_.model->places().Resolve(input_.model->path()),
            .plan = plan};
  }

 private:
  const Input& input_;
  std::vector<std::shared_ptr<RehearsedSource>> sources_;
  std::unique_ptr<Checkpoint> checkpoint_;
};

}  // namespace

PlannedTrace PlanTrace(const Inputs& models, const TraceOptions& options,
                       const RequestContext& context) {
  const std::vector<DrawPlan> looks =
      PlansOf(options, models.a().checkpoint(), models.b().checkpoint());
  if (looks.front().is_all()) return {.inputs = PlanWhole(models), .whole = true};
  std::deque<Rehearsal> rehearsals;
  TracedModels traced;
  for (const Input& input : models.all()) {
    const TracedModel model = rehearsals.emplace_back(input, rehearsals.size()).traced();
    switch (input.id.role) {
      case InputRole::kA: traced.a = model; break;
      case InputRole::kB: traced.b = model; break;
      case InputRole::kControl: traced.controls.push_back(model); break;
      default: break;
    }
  }
  TraceSettings settings{options, context.threads};
  settings.plan = looks.front();
  settings.looks = looks.size();
  TraceState state;
  TraceLook(traced, settings, state, "", *context.progress);
  PlannedTrace plan;
  for (const Rehearsal& rehearsal : rehearsals) plan.inputs.push_back(rehearsal.Result());
  return plan;
}

}  // namespace modelkin
