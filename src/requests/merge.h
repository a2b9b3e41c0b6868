// A merge by mergekit's recipe, carried out again.
#ifndef MODELKIN_REQUESTS_MERGE_H_
#define MODELKIN_REQUESTS_MERGE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/output_target.h"
#include "merging/merge_run.h"
#include "model/input_record.h"
#include "model/opened_model.h"
#include "requests/request_context.h"

namespace modelkin {

struct MergeRequest {
  std::string recipe;                                            // a file of YAML
  std::string compare = {};                                      // a model; "" for none
  std::vector<std::pair<std::string, std::string>> places = {};  // a name in the recipe, and where
  bool partial = false;
  DigestPolicy digest = DigestPolicy::kAuto;
};

// Where a merged checkpoint is written.
struct MergeOutput {
  std::string folder;
  // What a file of this path may replace. Called before anything is read.
  std::function<OutputTarget(const std::string& path)> plan_file;
  std::uint64_t shard_bytes = 5'000'000'000;
};

enum class MergeOutcome : std::uint8_t {
  kMerged,      // there was nothing to compare it with
  kIdentical,   // every tensor of the result comes out to the bit
  kConsistent,  // every tensor that is re-executed, where the result says what chance kept
  kDeviates,
};

// In the order of the values.
inline constexpr std::array<std::string_view, 4> kMergeOutcomeNames = {"merged", "identical",
                                                                       "consistent", "deviates"};

struct MergeResults {
  MergeRequest request;
  MergeRecipe recipe;
  std::vector<std::string> names;                          // of models, as the recipe has them
  std::vector<std::shared_ptr<const OpenedModel>> models;  // in the same order
  std::shared_ptr<const OpenedModel> result;               // null for none
  std::vector<InputRecord> inputs;                         // of the models, then of the result
  std::shared_ptr<const MergePlan> plan;                   // `merge` points into it
  MergeRun merge;
  MergeOutcome outcome = MergeOutcome::kMerged;
  // The result is itself a model of the recipe: that it comes out says nothing.
  bool result_is_a_model = false;
  std::vector<std::string> written;  // files, without their folder
  RunRecord run;

  std::uint64_t Count(MergedState state) const;
  // Of all tensors.
  MergeCounts Totals() const;
};

// The models that a recipe names, as paths. Throws what reading the recipe throws.
std::vector<std::string> ModelsOfRecipe(const MergeRequest& request, const Places& places);

// `output` may be null. Throws Error(kUsage) where DARE is to be written without a result that says
// what chance kept, or embeddings follow a tokenizer.
MergeResults MergeModels(const MergeRequest& request, const MergeOutput* output,
                         const RequestContext& context);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_MERGE_H_
