#include "kinship/tensor_heritage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/parallel.h"
#include "evidence/stage_names.h"
#include "kinship/rounding.h"
#include "kinship/stored_grid.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

// A tensor is alike if its correlation exceeds that of rows that don't belong together by this, and
// by five deviations of a correlation of as many independent values.
constexpr double kAlike = 0.1, kDeviations = 5;
constexpr std::uint64_t kFewestHeritageElements = 64;
constexpr double kMostlyEqual = 0.5;
constexpr double kEdited = 0.99;  // left alone or set to 0
// A change this large is no edit, and long training looks like noise: its spectrum is not asked
// for.
constexpr double kLargestEdit = 0.7;
// Relative error of a rotation that was found by fitting.
constexpr double kFittedError = 2e-3;

// A's tensor, arranged, and B's: all of them, or the rows that were drawn.
struct ComparedTensors {
  const Checkpoint& checkpoint_a;
  const Tensor& a;
  const Checkpoint& checkpoint_b;
  const Tensor& b;
  // As they are stored, and which of their rows are compared; null: all.
  const Tensor& stored_a;
  const Tensor& stored_b;
  const std::vector<std::uint32_t>* rows;

  DType type_a() const { return stored_a.dtype; }
  DType type_b() const { return stored_b.dtype; }
};

bool IsStoredQuantised(const Tensor& tensor) {
  return tensor.coded != nullptr && tensor.coded->is_quantised;
}

class Classifier {
 public:
  Classifier(const Alignment& alignment, const ModelParts& a, const ModelParts& b,
             const HeritageDraw& draw)
      : alignment_(alignment),
        a_(a),
        b_(b),
        draw_(draw),
        rows_a_(DrawnRowsOf(alignment.arranged, draw)),
        rows_b_(DrawnRowsOf(b, draw)) {}

  TensorHeritage Classify(const PartLink& link) const {
    const std::string& name = link.b->tensor->name;
    TensorHeritage result{.link = link, .weight = draw_.WeightOf(name)};
    if (!draw_.Takes(name) && NameUndrawn(result)) return result;
    if (link.a.empty()) {
      result.weight = 1;
      if (a_.holds_unread()) {
        result.heritage = HeritageClass::kUndecided;
        result.note = "A may have it in what was not read";
      }
      return result;
    }
    if (link.arranged.empty()) {
      result.heritage = HeritageClass::kUnrelated;
      result.note = "of another shape";
      return result;
    }
    const ComparedTensors tensors = ToCompare(link);
    result.changes =
        CompareElements(tensors.checkpoint_a, tensors.a, tensors.checkpoint_b, tensors.b);
    if (link.folded) {
      result.heritage = HeritageClass::kTransformed;
      result.note = "folded into the projections that read it";
    } else {
      Decide(tensors, result);
    }
    if (draw_.RowsOf(name) != nullptr) NameDrawnRows(result);
    return result;
  }

 private:
  ComparedTensors ToCompare(const PartLink& link) const {
    const auto* const rows = draw_.RowsOf(link.b->tensor->name);
    const bool by_rows = rows != nullptr;
    const Checkpoint& checkpoint_a = by_rows ? rows_a_ : alignment_.arranged.checkpoint;
    const Checkpoint& checkpoint_b = by_rows ? rows_b_ : b_.checkpoint;
    return {.checkpoint_a = checkpoint_a,
            .a = by_rows ? *rows_a_.Find(link.arranged)
                         : *alignment_.arranged.Find(link.arranged)->tensor,
            .checkpoint_b = checkpoint_b,
            .b = by_rows ? *rows_b_.Find(link.b->tensor->name) : *link.b->tensor,
            .stored_a = *a_.checkpoint.Find(link.a),
            .stored_b = *link.b->tensor,
            .rows = rows};
  }

  // Returns whether there is something of A that it may come from.
  bool NameUndrawn(TensorHeritage& result) const {
    const auto known = draw_.same.find(result.link.b->tensor->name);
    if (known != draw_.same.end()) {
      result.heritage = HeritageClass::kIdentical;
      result.link.a = known->second;
    } else if (!result.link.a.empty()) {
      result.heritage = HeritageClass::kUndecided;
      result.note = "not drawn";
    }
    return !result.link.a.empty();
  }

  void NameDrawnRows(TensorHeritage& result) const {
    const Tensor& tensor = *result.link.b->tensor;
    // Bytes of both were compared, and are not the same.
    const bool other_bytes = draw_.HasOtherBytes(tensor.name) && !result.link.moved &&
                             !result.link.rotated && result.link.a == tensor.name;
    if (result.heritage == HeritageClass::kIdentical && other_bytes) {
      result.heritage = HeritageClass::kSparseEdit;
    }
    result.note += fmt::format("{}{} of {} rows were drawn", result.note.empty() ? "" : "; ",
                               draw_.RowsOf(tensor.name)->size(), tensor.shape[0]);
  }

  void Decide(const ComparedTensors& tensors, TensorHeritage& result) const {
    const ElementChanges& changes = *result.changes;
    using enum HeritageClass;
    if (changes.compared == 0) {
      result.heritage = kUndecided;
      result.note = "no finite values to compare";
    } else if (changes.equal == changes.compared) {
      const bool same_type = TypeText(tensors.stored_a) == TypeText(tensors.stored_b);
      result.heritage = same_type ? kIdentical : kCast;
      if (!same_type) result.cast_type = tensors.type_b();
    } else if (IsCast(changes, result)) {
      result.heritage = kCast;
    } else if (result.link.disguised) {
      result.heritage = kTransformed;
      result.note = "alike by the products that heads compute with";
    } else {
      DecideByValues(tensors, result);
    }
    if (result.heritage == kCast) NameDecodedCopy(tensors, result);
  }

  // One side holds, in a wider type, the values that the other's codes stand for. Which was first
  // is not in the values.
  void NameDecodedCopy(const ComparedTensors& tensors, TensorHeritage& result) const {
    if (!IsStoredQuantised(tensors.stored_a) && !IsStoredQuantised(tensors.stored_b)) return;
    result.heritage = HeritageClass::kQuantised;
    result.note = "the values that its codes stand for";
    result.cast_type.reset();
    result.a_is_the_cast = false;
    FindStoredGrids(tensors, result);
  }

  // Grids that a side is stored on, if it is. Of two sides in one form they say nothing.
  void FindStoredGrids(const ComparedTensors& tensors, TensorHeritage& result) const {
    if (TypeText(tensors.stored_a) == TypeText(tensors.stored_b)) return;
    result.grid = FindStoredGrid(tensors.checkpoint_a, tensors.a, tensors.type_a(), b_.checkpoint,
                                 tensors.stored_b, tensors.rows);
    if (result.link.moved || result.link.rotated) return;  // A's rows are in an order of their own
    result.grid_of_a = FindStoredGrid(tensors.checkpoint_b, tensors.b, tensors.type_b(),
                                      a_.checkpoint, tensors.stored_a, tensors.rows);
    if (result.grid_of_a && IsStoredQuantised(tensors.stored_b)) result.grid_of_a->a_has_one = true;
    if (result.grid && IsStoredQuantised(tensors.stored_a)) result.grid->a_has_one = true;
  }

  // Some value must have been rounded away.
  static bool IsCast(const ElementChanges& changes, TensorHeritage& result) {
    for (std::size_t type = 0; type < kCastTypes.size(); ++type) {
      if (!changes.b_is_cast[type] && !changes.a_is_cast[type]) continue;
      result.cast_type = kCastTypes[type];
      result.a_is_the_cast = !changes.b_is_cast[type];
      return true;
    }
    return false;
  }

  void DecideByValues(const ComparedTensors& tensors, TensorHeritage& result) const {
    using enum HeritageClass;
    const Tensor& b = tensors.b;
    const ElementChanges& changes = *result.changes;
    const auto correlation = changes.correlation();
    if (!correlation || changes.compared < kFewestHeritageElements) {
      result.heritage = kUndecided;
      result.note = correlation ? "too few values" : "constant";
    }
    const double alike =
        std::max(kAlike, kDeviations / std::sqrt(static_cast<double>(changes.compared)));
    const double baseline = changes.shifted_correlation().value_or(0);
    if (!correlation || *correlation - baseline < alike) {
      if (result.heritage != kUndecided) result.heritage = kUnrelated;
      return;
    }
    // Rows that don't belong together are the baseline; one row has none, and vectors of strangers
    // may have their larger values in the same places.
    if (b.shape.size() < 2 && changes.relative_change().value_or(HUGE_VAL) >= kLargestEdit) {
      result.heritage = kUndecided;
      result.note = "a vector that changed by its own size";
      return;
    }
    result.heritage = kDrifted;
    result.note.clear();
    FindGrids(tensors, result);
    const auto is_rounded = [](const std::optional<QuantisationGrid>& grid) {
      return grid && !grid->a_has_one && grid->IsRounding();
    };
    const double change = changes.relative_change().value_or(HUGE_VAL);
    if (is_rounded(result.grid) || is_rounded(result.grid_of_a)) {
      result.heritage = kQuantised;
    } else if (changes.equal_share().value_or(0) >= kMostlyEqual || OnlyZeroed(changes)) {
      result.heritage = kSparseEdit;
    } else if (IsTransformed(changes, tensors.type_b(), result.link)) {
      result.heritage = kTransformed;
    } else if (IsShifted(changes, b, tensors.type_b())) {
      result.heritage = kTransformed;
      result.shifted = true;
      result.note = "one row was added to all rows";
    } else if (change < kLargestEdit) {
      result.spectrum =
          AnalyseChange(tensors.checkpoint_a, tensors.a, tensors.checkpoint_b, b, tensors.type_b());
      if (!result.spectrum || !result.spectrum->low_rank) return;
      result.heritage = kLowRankEdit;
      if (result.spectrum->low_rank->rank == 1 && result.link.b->residual_axis()) {
        result.removed = FindRemovedDirection(tensors.checkpoint_a, tensors.a, tensors.checkpoint_b,
                                              b, *result.link.b->residual_axis());
      }
    }
  }

  void FindGrids(const ComparedTensors& tensors, TensorHeritage& result) const {
    FindStoredGrids(tensors, result);
    // What is stored on a grid lies on it, and is asked for no other.
    if (result.grid || result.grid_of_a || IsStoredQuantised(tensors.stored_b)) return;
    result.grid = FindGrid(tensors.checkpoint_a, tensors.a, tensors.checkpoint_b, tensors.b,
                           tensors.type_b());
    result.grid_of_a = FindGrid(tensors.checkpoint_b, tensors.b, tensors.checkpoint_a, tensors.a,
                                tensors.type_a());
    if (!result.link.moved || result.grid_of_a) return;
    // Blocks of units that were not matched are not all there to be asked.
    const bool ask_grid = result.grid && result.changes->excluded > 0;
    if (!ask_grid && result.changes->in_a.count == 0) return;
    const Tensor& stored = *a_.checkpoint.Find(result.link.a);
    const bool on_grid =
        FindGrid(a_.checkpoint, stored, a_.checkpoint, stored, tensors.type_a()).has_value();
    if (result.changes->in_a.count > 0) result.a_on_own_grid = on_grid;
    if (ask_grid && on_grid) result.grid->a_has_one = true;
  }

  static bool OnlyZeroed(const ElementChanges& changes) {
    const std::uint64_t zeroed = std::max(changes.in_a.count, changes.in_b.count);
    return static_cast<double>(changes.equal + zeroed) >=
           kEdited * static_cast<double>(changes.compared);
  }

  // Up to rounding to the stored type.
  static bool IsTransformed(const ElementChanges& changes, DType stored, const PartLink& link) {
    const double rounding = std::max(RelativeRounding(stored), 1e-7);
    const double change = changes.relative_change().value_or(HUGE_VAL);
    // Scales have to explain most of the change.
    const double allowed = std::min(9 * rounding * rounding, change * change / 10);
    if (changes.left_by_row_scales && *changes.left_by_row_scales <= allowed) return true;
    if (changes.left_by_column_scales && *changes.left_by_column_scales <= allowed) return true;
    return link.rotated && change <= std::max(3 * rounding, kFittedError);
  }

  // Up to rounding to the stored type, and far less than the change.
  static bool IsShifted(const ElementChanges& changes, const Tensor& b, DType stored) {
    if (b.shape.size() != 2 || b.shape[0] < 2 || changes.excluded > 0) return false;
    const double left = std::max(
        0.0, changes.centred_squares_a + changes.centred_squares_b - 2 * changes.centred_products);
    const double rounding = std::max(RelativeRounding(stored), 1e-7);
    return left <=
           std::min(9 * rounding * rounding * changes.squares_b, changes.change_squares / 100);
  }

  const Alignment& alignment_;
  const ModelParts& a_;
  const ModelParts& b_;
  const HeritageDraw& draw_;
  Checkpoint rows_a_, rows_b_;
};

}  // namespace

std::string_view HeritageName(HeritageClass heritage) {
  constexpr std::array<std::string_view, 10> kNames = {
      "identical",   "cast",    "quantised", "sparse_edit", "low_rank_edit",
      "transformed", "drifted", "unrelated", "added",       "undecided"};
  return kNames[static_cast<std::size_t>(heritage)];
}

std::vector<TensorHeritage> TraceHeritage(const Alignment& alignment, const ModelParts& a,
                                          const ModelParts& b, const HeritageDraw& draw,
                                          unsigned threads, Progress& progress) {
  progress.BeginCount(kHeritageStage, std::max<std::size_t>(1, alignment.links.size()), "tensors");
  const Classifier classifier(alignment, a, b, draw);
  std::vector<TensorHeritage> heritage(alignment.links.size());
  ParallelFor(threads, heritage.size(), [&](std::size_t i, unsigned) {
    heritage[i] = classifier.Classify(alignment.links[i]);
    progress.Advance(1);
  });
  return heritage;
}

}  // namespace modelkin
