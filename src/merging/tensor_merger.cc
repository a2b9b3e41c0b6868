#include "merging/tensor_merger.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/parallel.h"
#include "merging/change_scale.h"
#include "merging/element_rounding.h"
#include "merging/torch_sums.h"

namespace modelkin {
namespace {

// Elements times the values that each may have.
constexpr std::size_t kSampledChanges = std::size_t{1} << 17;
constexpr std::size_t kSampled = std::size_t{1} << 16;
// Units in the last place that factors of an arc are tried at beside the computed ones.
constexpr int kTriedUlps = 4;

void AppendAs(DType dtype, const std::vector<float>& values, std::vector<std::byte>& bytes) {
  const std::size_t width = ByteWidth(dtype), at = bytes.size();
  bytes.resize(at + values.size() * width);
  std::byte* out = bytes.data() + at;
  for (const float value : values) {
    if (width == 4) {
      std::memcpy(out, &value, 4);
    } else {
      const std::uint16_t bits =
          dtype == DType::kBF16 ? FloatToBFloat16(value) : FloatToFloat16(value);
      std::memcpy(out, &bits, 2);
    }
    out += width;
  }
}

float Moved(float value, int ulps) {
  for (; ulps > 0; --ulps) value = std::nextafter(value, HUGE_VALF);
  for (; ulps < 0; ++ulps) value = std::nextafter(value, -HUGE_VALF);
  return value;
}

}  // namespace

void MergeCounts::Add(const MergeCounts& more) {
  elements += more.elements;
  equal += more.equal;
  telling += more.telling;
  telling_equal += more.telling_equal;
  read_off += more.read_off;
  kept.resize(std::max(kept.size(), more.kept.size()));
  known.resize(kept.size());
  for (std::size_t i = 0; i < more.kept.size(); ++i) {
    kept[i] += more.kept[i];
    known[i] += more.known[i];
  }
  squared_difference += more.squared_difference;
  squared_result += more.squared_result;
  largest_difference = std::max(largest_difference, more.largest_difference);
}

TensorMerger::TensorMerger(const PlannedTensor& planned,
                           const std::vector<const Checkpoint*>& models, const Checkpoint* result)
    : planned_(planned), models_(models) {
  if (result != nullptr) {
    const Tensor* const found = result->Find(planned.name);
    if (found != nullptr && found->shape == planned.shape && found->dtype == planned.out_dtype &&
        found->coded == nullptr) {
      result_tensor_ = {.name = found->name,
                        .shape = found->shape,
                        .elements = found->elements,
                        .dtype = found->dtype,
                        .parts = {found}};
      result_.emplace(*result, result_tensor_, planned.out_dtype);
    }
  }
  if (planned.base) {
    base_.emplace(*models[planned.base->model], *planned.base->tensor, planned.dtype);
  }
  for (const PlannedSource& source : planned.sources) {
    sources_.emplace_back(*models[source.model], *source.tensor, planned.dtype);
  }
}

std::uint64_t TensorMerger::CountOf(std::uint64_t chunk) const {
  return std::min(kChunk, planned_.elements - chunk * kChunk);
}

void TensorMerger::ReadChunk(std::uint64_t chunk, Values& values) const {
  const std::uint64_t begin = chunk * kChunk, count = CountOf(chunk);
  values.sources.resize(sources_.size());
  if (base_) base_->Read(begin, count, values.base);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    sources_[i].Read(begin, count, values.sources[i]);
  }
  if (result_) result_->Read(begin, count, values.result);
}

void TensorMerger::Prepare(unsigned threads) {
  if (planned_.is_copied || planned_.elements == 0) return;
  if (AddsChanges(planned_.method)) {
    PrepareChanges(threads);
  } else if (planned_.method == RecipeMethod::kSlerp) {
    PrepareArc(threads);
  } else if (planned_.method == RecipeMethod::kLinear) {
    PrepareSum();
  }
}

void TensorMerger::PrepareChanges(unsigned threads) {
  changes_ = ChangeRule(planned_);
  edges_before_.resize(sources_.size());
  bool is_scaled = false;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    ChangeTerm& term = changes_.terms()[i];
    is_scaled = is_scaled || term.is_scaled;
    if (term.keeps != ChangeTerm::Keeps::kLargest) continue;
    const auto read = [&](std::size_t chunk, std::vector<float>& values) {
      thread_local std::vector<float> base;
      base_->Read(chunk * kChunk, CountOf(chunk), base);
      sources_[i].Read(chunk * kChunk, CountOf(chunk), values);
      for (std::size_t k = 0; k < values.size(); ++k) values[k] -= base[k];
      RoundAll(planned_.dtype, values);
    };
    const double share = planned_.sources[i].density * static_cast<double>(planned_.elements);
    const auto kept = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(share));
    term.threshold = FindSizeThreshold(read, chunks(), kept, threads);
    if (term.threshold.is_open()) CountEdges(read, i, threads);
    if (!term.is_scaled) continue;
    term.scale = ScaleOfLargest(read, term);
    term.is_scaled = term.scale > 0;
  }
  if (is_scaled && result_) ReadScales();
}

void TensorMerger::CountEdges(const ChunkValues& read, std::size_t term, unsigned threads) {
  const std::uint32_t edge = changes_.terms()[term].threshold.bits;
  std::vector<std::uint64_t>& before = edges_before_[term];
  before.assign(chunks() + 1, 0);
  ParallelFor(threads, chunks(), [&](std::size_t chunk, unsigned) {
    std::vector<float> values;
    read(chunk, values);
    before[chunk + 1] = static_cast<std::uint64_t>(std::ranges::count_if(values, [&](float value) {
      return (std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFF) == edge;
    }));
  });
  for (std::size_t chunk = 0; chunk < chunks(); ++chunk) before[chunk + 1] += before[chunk];
}

// By which the largest changes are made as large, summed, as all of them were; 0 where sums are too
// small to divide by.
float TensorMerger::ScaleOfLargest(const ChunkValues& read, const ChangeTerm& term) const {
  double before = 0, after = 0;
  const double at_edge = std::bit_cast<float>(term.threshold.bits);
  std::vector<float> values;
  for (std::size_t chunk = 0; chunk < chunks(); ++chunk) {
    read(chunk, values);
    for (const float value : values) {
      before += std::abs(value);
      if (std::abs(value) > at_edge) after += std::abs(value);
    }
  }
  after += at_edge * static_cast<double>(term.threshold.kept_at_edge);
  if (before < 1e-7 || after < 1e-7) return 0;
  const auto rounded = [&](double sum) { return RoundTo(planned_.dtype, static_cast<float>(sum)); };
  return rounded(rounded(before) / rounded(after));
}

void TensorMerger::ReadScales() {
  Values values;
  ReadChunk(0, values);
  ChangeSample sample{.base = {},
                      .result = {},
                      .changes = std::vector<std::vector<float>>(sources_.size()),
                      .dtype = planned_.dtype,
                      .out_dtype = planned_.out_dtype};
  const std::size_t most = kSampledChanges >> sources_.size();
  for (std::size_t k = 0; k < values.base.size() && sample.base.size() < most; ++k) {
    bool changed = false;
    for (const auto& source : values.sources) changed = changed || source[k] != values.base[k];
    if (!changed) continue;
    sample.base.push_back(values.base[k]);
    sample.result.push_back(values.result[k]);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      sample.changes[i].push_back(changes_.ChangeOf(values.sources[i][k], values.base[k]));
    }
  }
  std::vector<double> densities;
  densities.reserve(planned_.sources.size());
  for (const PlannedSource& source : planned_.sources) densities.push_back(source.density);
  ReadChangeScales(sample, densities, changes_);
  for (const ChangeTerm& term : changes_.terms()) readings_.scales.push_back(term.scale);
}

void TensorMerger::PrepareArc(unsigned threads) {
  const auto reading = [this](const ValueReader& reader) {
    return [this, &reader](std::size_t chunk, std::vector<float>& values) {
      reader.Read(chunk * kChunk, CountOf(chunk), values);
    };
  };
  arc_ = FindArcFactors(reading(*base_), reading(sources_[0]), chunks(), planned_.t, threads);
  if (arc_.on_line || !result_) return;
  Values values;
  ReadChunk(0, values);
  const std::size_t sampled = std::min<std::size_t>(values.base.size(), kSampled);
  const ArcFactors computed = arc_;
  std::size_t most = 0;
  // Nearest first, so that others have to fit better.
  for (int far = 0; far <= kTriedUlps; ++far) {
    for (int base = -far; base <= far; ++base) {
      for (int other = -far; other <= far; ++other) {
        if (std::max(std::abs(base), std::abs(other)) != far) continue;
        const ArcFactors tried{Moved(computed.base, base), Moved(computed.other, other)};
        std::size_t exact = 0;
        for (std::size_t k = 0; k < sampled; ++k) {
          const float merged =
              RoundTo(planned_.dtype, tried.Merge(values.base[k], values.sources[0][k]));
          exact += SameBits(RoundTo(planned_.out_dtype, merged), values.result[k]) ? 1 : 0;
        }
        if (exact <= most) continue;
        most = exact;
        arc_ = tried;
        readings_.base_ulps = base;
        readings_.other_ulps = other;
      }
    }
    if (most == sampled) break;
  }
}

void TensorMerger::PrepareSum() {
  for (const PlannedSource& source : planned_.sources) {
    weights_.push_back(static_cast<float>(source.weight));
  }
  all_weights_ = planned_.normalize ? TorchSum(weights_) : 1;
  if (!result_ || sources_.size() < 2) return;
  Values values;
  ReadChunk(0, values);
  const std::size_t sampled = std::min<std::size_t>(values.result.size(), kSampled);
  std::array<std::size_t, 2> exact{};
  for (const bool unfused : {false, true}) {
    readings_.is_unfused = unfused;
    for (std::size_t k = 0; k < sampled; ++k) {
      const float merged = RoundTo(planned_.out_dtype, MergeElement(values, k));
      exact[unfused ? 1 : 0] += SameBits(merged, values.result[k]) ? 1 : 0;
    }
  }
  readings_.is_unfused = exact[1] > exact[0];
}

float TensorMerger::MergeElement(const Values& values, std::uint64_t k) const {
  if (planned_.method == RecipeMethod::kSlerp) {
    return RoundTo(planned_.dtype, arc_.Merge(values.base[k], values.sources[0][k]));
  }
  if (planned_.method == RecipeMethod::kPassthrough) {
    const auto& scale = planned_.sources[0].scale;
    const float value = values.sources[0][k];
    return scale ? RoundTo(planned_.dtype, value * static_cast<float>(*scale)) : value;
  }
  float sum = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    sum = readings_.is_unfused ? sum + values.sources[i][k] * weights_[i]
                               : FusedMultiplyAdd(values.sources[i][k], weights_[i], sum);
  }
  if (planned_.normalize) sum /= all_weights_;
  return RoundTo(planned_.dtype, sum);
}

// `edges`: of each term, elements so far of the smallest size that is kept; counts on.
float TensorMerger::MergeChanges(const Values& values, std::uint64_t k,
                                 std::vector<std::uint64_t>& edges, MergeCounts& counts) const {
  std::array<float, kMostChanges> all;
  const std::span changes(all.data(), sources_.size());
  const float base = values.base[k];
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i] = changes_.ChangeOf(values.sources[i][k], base);
  }
  KeptChanges found = changes_.Kept(changes);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const ChangeTerm& term = changes_.terms()[i];
    if (edges_before_[i].empty()) continue;
    if ((std::bit_cast<std::uint32_t>(changes[i]) & 0x7FFFFFFF) != term.threshold.bits) continue;
    // Those that come first, as a stable sort has it.
    if (edges[i]++ >= term.threshold.kept_at_edge) found.kept &= ~(1U << i);
  }
  float merged = changes_.Combine(base, changes, found.kept);
  if (found.open == 0 || !result_) return merged;
  const float target = values.result[k];
  std::uint32_t fits = found.kept;
  std::size_t fitting = 0;
  for (std::uint32_t kept = found.open;; kept = (kept - 1) & found.open) {
    const std::uint32_t tried = (found.kept & ~found.open) | kept;
    const float value = changes_.Combine(base, changes, tried);
    if (SameBits(RoundTo(planned_.out_dtype, value), target) && fitting++ == 0) {
      fits = tried;
      merged = value;
    }
    if (kept == 0) break;
  }
  if (fitting == 0) return merged;
  ++counts.read_off;
  if (fitting > 1) return merged;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if ((found.open >> i & 1) == 0) continue;
    ++counts.known[i];
    counts.kept[i] += fits >> i & 1;
  }
  return merged;
}

std::vector<float> TensorMerger::MergeValues(const Values& values, std::uint64_t chunk,
                                             MergeCounts& counts) const {
  const std::uint64_t count = CountOf(chunk);
  std::vector<float> merged(count);
  if (AddsChanges(planned_.method)) {
    std::vector<std::uint64_t> edges(sources_.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (!edges_before_[i].empty()) edges[i] = edges_before_[i][chunk];
    }
    for (std::uint64_t k = 0; k < count; ++k) merged[k] = MergeChanges(values, k, edges, counts);
  } else {
    for (std::uint64_t k = 0; k < count; ++k) merged[k] = MergeElement(values, k);
  }
  if (planned_.out_dtype != planned_.dtype) RoundAll(planned_.out_dtype, merged);
  return merged;
}

void TensorMerger::Count(const Values& values, const std::vector<float>& merged,
                         MergeCounts& counts) const {
  for (std::size_t k = 0; k < merged.size(); ++k) {
    const bool equal = SameBits(merged[k], values.result[k]);
    bool telling = false;
    for (const auto& source : values.sources) {
      const float other = base_ ? values.base[k] : values.sources[0][k];
      telling = telling || !SameBits(source[k], other);
    }
    counts.equal += equal ? 1 : 0;
    counts.telling += telling ? 1 : 0;
    counts.telling_equal += telling && equal ? 1 : 0;
    const double of_result = values.result[k], difference = merged[k] - of_result;
    if (!std::isfinite(difference)) continue;
    counts.squared_difference += difference * difference;
    counts.squared_result += of_result * of_result;
    counts.largest_difference = std::max(counts.largest_difference, std::abs(difference));
  }
}

void TensorMerger::Copy(std::uint64_t chunk, std::vector<std::byte>* bytes,
                        MergeCounts& counts) const {
  const std::uint64_t begin = chunk * kChunk, count = CountOf(chunk);
  std::vector<std::byte> first, other;
  sources_[0].ReadBytes(begin, count, first);
  const auto require_same = [&](const ValueReader& reader, const PlannedSource& source) {
    reader.ReadBytes(begin, count, other);
    if (first == other) return;
    throw Error(ErrorKind::kBadInput,
                "holds whole numbers that differ between models, which mergekit does not merge",
                {.file = models_[source.model]->path(), .tensor = planned_.name});
  };
  for (std::size_t i = 1; i < sources_.size(); ++i) require_same(sources_[i], planned_.sources[i]);
  if (base_) require_same(*base_, *planned_.base);
  if (bytes != nullptr) bytes->insert(bytes->end(), first.begin(), first.end());
  if (!result_) return;
  result_->ReadBytes(begin, count, other);
  const std::size_t width = ByteWidth(planned_.dtype);
  for (std::uint64_t k = 0; k < count; ++k) {
    counts.equal +=
        std::memcmp(first.data() + k * width, other.data() + k * width, width) == 0 ? 1 : 0;
  }
}

void TensorMerger::Merge(std::uint64_t chunk, std::vector<std::byte>* bytes,
                         MergeCounts& counts) const {
  counts.elements += CountOf(chunk);
  if (planned_.is_copied) return Copy(chunk, bytes, counts);
  counts.kept.resize(sources_.size());
  counts.known.resize(sources_.size());
  thread_local Values values;  // as large for the next chunk
  ReadChunk(chunk, values);
  const std::vector<float> merged = MergeValues(values, chunk, counts);
  if (result_) Count(values, merged, counts);
  if (bytes != nullptr) AppendAs(planned_.out_dtype, merged, *bytes);
}

void TensorMerger::RequireNothingLost() const {
  if (base_) base_->RequireNothingLost();
  for (const ValueReader& source : sources_) source.RequireNothingLost();
  if (result_) result_->RequireNothingLost();
}

}  // namespace modelkin
