#include "requests/stages_ahead.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <string>

#include "evidence/effort.h"
#include "evidence/stage_names.h"
#include "model/component_pairs.h"
#include "model/input_record.h"

namespace modelkin {
namespace {

// Nanoseconds a byte or value, and seconds a piece, on two cores of a Xeon. Only how they compare
// counts: how fast a machine is progress sees by itself.
constexpr double kDigest = 4e-9, kCopies = 2e-9, kScan = 2e-9, kQuantiles = 1e-9;
constexpr double kResidual = 2e-8, kAlign = 5e-8, kHeritage = 1e-7, kLook = 4e-8;
constexpr double kMlp = 0.05;
constexpr double kDrawnMlp = 5e-8;   // of units squared
constexpr double kWholeMlp = 6e-11;  // of units cubed: an assignment of all units
constexpr double kPermuting = 3e-3;  // of coordinates, where few orders are as good
constexpr double kPiece = 0.2, kPower = 3;
// Of coordinates times units of the narrowest whole MLP, and of none that is wider.
constexpr double kPowerOfMlp = 1e-5, kWidestOfPower = 2048;
constexpr double kDecompose = 1e-6;
// Of what comes only where models turn out to be related, or only where not.
constexpr double kMaybe = 0.5;

double Number(std::uint64_t number) { return static_cast<double>(number); }

std::uint64_t BytesOf(const Input& input) { return input.checkpoint().total_bytes(); }

void AddDigests(const Inputs& models, std::vector<PlannedStage>& stages) {
  for (const Input& input : models.all()) {
    const OpenedModel& model = *input.model;
    const bool whole = !model.places().IsRemote(model.path()) && BytesOf(input) <= kAutoDigestBytes;
    if (whole) stages.push_back({"digesting files", kDigest * Number(BytesOf(input))});
  }
}

// MLPs that are matched, and what that takes.
struct MlpWork {
  double mlps = 0, seconds = 0;
  double width = 0;      // residual
  double narrowest = 0;  // units of the narrowest that the power can take, 0 if of none
};

MlpWork MlpsOf(const ModelComponent& component, std::uint64_t most_units, bool whole) {
  MlpWork work;
  for (const Tensor& tensor : component.checkpoint->tensors()) {
    if (tensor.shape.size() != 2 || tensor.name.find("down_proj") == std::string::npos) continue;
    const double units = Number(std::min<std::uint64_t>(tensor.shape[1], most_units));
    const double squared = units * units;
    work.mlps += 1;
    work.seconds += kMlp + (whole ? kWholeMlp * units : kDrawnMlp) * squared;
    work.width = std::max(work.width, Number(tensor.shape[0]));
    if (units <= kWidestOfPower && (work.narrowest == 0 || units < work.narrowest)) {
      work.narrowest = units;
    }
  }
  return work;
}

// Stages of one pair of components, each beginning with `prefix`.
class PairStages {
 public:
  PairStages(const ModelComponent& a, const ModelComponent& b, const TraceOptions& options,
             std::string prefix, std::vector<PlannedStage>& stages)
      : quick_(options.effort == Effort::kQuick),
        prefix_(std::move(prefix)),
        stages_(stages),
        bytes_(Number(b.checkpoint->total_bytes())),
        values_(Number(b.checkpoint->total_elements())),
        plan_(PlansOf(options, *a.checkpoint, *b.checkpoint).front()) {
    mlps_ = MlpsOf(b, options.most_units, plan_.is_all());
    mlps_.seconds *= std::min(1.0, Number(plan_.mlps) / std::max(1.0, mlps_.mlps));
  }

  // What every pair goes through.
  void AddAnalysis() {
    if (!quick_) Add("equal tensors", kPiece + kCopies * bytes_ * (plan_.is_all() ? 1 : 0.1));
    Add("residual coordinates", kPiece + kResidual * values_);
    if (plan_.is_all()) {
      Add("permuting residual coordinates", kPiece + kMaybe * kPermuting * mlps_.width);
    }
    Add("layers", kPiece);
    if (!quick_) Add("heads", kPiece);
    Add("hidden units", mlps_.seconds);
    if (!quick_) Add("tokens", kPiece);
  }

  // Where nothing shows the models to be related.
  void AddOthers() {
    if (quick_) return;
    Add(kBasisStage, kMaybe * (kPiece + kLook * values_));
    if (plan_.is_all()) {  // in the basis that was fitted
      for (const char* const stage : {"layers", "heads"}) Add(stage, kMaybe * kPiece);
      Add("hidden units", kMaybe * mlps_.seconds);
    }
    const double of_mlp = plan_.is_all() ? kPowerOfMlp * mlps_.width * mlps_.narrowest : 0;
    Add(kPowerStage, kMaybe * std::max(kPower, of_mlp));
  }

  // Where something does.
  void AddRelatives() {
    if (quick_) return;
    Add(kAligningStage, kMaybe * (kPiece + kAlign * values_));
    Add(kHeritageStage, kMaybe * (kPiece + kHeritage * values_));
  }

  void AddSpectra() { Add("decomposing matrices", kDecompose * values_); }

 private:
  void Add(std::string_view name, double seconds) {
    stages_.push_back({fmt::format("{}{}", prefix_, name), seconds});
  }

  bool quick_;
  std::string prefix_;
  std::vector<PlannedStage>& stages_;
  double bytes_, values_;
  DrawPlan plan_;
  MlpWork mlps_;
};

}  // namespace

std::vector<PlannedStage> StagesOfTrace(const Inputs& models, const TraceOptions& options) {
  std::vector<PlannedStage> stages;
  const auto pairs = PairComponents(models.a().model->components(), models.b().model->components());
  const auto traced = std::ranges::count_if(
      pairs, [](const ComponentPair& pair) { return pair.a != nullptr && pair.b != nullptr; });
  const auto controls = models.Of(InputRole::kControl).size();
  for (const ComponentPair& pair : pairs | std::views::take(traced)) {
    const std::string prefix = traced == 1 ? "" : fmt::format("{}: ", ComponentName(pair.kind()));
    PairStages of_pair(*pair.a, *pair.b, options, prefix, stages);
    for (std::size_t i = 0; i < 1 + 2 * controls; ++i) of_pair.AddAnalysis();
    of_pair.AddOthers();
    const bool spectra = options.fingerprints != FingerprintExtent::kNone;
    for (std::size_t i = 0; spectra && i < 2 + controls; ++i) of_pair.AddSpectra();
    of_pair.AddRelatives();
  }
  AddDigests(models, stages);
  return stages;
}

std::vector<PlannedStage> StagesOfComparison(const Inputs& models) {
  std::vector<PlannedStage> stages;
  AddDigests(models, stages);
  const auto add = [&](const Input& a, const Input& b) {
    const double bytes = Number(BytesOf(a)) + Number(BytesOf(b));
    stages.push_back({"comparing", kScan * bytes});
    stages.push_back({"quantiles", kQuantiles * bytes});
  };
  if (!models.has_b()) return stages;
  add(models.a(), models.b());
  for (const Input* const control : models.Of(InputRole::kControl)) {
    add(models.a(), *control);
    add(models.b(), *control);
  }
  return stages;
}

std::vector<PlannedStage> StagesOfDiff(const Inputs& models) {
  std::vector<PlannedStage> stages;
  AddDigests(models, stages);
  const double bytes = Number(BytesOf(models.a())) + Number(BytesOf(models.b()));
  stages.push_back({"digesting tensors", kDigest * bytes});
  stages.push_back({"comparing elements", kScan * bytes});
  return stages;
}

}  // namespace modelkin
