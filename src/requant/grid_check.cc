// Weights whose quantiser is not written here: whether each value lies near the original's.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"
#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kGridBlock = 256;
// Root of the mean square of distances, in steps, that codes of a vector leave: docs/requant.md.
constexpr double kGridRms = 1.5;

class GridCheck : public TensorCheck {
 public:
  explicit GridCheck(const CheckedPair& pair)
      : pair_(pair), elements_(std::min(pair.a.elements, pair.q.elements)) {}

  std::uint64_t block_values() const override { return kGridBlock; }
  std::uint64_t units() const override { return (elements_ + kGridBlock - 1) / kGridBlock; }
  std::uint64_t UnitValues() const override { return kGridBlock; }

  BlockTally Check(std::uint64_t begin, std::uint64_t count) const override {
    const std::uint64_t first = begin * kGridBlock;
    const std::uint64_t taken = std::min(count * kGridBlock, elements_ - first);
    const TensorReader reader_a(pair_.original, pair_.a), reader_q(pair_.quantised, pair_.q);
    const std::vector<double> a = Values(reader_a, first, taken),
                              q = Values(reader_q, first, taken);
    const auto steps = reader_q.GridSteps(first, taken);
    BlockTally tally{.blocks = count};
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = i * kGridBlock, end = std::min(at + kGridBlock, taken);
      double squares = 0, of_steps = 0, largest = 0;
      for (std::uint64_t k = at; k < end; ++k) {
        const double apart = std::fabs(a[k] - q[k]);
        squares += apart * apart;
        largest = std::max(largest, std::isnan(apart) ? INFINITY : apart);
        if (steps) of_steps += static_cast<double>((*steps)[k]) * (*steps)[k];
      }
      const double rms = of_steps > 0 ? std::sqrt(squares / of_steps) : squares > 0 ? INFINITY : 0;
      tally.largest_deviation = std::max(tally.largest_deviation, largest);
      tally.largest_steps = std::max(tally.largest_steps, rms);
      if (rms <= kGridRms) {
        ++tally.explained_by_weights;
      } else {
        NoteBlock(tally.unexplained_by_weights, {.index = begin + i,
                                                 .element = first + at,
                                                 .file = pair_.quantised.SourceOf(pair_.q).label(),
                                                 .offset_bytes = pair_.q.offset_bytes,
                                                 .steps = rms});
      }
    }
    return tally;
  }

  void Conclude(const BlockTally& tally, TensorRequant& result) const override {
    CountBlocks(tally, true, result);
    result.reason = "no quantiser of this form is known here: values are near, or not";
  }

 private:
  static std::vector<double> Values(const TensorReader& reader, std::uint64_t begin,
                                    std::uint64_t count) {
    std::vector<double> values(count);
    std::vector<std::byte> scratch;
    DecodeToDouble(reader.dtype(), reader.Read(begin, count, scratch).data(), count, values.data());
    return values;
  }

  CheckedPair pair_;
  std::uint64_t elements_;
};

}  // namespace

std::unique_ptr<const TensorCheck> MakeGridCheck(const CheckedPair& pair, std::string& why) {
  if (pair.q.coded == nullptr || !pair.q.coded->is_quantised) {
    why = "nobody knows how it was made";
    return nullptr;
  }
  return std::make_unique<const GridCheck>(pair);
}

}  // namespace modelkin
