#include "inference/runnable_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/converted_order.h"
#include "architecture/named_by_role.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {

RunnableModel::RunnableModel(std::shared_ptr<const OpenedModel> opened,
                             const ModelComponent& component, unsigned threads)
    : opened_(std::move(opened)) {
  opened_->RequireConfig();
  const ModelConfig* const config = component.config.get();
  const auto fail = [&](std::string_view problem) {
    throw Error(ErrorKind::kBadInput, problem,
                {.file = config == nullptr ? opened_->path() : config->file(),
                 .tensor = "",
                 .offset_bytes = {}});
  };
  if (opened_->config() == nullptr) {
    fail("has no config.json, and a model cannot be run without it");
  }
  if (config == nullptr) {
    fail(fmt::format("has a config.json that says nothing of its {} component",
                     ComponentName(component.kind)));
  }
  const ResolvedModel& resolved = component.resolved;
  if (resolved.family == nullptr) {
    fail(fmt::format("\"model_type\" is \"{}\", which is not known; families that can be run: {}",
                     Printable(config->model_type()), fmt::join(RunnableFamilies(), ", ")));
  }
  if (component.spec() == nullptr) {
    fail(resolved.findings.empty() ? "makes no model" : resolved.findings.front().message.english);
  }
  facts_.emplace(*config, *component.spec());
  if (layers() == 0) fail("makes a model without layers");
  if (spec().Size("heads").value_or(1) == 0) fail("makes a model without attention heads");
  family_ = MakeFamilyModel(*facts_);
  // Of an encoder its own tensors are all that there is; the text model's are found among all.
  const Checkpoint& tensors =
      component.kind == Component::kText ? opened_->checkpoint() : *component.checkpoint;
  const RotaryOrder order = ConvertedOrder(*config, spec());
  is_reordered_ = !order.is_same();
  weights_ = std::make_unique<const Weights>(
      InTransformersOrder(NamedByRole(tensors, &spec()), order), threads);
  if (family_->images() != nullptr) return;
  const std::string embedding = family_->EmbeddingName(*weights_);
  vocabulary_ = weights_->RequireColumns(embedding, width()).shape[0];
}

std::optional<std::uint64_t> RunnableModel::context() const {
  const auto positions = spec().Size("positions");
  if (!positions || *positions == 0) return std::nullopt;
  const auto rotary = family_->rotary();
  const std::uint64_t unused = family_->unused_positions();
  double context = static_cast<double>(*positions - std::min(*positions, unused));
  // What is stretched reaches further than it was trained for; files differ in which they say.
  if (rotary && rotary->scaling != RotaryScaling::kNone &&
      rotary->scaling != RotaryScaling::kLongRope) {
    context = std::max(context, rotary->factor * rotary->original_positions);
  }
  return static_cast<std::uint64_t>(std::min(context, 1e15));
}

}  // namespace modelkin
