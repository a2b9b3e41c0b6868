#include "lineage/shape_pairing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "architecture/tensor_role.h"
#include "base/parallel.h"
#include "linalg/assignment.h"
#include "lineage/fused_matrices.h"
#include "lineage/matrix_layouts.h"
#include "lineage/tensor_moments.h"

namespace modelkin {
namespace {

// Beyond so many of one shape on a side, pairing them would take too long.
constexpr std::size_t kMostOfAShape = 8192;
// Transposed matrices have to fit so much better, in mean distance of moments.
constexpr double kClearlyTransposed = 0.5;

std::vector<const Tensor*> Lacking(const Checkpoint& of, const Checkpoint& in) {
  std::vector<const Tensor*> lacking;
  for (const Tensor& tensor : of.tensors()) {
    if (in.Find(tensor.name) == nullptr && tensor.elements > 0 && IsComparable(tensor.dtype) &&
        tensor.stored.form == StoredForm::kWeight) {
      lacking.push_back(&tensor);
    }
  }
  // As they lie in the files: what wrote them went through the model in some order.
  std::ranges::stable_sort(lacking, {}, [](const Tensor* tensor) {
    return std::pair(tensor->file, tensor->offset_bytes);
  });
  return lacking;
}

// A tensor whose name the other model lacks.
struct Nameless {
  Piece piece;
  std::optional<Moments> moments = {};  // once asked for
  std::string name = {};                // of A, once it is found

  const Shape& shape() const { return piece.tensor.shape; }
  bool is_square() const { return shape()[0] == shape()[1]; }
};

using Group = std::vector<Nameless*>;

// Pairs of one shape: for each of B the index of A's.
struct ShapePairs {
  std::vector<std::uint32_t> partners;
  double distance = 0;  // sum over them; 0 where shapes alone decide
};

class ShapePairer {
 public:
  ShapePairer(const Checkpoint& a, const Checkpoint& b, unsigned threads)
      : a_(a), b_(b), threads_(threads) {
    const std::vector<const Tensor*> only_in_a = Lacking(a, b);
    for (Piece& piece : TakenApart(a, only_in_a, b, Lacking(b, a))) {
      of_b_.push_back({.piece = std::move(piece)});
    }
    for (const Tensor* const tensor : only_in_a) of_a_.push_back({.piece = {tensor, *tensor}});
  }

  // B's tensors that A's names lack, and parts of them, with the names of A's that go with them.
  std::vector<Nameless> Run() {
    Orient();
    std::map<Shape, std::pair<Group, Group>> by_shape;
    for (Nameless& one : of_a_) by_shape[one.shape()].first.push_back(&one);
    for (Nameless& one : of_b_) by_shape[one.shape()].second.push_back(&one);
    for (const auto& [shape, sides] : by_shape) {
      const auto& [in_a, in_b] = sides;
      const ShapePairs pairs = PairAlike(in_b, in_a);
      for (std::size_t j = 0; j < pairs.partners.size(); ++j) {
        if (pairs.partners[j] == kUnassigned) continue;
        in_b[j]->name = in_a[pairs.partners[j]]->piece.tensor.name;
      }
    }
    TurnSquares();
    return std::move(of_b_);
  }

 private:
  // Transposes B's matrices of two lengths where they then fit A's clearly better: the more of
  // them, and by their moments, which don't depend on it.
  void Orient() {
    std::map<Shape, std::pair<Group, Group>> by_lengths;
    const auto add = [&](Nameless& one, bool of_b) {
      if (!IsPlainMatrix(one.piece.tensor) || one.is_square()) return;
      Shape lengths = one.shape();
      std::ranges::sort(lengths);
      auto& [in_a, in_b] = by_lengths[lengths];
      (of_b ? in_b : in_a).push_back(&one);
    };
    for (Nameless& one : of_a_) add(one, false);
    // What was taken apart lies as A's does already.
    for (Nameless& one : of_b_) {
      if (one.piece.is_whole()) add(one, true);
    }
    for (auto& [lengths, sides] : by_lengths) {
      const auto& [in_a, in_b] = sides;
      if (in_a.empty() || in_b.empty() || !IsTransposed(lengths, in_a, in_b)) continue;
      for (Nameless* const one : in_b) Turn(*one);
      transposed_ += InLayers(in_a);
    }
    for (const Nameless& one : of_a_) {
      const bool matrix = IsPlainMatrix(one.piece.tensor) && !one.is_square();
      oriented_ += matrix && InferRole(one.piece.tensor.name).layer ? 1 : 0;
    }
  }

  static std::size_t InLayers(const Group& group) {
    return static_cast<std::size_t>(std::ranges::count_if(group, [](const Nameless* one) {
      return InferRole(one->piece.tensor.name).layer.has_value();
    }));
  }

  bool IsTransposed(const Shape& lengths, const Group& in_a, const Group& in_b) {
    const auto of_shape = [](const Group& group, const Shape& shape) {
      Group chosen;
      std::ranges::copy_if(group, std::back_inserter(chosen),
                           [&](const Nameless* one) { return one->shape() == shape; });
      return chosen;
    };
    const Shape turned = {lengths[1], lengths[0]};
    const Group flat_a = of_shape(in_a, lengths), tall_a = of_shape(in_a, turned);
    const Group flat_b = of_shape(in_b, lengths), tall_b = of_shape(in_b, turned);
    const auto paired = [](const Group& x, const Group& y) { return std::min(x.size(), y.size()); };
    const std::size_t as_stored = paired(flat_a, flat_b) + paired(tall_a, tall_b);
    const std::size_t if_turned = paired(flat_a, tall_b) + paired(tall_a, flat_b);
    if (as_stored != if_turned) return if_turned > as_stored;
    const auto distance = [&](const Group& x, const Group& y, const Group& z, const Group& w) {
      return PairAlike(y, x, true).distance + PairAlike(w, z, true).distance;
    };
    return distance(flat_a, tall_b, tall_a, flat_b) <
           kClearlyTransposed * distance(flat_a, flat_b, tall_a, tall_b);
  }

  // Of squares shapes don't tell: they go with the other matrices of layers.
  void TurnSquares() {
    if (2 * transposed_ <= oriented_) return;
    for (Nameless& one : of_b_) {
      if (IsPlainMatrix(one.piece.tensor) && one.is_square()) Turn(one);
    }
  }

  static void Turn(Nameless& one) { one.piece.tensor = Transposed(one.piece.tensor); }

  void NeedMoments(const Checkpoint& checkpoint, const Group& group) const {
    ParallelFor(threads_, group.size(), [&](std::size_t i, unsigned) {
      if (!group[i]->moments) group[i]->moments = MomentsOf(checkpoint, group[i]->piece.tensor);
    });
  }

  // `by_values`: also where one on each side leaves no choice.
  ShapePairs PairAlike(const Group& b, const Group& a, bool by_values = false) const {
    ShapePairs pairs{.partners = std::vector<std::uint32_t>(b.size(), kUnassigned)};
    if (a.empty() || b.empty() || std::max(a.size(), b.size()) > kMostOfAShape) return pairs;
    if (a.size() == 1 && b.size() == 1 && !by_values) {
      pairs.partners = {0};
      return pairs;
    }
    NeedMoments(a_, a);
    NeedMoments(b_, b);
    std::vector<float> scores(a.size() * b.size());
    for (std::size_t j = 0; j < b.size(); ++j) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        const double places = std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                       static_cast<double>(j) / static_cast<double>(b.size()));
        scores[j * a.size() + i] =
            static_cast<float>(-1e-4 * places - MomentDistance(*a[i]->moments, *b[j]->moments));
      }
    }
    Assignment best = MaximumAssignment({scores.data(), b.size(), a.size()}, threads_);
    pairs.partners = std::move(best.column_of_row);
    pairs.distance = -best.total;
    return pairs;
  }

  const Checkpoint& a_;
  const Checkpoint& b_;
  unsigned threads_;
  std::vector<Nameless> of_a_, of_b_;
  std::size_t transposed_ = 0, oriented_ = 0;  // matrices of A's layers, but squares
};

}  // namespace

RenamedCheckpoint NamedAfter(const Checkpoint& b, const Checkpoint& a, unsigned threads) {
  RenamedCheckpoint renamed{.checkpoint = {b.path(), b.files(), b.tensors(), b.warnings()}};
  std::map<const Tensor*, std::vector<Tensor>> pieces;
  for (auto& [piece, moments, name] : ShapePairer(a, b, threads).Run()) {
    if (name.empty())
      name = piece.tensor.name;
    else
      renamed.given.push_back({piece.whole->name, name});
    pieces[piece.whole].push_back(Renamed(std::move(piece.tensor), name));
  }
  if (renamed.given.empty()) return renamed;
  std::vector<Tensor> tensors;
  for (const Tensor& tensor : b.tensors()) {
    if (const auto found = pieces.find(&tensor); found != pieces.end()) {
      std::ranges::move(found->second, std::back_inserter(tensors));
    } else {
      tensors.push_back(tensor);
    }
  }
  renamed.checkpoint = {b.path(), b.files(), std::move(tensors), b.warnings()};
  return renamed;
}

}  // namespace modelkin
