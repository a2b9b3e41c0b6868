// Tensors that are stored with the same bytes in both models, and which of them say something.
#ifndef MODELKIN_LINEAGE_COPIED_TENSORS_H_
#define MODELKIN_LINEAGE_COPIED_TENSORS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "checkpoint/checkpoint.h"
#include "tables/standard_table.h"

namespace modelkin {

// Why a tensor with the same bytes in both is no evidence.
enum class CopyKind : std::uint8_t {
  kLearned,        // it is: training made these values
  kFewValues,      // too few different ones to tell: masks, zeros, ones
  kInControl,      // a control has it too
  kStandardTable,  // a formula or a format gives them
  kBookkeeping,    // belongs to quantised weights
  kBuffer,         // no activation is multiplied with it, by its name or type
  kLikeATable,     // smooth or in order, under a name that is not one of weights
};
inline constexpr std::size_t kCopyKinds = 7;

// "standard_table"
std::string_view CopyKindName(CopyKind kind);
// What is said of tensors of that kind: "are given by a formula or a format".
std::string_view CopyKindText(CopyKind kind);

struct CopiedTensor {
  const Tensor* a = nullptr;
  const Tensor* b = nullptr;
  CopyKind kind = CopyKind::kLearned;
  std::optional<StandardTable> table = {};  // of kStandardTable
};

struct CopiedTensors {
  std::uint64_t compared = 0;               // pairs of the same name, type and shape
  std::vector<const Tensor*> not_compared;  // of B, with such a partner: they were not drawn
  std::vector<CopiedTensor> identical;
  std::uint64_t learned = 0;  // of the identical
  std::uint64_t learned_elements = 0;
  // Whether every tensor of either model is stored with the same bytes in the other: under its own
  // name, or, if it is on one side only, under another.
  bool all_identical = false;
  // As above for B alone.
  bool all_of_b = false;
};

// Identical tensors that are, or are not, evidence for the same reason.
struct CopyGroup {
  CopyKind kind = CopyKind::kLearned;
  std::optional<StandardTable> table = {};
  std::uint64_t tensors = 0;
  std::string first;  // the name of one
};

// In the order of kinds and tables.
std::vector<CopyGroup> GroupsOf(const CopiedTensors& copies);

// Which tensors of B are compared at first. Where one of a group is the same, all of its group are
// compared as well, and where all are the same, everything is.
struct CopyDraw {
  struct Place {
    bool is_drawn = true;
    std::optional<std::uint32_t> group = {};
  };
  std::vector<Place> places;  // by the index of B's tensor; none: all are drawn

  bool empty() const { return places.empty(); }
  Place Of(std::size_t tensor) const { return empty() ? Place{} : places[tensor]; }
};

// Compares tensors of the same name in pieces and stops at a tensor's first difference.
CopiedTensors FindCopies(const Checkpoint& a, const Checkpoint& b, unsigned threads,
                         Progress& progress, const CopyDraw& draw = {});

// Returns whether both have a tensor of that name, with the same bytes.
bool IsSameInBoth(const Checkpoint& a, const Checkpoint& b, const std::string& name);

// Whether the tensor holds a table that RecogniseTable knows; reads its first 2^18 values at most.
std::optional<StandardTable> TableIn(const Checkpoint& checkpoint, const Tensor& tensor);

}  // namespace modelkin

#endif  // MODELKIN_LINEAGE_COPIED_TENSORS_H_
