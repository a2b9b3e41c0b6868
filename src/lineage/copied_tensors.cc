#include "lineage/copied_tensors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "lineage/tensor_use.h"
#include "lineage/unit_matrix.h"

namespace modelkin {
namespace {

// Compared at first, and at most: tensors that differ mostly do so at once.
constexpr std::uint64_t kElementsAtFirst = std::uint64_t{1} << 11;
constexpr std::uint64_t kElementsAtOnce = std::uint64_t{1} << 18;
constexpr std::size_t kFewestValues = 16;
// A table shows in a part of a tensor; reading more of it tells nothing new.
constexpr std::uint64_t kMostLookedAt = std::uint64_t{1} << 18;
constexpr std::uint64_t kMostComparisons = std::uint64_t{1} << 24;  // of tensors with tensors

bool SameBytes(const Checkpoint& a, const Tensor& in_a, const Checkpoint& b, const Tensor& in_b,
               Progress& progress) {
  if (in_a.dtype != in_b.dtype || in_a.elements != in_b.elements) return false;
  if (BitWidth(in_a.dtype) % 8 != 0) return false;
  const TensorReader side_a(a, in_a), side_b(b, in_b);
  std::vector<std::byte> scratch_a, scratch_b;
  std::uint64_t at_once = kElementsAtFirst;
  for (std::uint64_t at = 0, count = 0; at < in_a.elements; at += count) {
    count = std::min(at_once, in_a.elements - at);
    at_once = std::min(4 * at_once, kElementsAtOnce);
    const auto bytes_a = side_a.Read(at, count, scratch_a);
    const auto bytes_b = side_b.Read(at, count, scratch_b);
    progress.Advance(2 * bytes_a.size());
    if (std::memcmp(bytes_a.data(), bytes_b.data(), bytes_a.size()) != 0) return false;
  }
  side_a.RequireNothingLost();
  side_b.RequireNothingLost();
  return true;
}

// Information, in bits, of a packed tensor's bytes one by one: zeros and the like have none.
bool SaysSomething(const std::vector<float>& values) {
  constexpr double kLeastBits = 256;
  std::map<float, std::size_t> counts;
  for (const float value : values) ++counts[value];
  double bits = 0;
  for (const auto& [value, count] : counts) {
    const double n = static_cast<double>(count);
    bits += n * std::log2(static_cast<double>(values.size()) / n);
  }
  return bits >= kLeastBits;
}

// Whether values are in order, or steps between neighbours are small against how far they go: of
// tensors whose names are not those of weights that is enough to take them for tables.
bool IsLikeATable(const StoredValues& stored) {
  constexpr double kSmooth = 0.1;
  if (stored.shape.size() == 1 && std::ranges::is_sorted(stored.values)) return true;
  if (stored.shape.size() == 1 && std::ranges::is_sorted(stored.values, std::greater<>())) {
    return true;
  }
  for (std::size_t axis = 0; axis < stored.shape.size(); ++axis) {
    if (stored.shape[axis] < kFewestValues) continue;
    double steps = 0, squares = 0;
    const std::uint64_t count = SeriesCount(stored.shape, axis);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, kFewestValues); ++i) {
      const std::uint64_t place = i * count / std::min<std::uint64_t>(count, kFewestValues);
      const Series series = SeriesAlong(stored, axis, place, stored.shape[axis]);
      const double mean =
          std::reduce(series.begin(), series.end()) / static_cast<double>(series.size());
      for (std::size_t t = 1; t < series.size(); ++t) {
        steps += std::pow(series[t] - series[t - 1], 2);
        squares += std::pow(series[t] - mean, 2);
      }
    }
    if (steps < kSmooth * kSmooth * squares) return true;
  }
  return false;
}

// The first values of a tensor, as many whole slices of its first axis that is no 1 as `most`
// allows.
StoredValues FirstValues(const Checkpoint& checkpoint, const Tensor& tensor, std::uint64_t most) {
  Shape shape = tensor.shape;
  const auto outermost =
      std::ranges::find_if(shape, [](std::uint64_t length) { return length != 1; });
  if (tensor.elements > most && outermost != shape.end()) {
    const std::uint64_t slice = tensor.elements / *outermost;
    *outermost = std::clamp<std::uint64_t>(most / slice, 1, *outermost);
    // Of slices longer than that the beginning, as one series.
    if (slice > most) shape = {most};
  }
  Tensor list = tensor;
  list.shape = {*ElementCount(shape), 1};
  std::vector<float> values;
  UnitReader(checkpoint, list, 1).Read(0, list.shape[0], values);
  return AsStored(std::move(values), std::move(shape), tensor.dtype);
}

CopiedTensor Classified(const Checkpoint& checkpoint, CopiedTensor copy) {
  const Tensor& tensor = *copy.b;
  const TensorUse use = UseOf(tensor);
  if (use == TensorUse::kBookkeeping) {
    copy.kind = CopyKind::kBookkeeping;
  } else if (use == TensorUse::kBuffer) {
    copy.kind = CopyKind::kBuffer;
  } else if (!IsComparable(tensor.dtype)) {
    copy.kind = CopyKind::kFewValues;
  }
  if (copy.kind != CopyKind::kLearned) return copy;
  const StoredValues stored = FirstValues(checkpoint, tensor, kMostLookedAt);
  const bool says_something = use == TensorUse::kCodes
                                  ? SaysSomething(stored.values)
                                  : HasDifferentValues(stored.values, kFewestValues);
  if (says_something) copy.table = RecogniseTable(stored);
  if (!says_something) {
    copy.kind = CopyKind::kFewValues;
  } else if (copy.table) {
    copy.kind = CopyKind::kStandardTable;
  } else if (use == TensorUse::kUnknown && IsLikeATable(stored)) {
    copy.kind = CopyKind::kLikeATable;
  }
  return copy;
}

// Whether every tensor of `of` that `in` lacks by name has its bytes somewhere in `in`; false where
// finding out would take too long.
bool RestIsIn(const Checkpoint& of, const Checkpoint& in, Progress& progress) {
  const auto lacking = static_cast<std::uint64_t>(std::ranges::count_if(
      of.tensors(), [&](const Tensor& tensor) { return in.Find(tensor.name) == nullptr; }));
  if (lacking * in.tensors().size() > kMostComparisons) return false;
  return std::ranges::all_of(of.tensors(), [&](const Tensor& tensor) {
    return in.Find(tensor.name) != nullptr || tensor.elements == 0 ||
           std::ranges::any_of(in.tensors(), [&](const Tensor& other) {
             return other.shape == tensor.shape && SameBytes(of, tensor, in, other, progress);
           });
  });
}

// Pairs of the same name, type and shape, and what became of them.
class CopyFinder {
 public:
  CopyFinder(const Checkpoint& a, const Checkpoint& b, const CopyDraw& draw, unsigned threads,
             Progress& progress)
      : a_(a), b_(b), draw_(draw), threads_(threads), progress_(progress) {
    for (std::size_t i = 0; i < b.tensors().size(); ++i) {
      const Tensor& tensor = b.tensors()[i];
      const Tensor* const other = a.Find(tensor.name);
      if (other == nullptr) continue;
      if (other->shape == tensor.shape && other->dtype == tensor.dtype) {
        pairs_.push_back({.copy = {.a = other, .b = &tensor}, .draw = draw.Of(i)});
      } else {
        same_shapes_ = false;
      }
    }
  }

  CopiedTensors Run() {
    Compare([](const Pair& pair) { return pair.draw.is_drawn; });
    if (std::ranges::all_of(pairs_, [](const Pair& pair) { return !pair.compared || pair.same; })) {
      Compare([](const Pair&) { return true; });
    } else if (!draw_.empty()) {
      std::set<std::uint32_t> groups;
      for (const Pair& pair : pairs_) {
        if (pair.same && pair.draw.group) groups.insert(*pair.draw.group);
      }
      Compare(
          [&](const Pair& pair) { return groups.contains(pair.draw.group.value_or(UINT32_MAX)); });
    }
    return Result();
  }

 private:
  struct Pair {
    CopiedTensor copy;
    CopyDraw::Place draw;
    bool compared = false, same = false;
  };

  // Of those that are `wanted` and were not compared yet.
  template <class Wanted>
  void Compare(const Wanted& wanted) {
    std::vector<Pair*> chosen;
    for (Pair& pair : pairs_) {
      if (!pair.compared && wanted(pair)) chosen.push_back(&pair);
    }
    ParallelFor(threads_, chosen.size(), [&](std::size_t i, unsigned) {
      Pair& pair = *chosen[i];
      pair.compared = true;
      pair.same = SameBytes(a_, *pair.copy.a, b_, *pair.copy.b, progress_);
      if (pair.same) pair.copy = Classified(b_, pair.copy);
    });
  }

  CopiedTensors Result() {
    CopiedTensors copies;
    for (const Pair& pair : pairs_) {
      if (!pair.compared) {
        copies.not_compared.push_back(pair.copy.b);
        continue;
      }
      ++copies.compared;
      if (!pair.same) continue;
      copies.identical.push_back(pair.copy);
      if (pair.copy.kind != CopyKind::kLearned) continue;
      ++copies.learned;
      copies.learned_elements += pair.copy.b->elements;
    }
    if (same_shapes_ && !pairs_.empty() && copies.identical.size() == pairs_.size()) {
      copies.all_of_b = RestIsIn(b_, a_, progress_);
      copies.all_identical = copies.all_of_b && RestIsIn(a_, b_, progress_);
    }
    return copies;
  }

  const Checkpoint& a_;
  const Checkpoint& b_;
  const CopyDraw& draw_;
  unsigned threads_;
  Progress& progress_;
  std::vector<Pair> pairs_;
  bool same_shapes_ = true;
};

}  // namespace

std::string_view CopyKindName(CopyKind kind) {
  constexpr std::array<std::string_view, kCopyKinds> kNames = {
      "learned",     "few_values", "in_control",  "standard_table",
      "bookkeeping", "buffer",     "like_a_table"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view CopyKindText(CopyKind kind) {
  constexpr std::array<std::string_view, kCopyKinds> kTexts = {
      "hold learned values",
      "have too few different values",
      "are in a control as well",
      "are given by a formula or a format",
      "belong to how weights are quantised",
      "are no weights, by name or type",
      "look like tables, and are not named as weights are"};
  return kTexts[static_cast<std::size_t>(kind)];
}

std::optional<StandardTable> TableIn(const Checkpoint& checkpoint, const Tensor& tensor) {
  if (!IsComparable(tensor.dtype) || tensor.elements == 0) return std::nullopt;
  const StoredValues stored = FirstValues(checkpoint, tensor, kMostLookedAt);
  if (!HasDifferentValues(stored.values, kFewestValues)) return std::nullopt;
  return RecogniseTable(stored);
}

std::vector<CopyGroup> GroupsOf(const CopiedTensors& copies) {
  std::map<std::pair<CopyKind, std::optional<StandardTable>>, CopyGroup> groups;
  for (const CopiedTensor& copy : copies.identical) {
    const auto [found, fresh] = groups.try_emplace({copy.kind, copy.table});
    CopyGroup& group = found->second;
    if (fresh) group = {.kind = copy.kind, .table = copy.table, .first = copy.b->name};
    ++group.tensors;
  }
  std::vector<CopyGroup> list;
  list.reserve(groups.size());
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  return list;
}

bool IsSameInBoth(const Checkpoint& a, const Checkpoint& b, const std::string& name) {
  const Tensor* const in_a = a.Find(name);
  const Tensor* const in_b = b.Find(name);
  Progress unseen;
  return in_a != nullptr && in_b != nullptr && in_a->shape == in_b->shape &&
         SameBytes(a, *in_a, b, *in_b, unseen);
}

CopiedTensors FindCopies(const Checkpoint& a, const Checkpoint& b, unsigned threads,
                         Progress& progress, const CopyDraw& draw) {
  return CopyFinder(a, b, draw, threads, progress).Run();
}

}  // namespace modelkin
