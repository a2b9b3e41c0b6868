#include "kinship/alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>

#include "basis/folded_norms.h"
#include "kinship/negated_rows.h"
#include "kinship/token_order.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

using Indices = std::vector<std::uint32_t>;

// Norms that differ by more, relatively, may share their scale with projections in another way.
constexpr double kRescaledNorm = 0.1;
constexpr std::uint64_t kSampledRows = 64;
// Share of units that may come before the one they follow where all are said to be in order.
constexpr double kMisplaced = 0.05;

class Aligner {
 public:
  Aligner(const ModelParts& a, const ModelParts& b, const PairAnalysis& pair,
          std::shared_ptr<const ResidualMap> map, const TokenPairs& tokens,
          const HeritageDraw& draw, const TraceSettings& options)
      : a_(a),
        b_(b),
        pair_(pair),
        map_(std::move(map)),
        placed_(Placed(map_)),
        draw_(draw),
        options_(options),
        norms_a_(a),
        norms_b_(b),
        token_order_(MatchTokens(Folded(a, map_), Folded(b, nullptr), tokens, options.threads)) {
    for (const LayerSource& source : LayerSources(pair)) {
      if (source.layer_a) layer_of_[source.layer_b] = *source.layer_a;
      if (source.contested) contested_.insert(source.layer_b);
    }
    for (const MlpMatch& match : pair.mlps) {
      if (match.skipped.empty() && match.log_p_linked() < kLinkedLogP) {
        match_of_.emplace(pair.b.mlps[match.b].name, &match);
      }
    }
    SignDrawnMlps();
    MatchAllHeads();
  }

  Alignment Align() {
    std::vector<Arrangement> arranged;
    for (const Part& part : b_.parts) {
      PartLink link{.b = &part};
      Arrangement how = Arrange(part, link);
      if (how.from != nullptr) {
        used_.insert(how.from->tensor->name);
        link.a = how.from->tensor->name;
        if (draw_.Takes(part.tensor->name) && Fits(how, part)) {
          link.arranged = how.name = part.tensor->name;
          arranged.push_back(std::move(how));
        }
      }
      links_.push_back(std::move(link));
    }
    Alignment result{.links = std::move(links_),
                     .arranged = WithTensors(b_, Arranged(a_, std::move(arranged))),
                     .moves = CountMoves()};
    result.heads = std::move(heads_);
    for (const Part& part : a_.parts) {
      if (!b_.holds_unread() && !used_.contains(part.tensor->name))
        result.not_in_b.push_back(part.tensor->name);
    }
    return result;
  }

 private:
  static bool Fits(const Arrangement& how, const Part& part) {
    Shape shape = how.from->tensor->shape;
    if (shape.empty()) return part.tensor->shape.empty();
    if (how.residual != nullptr && how.from->residual_axis() && shape.size() <= 2) {
      shape[*how.from->residual_axis()] = how.residual->width;
    }
    if (!how.rows.empty()) shape[0] = how.rows.size();
    if (!how.columns.empty() && shape.size() == 2) shape[1] = how.columns.size();
    return shape == part.tensor->shape;
  }

  std::uint32_t LayerOf(std::uint32_t layer_b) const {
    const auto found = layer_of_.find(layer_b);
    return found == layer_of_.end() ? layer_b : found->second;
  }

  std::string NameInA(const Part& part) const {
    return part.layer ? part.NameInLayer(LayerOf(*part.layer)) : part.tensor->name;
  }

  // Where some units of an MLP were drawn, and some of these are negated, asks all of them.
  void SignDrawnMlps() {
    for (const auto& [name, match] : match_of_) {
      const Mlp& mlp_a = pair_.a.mlps[match->a];
      const Mlp& mlp_b = pair_.b.mlps[match->b];
      const bool all_known =
          match->flipped.empty() || !match->partners.empty() || options_.plan.units >= mlp_b.width;
      const bool taken =
          mlp_b.up != nullptr && mlp_b.down != nullptr &&
          (draw_.Takes(mlp_b.up->tensor->name) || draw_.Takes(mlp_b.down->tensor->name));
      if (all_known || !taken || mlp_a.up == nullptr) continue;
      auto negated = NegatedRows(pair_.a, *mlp_a.up, pair_.b, *mlp_b.up);
      if (negated) flipped_.emplace(match, std::move(*negated));
    }
  }

  const Indices& FlippedOf(const MlpMatch& match) const {
    const auto found = flipped_.find(&match);
    return found == flipped_.end() ? match.flipped : found->second;
  }

  void MatchAllHeads() {
    if (map_ == nullptr && a_.residual != b_.residual) return;
    LayerPairs layers;
    for (const std::uint32_t layer : b_.layers) layers.emplace_back(LayerOf(layer), layer);
    heads_ = MatchHeadsOfLayers(Folded(a_, map_), Folded(b_, nullptr), layers, draw_, options_);
  }

  const HeadMatch* HeadsOf(std::uint32_t layer_b) const {
    for (const LayerHeads& heads : heads_) {
      if (heads.layer_b == layer_b) return &heads.match;
    }
    return nullptr;
  }

  Arrangement Arrange(const Part& part, PartLink& link) {
    Arrangement how;
    if (!ArrangeMlp(part, link, how)) how.from = a_.Find(NameInA(part));
    if (how.from == nullptr || !draw_.Takes(part.tensor->name)) return how;
    const bool of_tokens = part.role == Role::kEmbedding || part.role == Role::kHead;
    if (of_tokens && !part.layer && !part.is_bias) ArrangeTokens(part, link, how);
    if (part.layer && IsSelfAttention(part.role)) ArrangeHeads(part, link, how);
    if (part.role == Role::kRouter || part.role == Role::kRouterCorrection) {
      ArrangeRouter(part, link, how);
    }
    ArrangeCoordinates(part, link, how);
    return how;
  }

  // Whether the part is one of a linked MLP.
  bool ArrangeMlp(const Part& part, PartLink& link, Arrangement& how) const {
    const auto found = match_of_.find(part.mlp_name());
    if (found == match_of_.end()) return false;
    const MlpMatch& match = *found->second;
    const Mlp& mlp_a = pair_.a.mlps[match.a];
    const Mlp& mlp_b = pair_.b.mlps[match.b];
    how.from = a_.Find(fmt::format("{}.{}", mlp_a.name, TensorInLayer(part.role, part.is_bias)));
    if (how.from == nullptr) return true;
    const bool weight =
        how.from->residual_axis().has_value() && how.from->tensor->shape.size() == 2;
    // Biases are of hidden units, unless they are of residual coordinates.
    if (!weight && (how.from->residual_axis() || how.from->tensor->shape.size() != 1)) return true;
    const std::size_t axis = weight ? 1 - *how.from->residual_axis() : 0;
    const std::uint64_t units_a = how.from->tensor->shape[axis], units_b = mlp_b.width;
    if (units_a != mlp_a.width) return true;
    if (!match.partners.empty()) {
      link.moved = true;
      Indices& order = axis == 0 ? how.rows : how.columns;
      order.assign(units_b, kNothing);
      for (const UnitPair& pair : match.partners) {
        if (pair.b < units_b && pair.a < units_a) order[pair.b] = pair.a;
      }
    }
    if (match.flipped.empty() || part.role == Role::kGate) return true;
    link.moved = true;
    std::vector<float>& signs = axis == 0 ? how.row_signs : how.column_signs;
    signs.assign(units_b, 1);
    for (const std::uint32_t unit : FlippedOf(match)) signs.at(unit) = -1;
    return true;
  }

  void ArrangeTokens(const Part& part, PartLink& link, Arrangement& how) const {
    if (part.residual_axis() != 1 || how.from->residual_axis() != 1) return;
    how.rows = token_order_.RowsFor(part.tensor->shape[0], how.from->tensor->shape[0]);
    link.moved = token_order_.reordered;
  }

  // Blocks of a group's or a head's rows.
  static Indices Blocks(const Indices& order, std::uint64_t length) {
    const std::uint64_t size = length / order.size();
    Indices indices(length);
    for (std::size_t i = 0; i < length; ++i) {
      indices[i] = static_cast<std::uint32_t>(order[i / size] * size + i % size);
    }
    return indices;
  }

  void ArrangeHeads(const Part& part, PartLink& link, Arrangement& how) const {
    const HeadMatch* const match = HeadsOf(*part.layer);
    if (match == nullptr) return;
    const bool output = part.role == Role::kAttentionOutput;
    const bool query = part.role == Role::kQuery || part.role == Role::kOutputGate;
    const bool key = part.role == Role::kKey;
    const bool value = part.role == Role::kValue;
    if (!query && !key && !value && !output) return;
    link.disguised =
        output || value ? match->value_output_disguised() : match->query_key_disguised();
    if (match->in_place || (output && part.tensor->shape.size() != 2)) return;
    const Indices& order = query || output ? match->heads : match->groups;
    const std::uint64_t length = how.from->tensor->shape[output ? 1 : 0];
    if (length % order.size() != 0) return;
    (output ? how.columns : how.rows) = Blocks(order, length);
    link.moved = true;
  }

  void ArrangeRouter(const Part& part, PartLink& link, Arrangement& how) const {
    const std::uint64_t experts_a = how.from->tensor->shape[0];
    Indices order(part.tensor->shape[0], kNothing);
    bool in_place = order.size() == experts_a;
    std::size_t known = 0;
    for (std::uint32_t e = 0; e < order.size(); ++e) {
      const auto found = match_of_.find(MlpName(*part.layer, {ModuleKind::kRoutedExperts, e}));
      if (found == match_of_.end()) continue;
      const Mlp& source = pair_.a.mlps[found->second->a];
      if (source.layer != LayerOf(*part.layer) || !source.expert || *source.expert >= experts_a) {
        continue;
      }
      order[e] = *source.expert;
      ++known;
      in_place = in_place && order[e] == e;
    }
    if (in_place || known == 0) return;
    how.rows = std::move(order);
    link.moved = true;
  }

  // The residual axis: the map, and norms that share their scale with what reads them in another
  // way than A's.
  void ArrangeCoordinates(const Part& part, PartLink& link, Arrangement& how) {
    if (!how.from->residual_axis() || how.from->residual_axis() != part.residual_axis()) return;
    if (map_ != nullptr) {
      how.residual = placed_;
      link.moved = link.moved || map_->is_permutation();
      link.rotated = !map_->is_permutation();
    }
    if (IsNorm(part.role)) {
      // Signs are the projections' matter.
      if (map_ != nullptr && map_->is_permutation()) how.residual = Unsigned();
      // Under a rotation norms scale nothing of A's any more.
      link.folded = map_ != nullptr && !map_->is_permutation();
      return;
    }
    const Coordinates before_a = norms_a_.Before(*how.from), before_b = norms_b_.Before(part);
    if (before_a == nullptr || before_b == nullptr) return;
    const bool rotation = map_ != nullptr && !map_->is_permutation();
    if (!rotation && !MayBeRescaled(*before_a, *before_b)) return;
    Arrangement folded = how;
    folded.multiplied = before_a;
    folded.divided = before_b;
    if (rotation || Change(folded, part) < 0.5 * Change(how, part)) {
      how = std::move(folded);
      link.rotated = true;
      rescaled_.insert(norms_b_.NameBefore(part));
    }
  }

  static ResidualMap WithoutSigns(ResidualMap map) {
    map.sign.assign(map.width, 1);
    return map;
  }

  // What A lacks is no value of its own.
  static std::shared_ptr<const ResidualMap> Placed(const std::shared_ptr<const ResidualMap>& map) {
    if (map == nullptr || map->added() == 0) return map;
    ResidualMap placed = *map;
    placed.missing = std::numeric_limits<float>::quiet_NaN();
    return std::make_shared<const ResidualMap>(std::move(placed));
  }

  std::shared_ptr<const ResidualMap> Unsigned() {
    if (unsigned_ == nullptr) {
      unsigned_ = std::make_shared<const ResidualMap>(WithoutSigns(*placed_));
    }
    return unsigned_;
  }

  bool MayBeRescaled(const std::vector<float>& a, const std::vector<float>& b) const {
    if ((map_ == nullptr ? a.size() : map_->width) != b.size()) return false;
    double squares = 0, change = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const std::size_t from = map_ == nullptr ? i : map_->source[i];
      if (from == kNothing) continue;
      const double own = a[from];
      squares += own * own;
      change += (b[i] - own) * (b[i] - own);
    }
    return change > kRescaledNorm * kRescaledNorm * squares;
  }

  // Squared differences of some rows.
  double Change(Arrangement how, const Part& part) const {
    how.name = part.tensor->name;
    if (!Fits(how, part)) return HUGE_VAL;
    const Checkpoint one = Arranged(a_, {how});
    const UnitReader reader_a(one, one.tensors().front(), 1);
    const UnitReader reader_b(b_.checkpoint, *part.tensor, 1);
    std::vector<float> row_a, row_b;
    double change = 0;
    const std::uint64_t rows = part.tensor->shape[0], count = std::min(rows, kSampledRows);
    for (std::uint64_t i = 0; i < count; ++i) {
      reader_a.Read(i * rows / count, 1, row_a);
      reader_b.Read(i * rows / count, 1, row_b);
      for (std::size_t k = 0; k < row_a.size(); ++k) {
        const double difference = static_cast<double>(row_a[k]) - row_b[k];
        if (std::isfinite(difference)) change += difference * difference;
      }
    }
    return change;
  }

  // But for a few that are matched by mistake. Units of A ascend in the list.
  static bool IsInOrder(const std::vector<UnitPair>& partners) {
    std::size_t descents = 0;
    for (std::size_t i = 1; i < partners.size(); ++i) {
      descents += partners[i].b < partners[i - 1].b ? 1 : 0;
    }
    return static_cast<double>(descents) <= kMisplaced * static_cast<double>(partners.size());
  }

  UndoneMoves CountMoves() const {
    UndoneMoves moves;
    for (const auto& [name, match] : match_of_) {
      ++moves.mlps;
      moves.mlps_permuted += IsInOrder(match->partners) ? 0 : 1;
      moves.mlps_sign_flipped += match->flipped.empty() ? 0 : 1;
      moves.units_sign_flipped += FlippedOf(*match).size();
      const Mlp& mlp_b = pair_.b.mlps[match->b];
      const Mlp& mlp_a = pair_.a.mlps[match->a];
      moves.mlps_narrower += mlp_b.width < mlp_a.width ? 1 : 0;
      moves.mlps_wider += mlp_b.width > mlp_a.width ? 1 : 0;
      if (!mlp_b.expert) continue;
      ++moves.experts;
      const bool in_place =
          mlp_a.expert == mlp_b.expert && (!mlp_b.layer || contested_.contains(*mlp_b.layer) ||
                                           mlp_a.layer == LayerOf(*mlp_b.layer));
      moves.experts_moved += in_place || !mlp_a.expert ? 0 : 1;
    }
    for (const LayerHeads& heads : heads_) {
      moves.layers_with_moved_heads += heads.match.in_place ? 0 : 1;
      moves.disguised_query_key += heads.match.query_key_disguised() ? 1 : 0;
      moves.disguised_value_output += heads.match.value_output_disguised() ? 1 : 0;
    }
    moves.rescaled_norms = rescaled_.size();
    moves.norms = static_cast<std::uint64_t>(std::ranges::count_if(
        b_.parts, [](const Part& part) { return IsNorm(part.role) && part.residual_axis(); }));
    moves.tokens_reordered = token_order_.reordered;
    moves.tokens_added = token_order_.added;
    moves.tokens_missing = token_order_.missing;
    return moves;
  }

  const ModelParts& a_;
  const ModelParts& b_;
  const PairAnalysis& pair_;
  std::shared_ptr<const ResidualMap> map_, placed_, unsigned_;
  const HeritageDraw& draw_;
  const TraceSettings& options_;
  NormWeights norms_a_, norms_b_;
  TokenOrder token_order_;
  std::unordered_map<std::uint32_t, std::uint32_t> layer_of_;
  std::unordered_map<std::string, const MlpMatch*> match_of_;
  std::unordered_map<const MlpMatch*, Indices> flipped_;  // where `match.flipped` is of drawn units
  std::set<std::string> used_, rescaled_;
  std::set<std::uint32_t> contested_;
  std::vector<PartLink> links_;
  std::vector<LayerHeads> heads_;
};

}  // namespace

Alignment AlignModels(const ModelParts& a, const ModelParts& b, const PairAnalysis& pair,
                      const std::shared_ptr<const ResidualMap>& map, const TokenPairs& tokens,
                      const HeritageDraw& draw, const TraceSettings& options) {
  return Aligner(a, b, pair, map, tokens, draw, options).Align();
}

}  // namespace modelkin
