#include "kinship/kinship.h"

#include <string>
#include <unordered_map>

#include "evidence/stage_names.h"

namespace modelkin {
namespace {

class Explainer {
 public:
  Explainer(const TracedModels& inputs, const std::vector<TracedModel>& parents, const Trace& trace,
            const TraceSettings& options, Progress& progress)
      : inputs_(inputs), parents_(parents), trace_(trace), options_(options), progress_(progress) {}

  Kinship Run() {
    if (options_.fingerprints != FingerprintExtent::kNone) {
      kinship_.descriptions = Describe(trace_, inputs_, options_, progress_);
    }
    using enum VerdictCategory;
    if (trace_.verdict.category != kNoEvidence && trace_.verdict.category != kNotComparable) {
      Explain();
    }
    return std::move(kinship_);
  }

 private:
  void Explain() {
    const bool fitted = trace_.verdict.basis == ResidualBasis::kFitted;
    const PairAnalysis& pair = trace_.shown();
    const auto map = fitted ? trace_.fitted->basis.map : nullptr;
    // The models as the pair names their tensors.
    const FittedPair* const renamed = fitted ? &*trace_.fitted : nullptr;
    const bool new_a = renamed != nullptr && renamed->renamed_a;
    const bool new_b = renamed != nullptr && renamed->renamed_b;
    const ModelParts& a = new_a ? renamed->renamed_a->parts : trace_.pair.a;
    const ModelParts& b = new_b ? renamed->renamed_b->parts : trace_.pair.b;
    progress_.Begin(kAligningStage, 0);
    const HeritageDraw draw = Draw(b, map == nullptr ? &pair.copies : nullptr);
    const Alignment alignment = AlignModels(a, b, pair, map, trace_.tokens, draw, options_);
    kinship_.heritage = TraceHeritage(alignment, a, b, draw, options_.threads, progress_);
    kinship_.not_in_b = alignment.not_in_b;
    if (!parents_.empty()) FitParents();
    const auto decayed = DecayedEmbedding(alignment, b);
    kinship_.relation = Relate({.pair = pair,
                                .basis = fitted ? &trace_.fitted->basis : nullptr,
                                .alignment = alignment,
                                .heritage = kinship_.heritage,
                                .merge = kinship_.merge ? &*kinship_.merge : nullptr,
                                .only_started_alike = OnlyStartedAlike(),
                                .threads = options_.threads},
                               decayed ? &*decayed : nullptr);
  }

  // A merge of A that gives B's values was made from A, whether A had learned anything or not.
  bool OnlyStartedAlike() const {
    const bool merged =
        kinship_.merge && kinship_.merge->is_merge && kinship_.merge->goes_back_to_a;
    return trace_.verdict.shared == SharedMaterial::kCommonInitialisation && !merged;
  }

  HeritageDraw Draw(const ModelParts& b, const CopiedTensors* copies) const {
    const bool draws = options_.heritage == HeritageExtent::kDrawn ||
                       (options_.heritage == HeritageExtent::kAuto && !options_.plan.is_all());
    return draws ? DrawHeritage(b, copies, options_.seed) : HeritageDraw{};
  }

  std::optional<DecayedRows> DecayedEmbedding(const Alignment& alignment,
                                              const ModelParts& b) const {
    const Part* const of_a = alignment.arranged.Find(Role::kEmbedding);
    const Part* const of_b = b.Find(Role::kEmbedding);
    if (of_a == nullptr || of_b == nullptr) return std::nullopt;
    const std::uint64_t rows = of_b->tensor->shape.empty() ? 0 : of_b->tensor->shape[0];
    if (options_.plan.tokens < rows && rows <= UINT32_MAX && of_b->tensor->shape.size() == 2) {
      // Those that were read of tokens, where their numbers are the same in both.
      const std::uint64_t run =
          RunOfTokens(options_.plan.run_bytes, b.residual.value_or(UINT64_MAX / 2));
      const auto drawn = DrawPlaces(options_.seed, kDrawOfTokens, static_cast<std::uint32_t>(rows),
                                    options_.plan.tokens, run);
      const Checkpoint rows_a = OnlyRows(alignment.arranged, *of_a, drawn);
      const Checkpoint rows_b = OnlyRows(b, *of_b, drawn);
      return FindDecayedRows(rows_a, rows_a.tensors().front(), rows_b, rows_b.tensors().front());
    }
    return FindDecayedRows(alignment.arranged.checkpoint, *of_a->tensor, b.checkpoint,
                           *of_b->tensor);
  }

  void FitParents() {
    std::vector<ModelParts> parents;
    parents.reserve(parents_.size());
    for (const TracedModel& parent : parents_) {
      parents.push_back(PartsOf(*parent.checkpoint, parent.spec));
    }
    std::vector<const ModelParts*> pointers;
    pointers.reserve(parents.size());
    for (const ModelParts& parent : parents) pointers.push_back(&parent);
    kinship_.merge = FitMerge(trace_.pair.b, pointers, &trace_.pair.a, NoiseOfGrids(),
                              options_.threads, progress_);
    kinship_.merge->goes_back_to_a = GoesBackToA(*kinship_.merge);
  }

  // Tensors that were not drawn have the mean noise of those of their role that were, if all of
  // these lie on grids.
  GridNoise NoiseOfGrids() const {
    struct OfRole {
      double noise = 0;
      std::size_t on_grid = 0, drawn = 0;
    };
    std::unordered_map<std::string, OfRole> roles;
    GridNoise noise;
    for (const TensorHeritage& tensor : kinship_.heritage) {
      if (tensor.weight == 0) continue;
      OfRole& role = roles[tensor.link.b->pattern];
      ++role.drawn;
      if (!tensor.grid) continue;
      ++role.on_grid;
      role.noise += tensor.grid->noise;
      noise.emplace(tensor.link.b->tensor->name, tensor.grid->noise);
    }
    for (const TensorHeritage& tensor : kinship_.heritage) {
      const auto role = roles.find(tensor.link.b->pattern);
      if (tensor.weight != 0 || role == roles.end() || role->second.on_grid < role->second.drawn) {
        continue;
      }
      noise.emplace(tensor.link.b->tensor->name,
                    role->second.noise / static_cast<double>(role->second.drawn));
    }
    return noise;
  }

  bool GoesBackToA(const MergeFit& merge) const {
    if (!merge.is_merge || HasBase(merge.method)) return merge.is_merge;
    for (std::size_t i = 0; i < merge.weights.size(); ++i) {
      const double weight = merge.weights[i].mean;
      const bool is_a = parents_[i].checkpoint->path() == inputs_.a.checkpoint->path();
      if (is_a && weight > kLeastMergeWeight && weight < 1) return true;
    }
    return false;
  }

  const TracedModels& inputs_;
  const std::vector<TracedModel>& parents_;
  const Trace& trace_;
  const TraceSettings& options_;
  Progress& progress_;
  Kinship kinship_;
};

}  // namespace

Kinship TraceKinship(const TracedModels& inputs, const std::vector<TracedModel>& parents,
                     const Trace& trace, const TraceSettings& options, Progress& progress) {
  return Explainer(inputs, parents, trace, options, progress).Run();
}

}  // namespace modelkin
