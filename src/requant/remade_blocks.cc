#include "requant/remade_blocks.h"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kRuns = 8, kUnitsOfARun = 256;
constexpr std::uint64_t kMostValuesOfAUnit = std::uint64_t{1} << 20;

// With one scale for many values, these are all read.
bool HasSmallBlocks(const Tensor& q) {
  const auto* const groups = std::get_if<GroupsLayout>(&q.coded->layout);
  if (groups == nullptr) return true;
  return !groups->nested && groups->block_rows <= kMostValuesOfAUnit / groups->columns;
}

}  // namespace

std::optional<RemadeBlocks> RemakeBlocks(const Checkpoint& original, const Tensor& a,
                                         const Checkpoint& quantised, const Tensor& q) {
  if (q.coded == nullptr || a.shape != q.shape || !IsComparable(a.dtype) || q.elements == 0) {
    return std::nullopt;
  }
  const bool is_of_ggml = std::holds_alternative<BlocksLayout>(q.coded->layout);
  if (!HasSmallBlocks(q)) return std::nullopt;
  std::string why;
  const CheckedPair pair{original, a, quantised, q};
  const auto check = is_of_ggml ? MakeBlockCheck(pair, why) : MakeGroupCheck(pair, why);
  if (check == nullptr) return std::nullopt;
  const std::uint64_t units = check->units(), most = kMostValuesOfAUnit / check->UnitValues();
  const std::uint64_t run = std::min({kUnitsOfARun, std::max<std::uint64_t>(most, 1), units});
  BlockTally tally;
  if (units <= kRuns * run) {
    tally = check->Check(0, units);
  } else {
    for (std::uint64_t i = 0; i < kRuns; ++i) {
      tally.Merge(check->Check(i * ((units - run) / (kRuns - 1)), run));
    }
  }
  TensorRequant result;
  check->Conclude(tally, result);
  return RemadeBlocks{.blocks = result.blocks,
                      .identical = result.blocks_identical(),
                      .consistent = result.blocks_consistent,
                      .is_of_ggml = is_of_ggml};
}

}  // namespace modelkin
