#include "inference/runnable_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "architecture/family_choice.h"
#include "architecture/named_by_role.h"
#include "base/error.h"
#include "checkpoint/checkpoint.h"

namespace modelkin {

RunnableModel::RunnableModel(const std::string& path, unsigned threads) : path_(path) {
  const Checkpoint checkpoint = OpenCheckpoint(path);
  config_ = FindModelConfig(path);
  const auto fail = [&](std::string_view problem) {
    throw Error(
        ErrorKind::kBadInput, problem,
        {.file = config_ == nullptr ? path : config_->file(), .tensor = "", .offset_bytes = {}});
  };
  if (config_ == nullptr) fail("has no config.json, and a model cannot be run without it");
  const Family* const family = ChooseFamily(*config_, &checkpoint);
  if (family == nullptr) {
    fail(fmt::format("\"model_type\" is \"{}\", which is not known; families that can be run: {}",
                     Printable(config_->model_type()), fmt::join(RunnableFamilies(), ", ")));
  }
  std::vector<Finding> findings;
  spec_ = ResolveSpec(*config_, *family, findings);
  if (!spec_) fail(findings.empty() ? "makes no model" : findings.front().message);
  facts_.emplace(*config_, *spec_);
  if (layers() == 0) fail("makes a model without layers");
  if (spec_->Size("heads").value_or(1) == 0) fail("makes a model without attention heads");
  family_ = MakeFamilyModel(*facts_);
  weights_ = std::make_unique<const Weights>(NamedByRole(checkpoint, &*spec_), threads);
  const std::string embedding(family_->EmbeddingName(*weights_));
  vocabulary_ = weights_->RequireColumns(embedding, width()).shape[0];
}

std::optional<std::uint64_t> RunnableModel::context() const {
  const auto positions = spec_->Size("positions");
  if (!positions || *positions == 0) return std::nullopt;
  const auto rotary = family_->rotary();
  double context = static_cast<double>(*positions);
  // What is stretched reaches further than it was trained for; files differ in which they say.
  if (rotary && rotary->scaling != RotaryScaling::kNone &&
      rotary->scaling != RotaryScaling::kLongRope) {
    context = std::max(context, rotary->factor * rotary->original_positions);
  }
  return static_cast<std::uint64_t>(std::min(context, 1e15));
}

}  // namespace modelkin
