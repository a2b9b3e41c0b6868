// Tensors that a quantised model keeps as they are, or as floats of another type.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "numeric/decode.h"
#include "requant/stored_order.h"
#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kCastBlock = 256;
// Exponentials of two libraries differ by a few units in the last place.
constexpr std::int64_t kExponentialUlps = 8;

// The value that a type keeps of a float.
float Kept(DType type, float value) {
  switch (type) {
    case DType::kF16: return Float16ToFloat(FloatToFloat16(value));
    case DType::kBF16: return BFloat16ToFloat(FloatToBFloat16(value));
    default: return value;
  }
}

std::int64_t UlpsBetween(float a, float b) {
  const auto place = [](float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return bits < 0 ? std::int64_t{INT32_MIN} - bits : std::int64_t{bits};
  };
  return std::abs(place(a) - place(b));
}

class CastCheck : public TensorCheck {
 public:
  CastCheck(const CheckedPair& pair, Tensor stored, std::optional<Stored> change, StoredOrder order)
      : pair_(pair),
        stored_(std::move(stored)),
        change_(change),
        order_(std::move(order)),
        elements_(std::min(pair.a.elements, pair.q.elements)) {
    ChooseWay();
  }

  std::uint64_t block_values() const override { return kCastBlock; }
  std::uint64_t units() const override { return (elements_ + kCastBlock - 1) / kCastBlock; }
  std::uint64_t UnitValues() const override { return kCastBlock; }

  BlockTally Check(std::uint64_t begin, std::uint64_t count) const override {
    return CheckBy(way_, begin, count);
  }

  void Conclude(const BlockTally& tally, TensorRequant& result) const override {
    CountBlocks(tally, false, result);
    if (way_ != DType::kF32) result.by_way_of = way_;
    if (result.outcome == RequantOutcome::kDeviates && tally.identical == 0) return;
    const char* const change = !change_                       ? ""
                               : *change_ == Stored::kOnePlus ? ", and 1 added"
                                                              : ", as -exp(x)";
    result.quantiser = fmt::format("kept as {}{}", DTypeName(stored_.dtype), change);
  }

 private:
  float Expected(DType way, float a) const {
    a = Kept(way, a);
    if (change_ && *change_ == Stored::kOnePlus) {
      a = Kept(way, 1 + a);
    } else if (change_) {
      a = -static_cast<float>(std::exp(static_cast<double>(a)));
    }
    return Kept(stored_.dtype, a);
  }

  std::vector<float> ReadStored(std::uint64_t begin, std::uint64_t count) const {
    std::vector<float> values(count);
    std::vector<std::byte> scratch;
    const auto parts = ReaderOfParts(pair_.quantised);
    const std::uint64_t width = ByteWidth(stored_.dtype);
    float* to = values.data();
    for (const StoredRun& run : order_.Runs(begin, count)) {
      const auto bytes = parts->Read(stored_, run.place * width, run.count * width, scratch);
      DecodeToFloat(stored_.dtype, bytes.data(), run.count, to);
      to += run.count;
    }
    return values;
  }

  BlockTally CheckBy(DType way, std::uint64_t begin, std::uint64_t count) const {
    const std::uint64_t first = begin * kCastBlock;
    const std::uint64_t taken = std::min(count * kCastBlock, elements_ - first);
    std::vector<float> original(taken);
    order_.ReadOriginal(first, taken, original.data());
    const std::vector<float> stored = ReadStored(first, taken);
    BlockTally tally{.blocks = count};
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = i * kCastBlock, end = std::min(at + kCastBlock, taken);
      CheckBlock(way, {original.data() + at, end - at}, stored.data() + at, begin + i, tally);
    }
    return tally;
  }

  void CheckBlock(DType way, std::span<const float> original, const float* stored,
                  std::uint64_t index, BlockTally& tally) const {
    bool is_same = true, is_near = change_ == Stored::kNegativeExponential;
    double largest = 0;
    for (std::size_t i = 0; i < original.size(); ++i) {
      const float expected = Expected(way, original[i]);
      const bool both_nan = std::isnan(expected) && std::isnan(stored[i]);
      if (both_nan ||
          std::bit_cast<std::uint32_t>(expected) == std::bit_cast<std::uint32_t>(stored[i])) {
        continue;
      }
      is_same = false;
      is_near = is_near && UlpsBetween(expected, stored[i]) <= kExponentialUlps;
      const double apart = std::fabs(static_cast<double>(expected) - stored[i]);
      largest = std::max(largest, std::isnan(apart) ? INFINITY : apart);
    }
    if (is_same) {
      ++tally.identical;
      return;
    }
    tally.largest_deviation = std::max(tally.largest_deviation, largest);
    if (is_near) {
      ++tally.explained_by_rounding;
      return;
    }
    const std::uint64_t element = index * kCastBlock;
    const std::uint64_t place = order_.Runs(element, 1).front().place;
    NoteBlock(tally.unexplained_by_rounding,
              {.index = place / kCastBlock,
               .element = element,
               .file = pair_.quantised.SourceOf(stored_).label(),
               .offset_bytes = stored_.offset_bytes + place * ByteWidth(stored_.dtype),
               .steps = 0});
  }

  // Of the first blocks.
  void ChooseWay() {
    const std::uint64_t count = std::min<std::uint64_t>(units(), 64);
    std::uint64_t most = 0;
    for (const DType way : {DType::kF32, DType::kF16, DType::kBF16}) {
      const std::uint64_t identical = count == 0 ? 0 : CheckBy(way, 0, count).identical;
      if (identical <= most && way != DType::kF32) continue;
      most = identical;
      way_ = way;
      if (most == count) return;
    }
  }

  CheckedPair pair_;
  Tensor stored_;
  std::optional<Stored> change_;
  StoredOrder order_;
  std::uint64_t elements_;
  DType way_ = DType::kF32;
};

}  // namespace

std::unique_ptr<const TensorCheck> MakeCastCheck(const CheckedPair& pair, std::string& why) {
  Tensor stored = pair.q;
  std::optional<Stored> change;
  if (pair.q.coded != nullptr) {
    const auto* const undone = std::get_if<UndoneLayout>(&pair.q.coded->layout);
    if (undone == nullptr || undone->tensor.coded != nullptr) return nullptr;
    stored = undone->tensor;
    change = undone->stored;
  }
  stored.view = nullptr;
  if (!FitsFloat(stored.dtype)) {
    why = fmt::format("{} is compared with nothing", DTypeName(stored.dtype));
    return nullptr;
  }
  auto order = StoredOrder::Find(pair.original, pair.a, pair.q, 1);
  if (!order) {
    why = "its elements can't be read in the original's order";
    return nullptr;
  }
  return std::make_unique<const CastCheck>(pair, std::move(stored), change, std::move(*order));
}

}  // namespace modelkin
