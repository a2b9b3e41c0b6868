#include "requests/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/escaped_text.h"
#include "requests/merge_output.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostRecipeBytes = std::uint64_t{1} << 20;

MergeRecipe ReadRecipe(const MergeRequest& request, const Places& places) {
  const auto file = places.Open(request.recipe);
  if (file->size_bytes() > kMostRecipeBytes) {
    throw Error(ErrorKind::kBadInput, "is too large for a recipe",
                {.file = file->label(), .tensor = {}, .offset_bytes = {}});
  }
  std::vector<std::byte> scratch;
  const auto bytes = file->Read(0, file->size_bytes(), scratch);
  return ParseMergeRecipe(file->label(),
                          {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Of names that are no path from where the program runs, what lies beside the recipe.
std::string PlaceOf(const std::string& model, const MergeRequest& request, const Places& places) {
  for (const auto& [name, place] : request.places) {
    if (name == model) return place;
  }
  if (places.IsRemote(model) || places.MayExist(model)) return model;
  const std::string beside = (std::filesystem::path(request.recipe).parent_path() / model).string();
  return places.MayExist(beside) ? beside : model;
}

std::shared_ptr<const OpenedModel> OpenSource(const std::string& name, const MergeRequest& request,
                                              const RequestContext& context) {
  const std::string path = PlaceOf(name, request, *context.places);
  if (!context.places->MayExist(path)) {
    throw Error(
        ErrorKind::kBadInput,
        fmt::format("names a model \"{}\", and there is no such file or folder: --model NAME=PATH "
                    "says where it is",
                    Printable(name)),
        {.file = request.recipe, .tensor = {}, .offset_bytes = {}});
  }
  const OpenOptions opening{.partial = request.partial, .as_stored = true};
  auto model = OpenModel(path, opening, context.places);
  if (model->is_adapter_alone()) {
    throw Error(ErrorKind::kBadInput, "is an adapter, which mergekit adds to its base first",
                {.file = path, .tensor = {}, .offset_bytes = {}});
  }
  return model;
}

bool SameFiles(const InputRecord& one, const InputRecord& other) {
  if (one.resolved == other.resolved) return true;
  std::error_code error;
  if (std::filesystem::equivalent(one.path, other.path, error)) return true;
  return !one.files.empty() &&
         std::ranges::equal(one.files, other.files, [](const FileRecord& a, const FileRecord& b) {
           return a.sha256 && b.sha256 && *a.sha256 == *b.sha256;
         });
}

MergeOutcome OutcomeOf(const MergeResults& results) {
  if (results.result == nullptr) return MergeOutcome::kMerged;
  bool consistent = results.merge.only_in_result.empty();
  bool identical = consistent;
  for (const MergedTensor& tensor : results.merge.tensors) {
    identical = identical && tensor.state == MergedState::kEqual;
    consistent = consistent &&
                 (tensor.state == MergedState::kEqual || tensor.state == MergedState::kReadOff ||
                  tensor.state == MergedState::kSkipped);
  }
  // Of which nothing was compared, nothing is consistent.
  if (results.Totals().elements == 0) consistent = identical = false;
  return identical    ? MergeOutcome::kIdentical
         : consistent ? MergeOutcome::kConsistent
                      : MergeOutcome::kDeviates;
}

void RequireWritable(const MergePlan& plan, const MergeRequest& request) {
  for (const PlannedTensor& tensor : plan.tensors) {
    if (!tensor.skipped.empty()) {
      throw Error(ErrorKind::kUsage, fmt::format("can't be written here: {}", tensor.skipped),
                  {.file = request.recipe, .tensor = tensor.name, .offset_bytes = {}});
    }
  }
}

// What chance dropped is nowhere but in the result.
void RequireKnownChance(const MergePlan& plan, const MergeRequest& request) {
  if (!request.compare.empty()) return;
  for (const PlannedTensor& tensor : plan.tensors) {
    for (const PlannedSource& source : tensor.sources) {
      if (!DropsAtRandom(tensor.method) || source.density >= 1 || source.density <= 0) continue;
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} drops changes at random: --compare names the merged model, of "
                              "which they are read",
                              kRecipeMethodNames[static_cast<std::size_t>(tensor.method)]),
                  {.file = request.recipe, .tensor = {}, .offset_bytes = {}});
    }
  }
}

}  // namespace

std::uint64_t MergeResults::Count(MergedState state) const {
  return static_cast<std::uint64_t>(std::ranges::count(merge.tensors, state, &MergedTensor::state));
}

MergeCounts MergeResults::Totals() const {
  MergeCounts totals;
  for (const MergedTensor& tensor : merge.tensors) totals.Add(tensor.counts);
  return totals;
}

std::vector<std::string> ModelsOfRecipe(const MergeRequest& request, const Places& places) {
  std::vector<std::string> models = ReadRecipe(request, places).Models();
  for (std::string& model : models) model = PlaceOf(model, request, places);
  return models;
}

MergeResults MergeModels(const MergeRequest& request, const MergeOutput* output,
                         const RequestContext& context) {
  const HeedStop heed(*context.stop);
  MergeResults results{.request = request,
                       .recipe = ReadRecipe(request, *context.places),
                       .run = RecordOf("merge", context)};
  results.names = results.recipe.Models();
  for (const auto& [name, place] : request.places) {
    if (std::ranges::find(results.names, name) != results.names.end()) continue;
    throw Error(ErrorKind::kUsage,
                fmt::format("the recipe names no model \"{}\"", Printable(name)));
  }
  std::vector<const Checkpoint*> checkpoints;
  for (const std::string& name : results.names) {
    results.models.push_back(OpenSource(name, request, context));
    checkpoints.push_back(&results.models.back()->checkpoint());
  }
  if (!request.compare.empty()) {
    results.result =
        OpenModel(request.compare, {.partial = request.partial, .as_stored = true}, context.places);
  }
  const bool stacked = results.result == nullptr ? MergesStackedExperts(results.models)
                                                 : HasStackedExperts(results.result->checkpoint());
  const auto plan = std::make_shared<const MergePlan>(
      PlanMerge(request.recipe, results.recipe, results.models, stacked));
  results.plan = plan;
  RequireKnownChance(*plan, request);
  for (std::uint32_t i = 0; i < results.models.size(); ++i) {
    results.inputs.push_back(DescribeInput(*results.models[i],
                                           {.role = InputRole::kParent, .number = i + 1},
                                           request.digest, context.threads, *context.progress));
  }
  const Checkpoint* compared = nullptr;
  if (results.result != nullptr) {
    const InputRecord& own = results.inputs.emplace_back(
        DescribeInput(*results.result, {.role = InputRole::kB, .number = 0}, request.digest,
                      context.threads, *context.progress));
    for (std::size_t i = 0; i + 1 < results.inputs.size(); ++i) {
      results.result_is_a_model = results.result_is_a_model || SameFiles(results.inputs[i], own);
    }
    compared = &results.result->checkpoint();
  }
  std::unique_ptr<MergedCheckpointWriter> writer;
  MergedBytes write;
  if (output != nullptr) {
    RequireWritable(*plan, request);
    writer = std::make_unique<MergedCheckpointWriter>(*output, *plan);
    write = [&](std::size_t tensor, std::span<const std::byte> bytes) {
      writer->Write(tensor, bytes);
    };
  }
  results.merge = RunMerge(*plan, checkpoints, compared, write, context.threads, *context.progress);
  for (const auto& model : results.models) model->checkpoint().RequireUnchanged();
  if (compared != nullptr) compared->RequireUnchanged();
  if (writer != nullptr) {
    const auto base = std::ranges::find(results.names, results.recipe.base);
    const auto at = base == results.names.end() ? 0 : base - results.names.begin();
    writer->Finish(results.models[static_cast<std::size_t>(at)].get(), results.recipe);
    results.written = writer->written();
  }
  results.outcome = OutcomeOf(results);
  return results;
}

}  // namespace modelkin
