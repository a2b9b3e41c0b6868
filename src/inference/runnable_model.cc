#include "inference/runnable_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/converted_order.h"
#include "architecture/named_by_role.h"
#include "base/error.h"
#include "base/escaped_text.h"

namespace modelkin {

RunnableModel::RunnableModel(std::shared_ptr<const OpenedModel> opened, unsigned threads)
    : opened_(std::move(opened)) {
  opened_->RequireConfig();
  const ModelConfig* const config = opened_->config();
  const auto fail = [&](std::string_view problem) {
    throw Error(ErrorKind::kBadInput, problem,
                {.file = config == nullptr ? opened_->path() : config->file(),
                 .tensor = "",
                 .offset_bytes = {}});
  };
  if (config == nullptr) fail("has no config.json, and a model cannot be run without it");
  if (opened_->family() == nullptr) {
    fail(fmt::format("\"model_type\" is \"{}\", which is not known; families that can be run: {}",
                     Printable(config->model_type()), fmt::join(RunnableFamilies(), ", ")));
  }
  if (opened_->spec() == nullptr) {
    fail(opened_->findings().empty() ? "makes no model" : opened_->findings().front().message);
  }
  facts_.emplace(*config, spec());
  if (layers() == 0) fail("makes a model without layers");
  if (spec().Size("heads").value_or(1) == 0) fail("makes a model without attention heads");
  family_ = MakeFamilyModel(*facts_);
  const RotaryOrder order = ConvertedOrder(*config, spec());
  is_reordered_ = !order.is_same();
  weights_ = std::make_unique<const Weights>(
      InTransformersOrder(NamedByRole(opened_->checkpoint(), &spec()), order), threads);
  if (family_->takes_images()) return;
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
