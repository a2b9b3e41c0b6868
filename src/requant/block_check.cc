// Blocks of GGUF files, made again.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "kernels/block_encoder.h"
#include "numeric/decode.h"
#include "requant/block_freedom.h"
#include "requant/stored_order.h"
#include "requant/tensor_check.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

// Limits of docs/requant.md, "What is consistent", with what they were measured by.
constexpr double kOtherRoundingRms = 1.25;    // of a block, over that of ours
constexpr double kOtherWeightsRms = 16;       // of a block
constexpr double kOtherWeightsTensorRms = 4;  // of a tensor
constexpr double kMostlyIdentical = 0.5;      // blocks: nobody's weights led the search

constexpr std::uint64_t kSampledRuns = 8, kSampledBlocks = 32;  // of each
constexpr std::uint64_t kPieceValues = std::uint64_t{1} << 14;

// What values were rounded to before they were quantised.
constexpr std::array kWays = {DType::kF32, DType::kF16, DType::kBF16};

void RoundTo(DType type, std::span<float> values) {
  if (type == DType::kF16) {
    for (float& x : values) x = Float16ToFloat(FloatToFloat16(x));
  } else if (type == DType::kBF16) {
    for (float& x : values) x = BFloat16ToFloat(FloatToBFloat16(x));
  }
}

bool AreFinite(std::span<const float> values) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::uint32_t others = 0;
  for (const float x : values) {
    others |= (std::bit_cast<std::uint32_t>(x) & kExponent) == kExponent ? 1U : 0U;
  }
  return others == 0;
}

class BlockCheck : public TensorCheck {
 public:
  BlockCheck(const CheckedPair& pair, const BlocksLayout& layout, const BlockEncoder& encoder,
             StoredOrder order)
      : pair_(pair), layout_(layout), encoder_(encoder), order_(std::move(order)) {
    blocks_ = std::min(pair.a.elements, pair.q.elements) / encoder.values;
    ChooseWay();
  }

  std::uint64_t block_values() const override { return encoder_.values; }
  std::uint64_t units() const override { return blocks_; }
  std::uint64_t UnitValues() const override { return encoder_.values; }

  BlockTally Check(std::uint64_t begin, std::uint64_t count) const override {
    return CheckBy(way_, begin, count);
  }

  void Conclude(const BlockTally& tally, TensorRequant& result) const override {
    const double share = static_cast<double>(tally.identical) /
                         static_cast<double>(std::max<std::uint64_t>(tally.blocks, 1));
    const bool by_weights = encoder_.heeds_importance && share < kMostlyIdentical;
    CountBlocks(tally, by_weights, result);
    if (by_weights && result.outcome == RequantOutcome::kConsistent &&
        tally.squares > Square(kOtherWeightsTensorRms) * tally.squares_of_ours) {
      result.outcome = RequantOutcome::kDeviates;
      result.blocks_deviating = std::exchange(result.blocks_consistent, 0);
      result.reason = fmt::format("values lie {:.1f} times as far from the original's as ours",
                                  std::sqrt(tally.squares / tally.squares_of_ours));
    }
    if (way_ != DType::kF32) result.by_way_of = way_;
    if (result.outcome == RequantOutcome::kDeviates && tally.identical == 0) return;
    result.quantiser =
        fmt::format("ggml {}{}", encoder_.name, by_weights ? " with an importance matrix" : "");
  }

 private:
  static double Square(double x) { return x * x; }

  // What is worked on at a time, which the nearest caches hold.
  struct Piece {
    std::vector<float> values;
    std::vector<std::byte> stored, ours, scratch;
  };

  void ReadBlocks(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                  Piece& piece) const {
    piece.stored.resize(count * encoder_.bytes);
    std::byte* to = piece.stored.data();
    for (const StoredRun& run : order_.Runs(begin * encoder_.values, count * encoder_.values)) {
      const std::uint64_t bytes = run.count / encoder_.values * encoder_.bytes;
      const auto read = parts.Read(layout_.blocks, run.place / encoder_.values * encoder_.bytes,
                                   bytes, piece.scratch);
      std::memcpy(to, read.data(), read.size());
      to += bytes;
    }
  }

  BlockTally CheckBy(DType way, std::uint64_t begin, std::uint64_t count) const {
    const auto parts = ReaderOfParts(pair_.quantised);
    const std::uint64_t most = std::max<std::uint64_t>(kPieceValues / encoder_.values, 1);
    BlockTally tally;
    Piece piece;
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t now = std::min(most, count - done);
      CheckPiece(*parts, way, begin + done, now, piece, tally);
      done += now;
    }
    return tally;
  }

  void CheckPiece(const PartReader& parts, DType way, std::uint64_t begin, std::uint64_t count,
                  Piece& piece, BlockTally& tally) const {
    piece.values.resize(count * encoder_.values);
    order_.ReadOriginal(begin * encoder_.values, piece.values.size(), piece.values.data());
    RoundTo(way, piece.values);
    ReadBlocks(parts, begin, count, piece);
    piece.ours.assign(piece.stored.size(), std::byte{0});
    if (AreFinite(piece.values)) {
      encoder_.encode(piece.values.data(), count, Contraction::kNone, piece.ours.data());
    }
    tally.blocks += count;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::byte* const block = piece.stored.data() + i * encoder_.bytes;
      if (std::memcmp(block, piece.ours.data() + i * encoder_.bytes, encoder_.bytes) == 0) {
        ++tally.identical;
      } else {
        CheckBlock(piece.values.data() + i * encoder_.values, block, begin + i, tally);
      }
    }
  }

  // Of one that is not what we make, with both sums rounded apart.
  void CheckBlock(const float* values, const std::byte* block, std::uint64_t index,
                  BlockTally& tally) const {
    std::array<std::byte, 256> ours;
    const bool is_finite = AreFinite({values, encoder_.values});
    for (const Contraction contraction : {Contraction::kNone, Contraction::kFused}) {
      if (!is_finite) break;
      encoder_.encode(values, 1, contraction, ours.data());
      if (std::memcmp(block, ours.data(), encoder_.bytes) == 0) {
        ++tally.identical;
        return;
      }
    }
    const BlockDistance distance = DistanceOf(*layout_.form, block, values);
    const BlockDistance least =
        is_finite ? DistanceOf(*layout_.form, ours.data(), values) : BlockDistance();
    const auto is_within = [&](double rms) {
      return is_finite && distance.codes_follow &&
             (distance.is_coarse || distance.squares <= Square(rms) * least.squares);
    };
    if (!distance.is_coarse) {
      tally.squares += distance.squares;
      tally.squares_of_ours += least.squares;
    }
    tally.largest_deviation = std::max(tally.largest_deviation, distance.largest);
    tally.largest_steps = std::max(tally.largest_steps, distance.largest_steps);
    // What was repacked, and not quantised again, stands for the same values in other bytes.
    const bool is_lossless = StandsFor(block, values);
    const DeviatingBlock named = Named(index, distance.largest_steps);
    if (is_lossless || (encoder_.searches && is_within(kOtherRoundingRms))) {
      ++tally.explained_by_rounding;
    } else {
      NoteBlock(tally.unexplained_by_rounding, named);
    }
    if (is_lossless || (encoder_.heeds_importance && is_within(kOtherWeightsRms))) {
      ++tally.explained_by_weights;
    } else {
      NoteBlock(tally.unexplained_by_weights, named);
    }
  }

  bool StandsFor(const std::byte* block, const float* values) const {
    std::array<float, 256> decoded;
    DecodeBlocks(*layout_.form, block, 1, decoded.data());
    return std::equal(values, values + encoder_.values, decoded.begin());
  }

  DeviatingBlock Named(std::uint64_t index, double steps) const {
    const std::uint64_t element = index * encoder_.values;
    const std::uint64_t stored = order_.Runs(element, encoder_.values).front().place;
    const Tensor& blocks = layout_.blocks;
    return {.index = stored / encoder_.values,
            .element = element,
            .file = pair_.quantised.SourceOf(blocks).label(),
            .offset_bytes = blocks.offset_bytes + stored / encoder_.values * encoder_.bytes,
            .steps = steps};
  }

  // The type for which most sampled blocks are the same; where these are few, and may be so by
  // chance, that by which most are explained.
  void ChooseWay() {
    const std::uint64_t run = std::min(kSampledBlocks, blocks_);
    const std::uint64_t runs = blocks_ <= kSampledRuns * run ? 1 : kSampledRuns;
    std::uint64_t most = 0;
    for (const DType way : kWays) {
      BlockTally tally;
      for (std::uint64_t i = 0; i < runs && run > 0; ++i) {
        tally.Merge(CheckBy(way, runs == 1 ? 0 : i * ((blocks_ - run) / (runs - 1)), run));
      }
      const bool is_made_so = static_cast<double>(tally.identical) >=
                              kMostlyIdentical * static_cast<double>(tally.blocks);
      const std::uint64_t explained = is_made_so ? tally.blocks + tally.identical
                                                 : tally.identical + tally.explained_by_weights;
      if (explained > most || way == kWays.front()) {
        most = explained;
        way_ = way;
      }
      if (tally.identical == tally.blocks) return;  // the usual case
    }
  }

  CheckedPair pair_;
  BlocksLayout layout_;
  const BlockEncoder& encoder_;
  StoredOrder order_;
  std::uint64_t blocks_ = 0;
  DType way_ = DType::kF32;
};

}  // namespace

std::unique_ptr<const TensorCheck> MakeBlockCheck(const CheckedPair& pair, std::string& why) {
  const auto* const layout =
      pair.q.coded == nullptr ? nullptr : std::get_if<BlocksLayout>(&pair.q.coded->layout);
  if (layout == nullptr) return nullptr;
  const BlockEncoder* const encoder = FindBlockEncoder(layout->form->name);
  if (encoder == nullptr || layout->factors) return nullptr;
  auto order = StoredOrder::Find(pair.original, pair.a, pair.q, encoder->values);
  if (!order) {
    why = "its blocks lie across the rows of the weight";
    return nullptr;
  }
  return std::make_unique<const BlockCheck>(pair, *layout, *encoder, std::move(*order));
}

}  // namespace modelkin
