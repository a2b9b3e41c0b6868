#include "scan/byte_diff.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <numeric>
#include <span>

#include "base/error.h"
#include "base/parallel.h"
#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"
#include "source/sha256.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kDiffChunkElements = std::uint64_t{1} << 20;

bool HasUlps(DType dtype) { return IsFloatingPoint(dtype) && IsComparable(dtype); }

// Largest magnitude that is no NaN, as bits without the sign.
std::uint64_t InfinityOrLargest(DType dtype) {
  switch (dtype) {
    case DType::kF8E4M3: return 0x7E;
    case DType::kF8E5M2: return 0x7C;
    case DType::kF16: return 0x7C00;
    case DType::kBF16: return 0x7F80;
    case DType::kF32: return 0x7F800000;
    default: return 0x7FF0000000000000;
  }
}

// Whether all elements that are read are the same.
bool IsConstantAsRead(const Checkpoint& checkpoint, const Tensor& tensor) {
  const TensorReader reader(checkpoint, tensor);
  const std::uint64_t width = reader.byte_width();
  std::vector<std::byte> scratch;
  std::array<std::byte, sizeof(double)> first{};
  for (std::uint64_t done = 0; done < tensor.elements; done += kDiffChunkElements) {
    const std::uint64_t count = std::min(tensor.elements - done, kDiffChunkElements);
    const auto bytes = reader.Read(done, count, scratch);
    if (done == 0) std::memcpy(first.data(), bytes.data(), width);
    if (std::memcmp(first.data(), bytes.data(), width) != 0 ||
        std::memcmp(bytes.data(), bytes.data() + width, bytes.size() - width) != 0) {
      return false;
    }
  }
  return true;
}

// Whether the bytes are one element repeated.
bool IsConstant(const Checkpoint& checkpoint, const Tensor& tensor) {
  if (tensor.coded != nullptr || tensor.view != nullptr) {
    return IsConstantAsRead(checkpoint, tensor);
  }
  // Elements narrower than a byte: as many as fill whole bytes.
  const std::uint64_t width = std::lcm(BitWidth(tensor.dtype), 8U) / 8;
  if (tensor.length_bytes <= width) return true;  // nothing to recognise it by
  std::vector<std::byte> scratch;
  std::vector<std::byte> shifted;
  const ByteSource& source = checkpoint.SourceOf(tensor);
  for (std::uint64_t done = 0; done < tensor.length_bytes - width;) {
    const std::uint64_t length =
        std::min(tensor.length_bytes - width - done, kDiffChunkElements * width);
    const auto here = source.Read(tensor.offset_bytes + done, length, scratch);
    const auto next = source.Read(tensor.offset_bytes + done + width, length, shifted);
    if (std::memcmp(here.data(), next.data(), length) != 0) return false;
    done += length;
  }
  return true;
}

// Of the bytes of its elements, one after the other; of a coded weight, of those of its parts.
std::string DigestTensor(const Checkpoint& checkpoint, const Tensor& tensor, Progress& progress) {
  Sha256 digest;
  if (tensor.coded != nullptr) {
    for (const Tensor& part : tensor.coded->parts) {
      const std::string of_part = DigestTensor(checkpoint, part, progress);
      digest.Update(std::as_bytes(std::span(of_part)));
    }
    return digest.HexDigest();
  }
  if (tensor.view == nullptr) {
    return Sha256OfRange(checkpoint.SourceOf(tensor), tensor.offset_bytes, tensor.length_bytes,
                         progress);
  }
  const TensorReader reader(checkpoint, tensor);
  std::vector<std::byte> scratch;
  for (std::uint64_t done = 0; done < tensor.elements; done += kDiffChunkElements) {
    const std::uint64_t count = std::min(tensor.elements - done, kDiffChunkElements);
    digest.Update(reader.Read(done, count, scratch));
    progress.Advance(count * reader.byte_width());
  }
  reader.RequireNothingLost();
  return digest.HexDigest();
}

std::vector<std::string> DigestTensors(const Checkpoint& checkpoint, unsigned threads,
                                       Progress& progress) {
  const std::vector<Tensor>& tensors = checkpoint.tensors();
  std::vector<std::string> digests(tensors.size());
  ParallelFor(threads, tensors.size(), [&](std::size_t i, unsigned) {
    digests[i] = DigestTensor(checkpoint, tensors[i], progress);
  });
  return digests;
}

struct ChunkCounts {
  std::uint64_t bit_equal = 0;
  UlpHistogram ulp;
};

// As UlpDistance, without branches: 0 to 64, or kNanBucket.
constexpr std::size_t kNanBucket = UlpHistogram().buckets.size();

template <class Bits>
std::size_t BucketOf(Bits a, Bits b, Bits largest) {
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
  const auto magnitude_a = static_cast<Bits>(a & ~kSign),
             magnitude_b = static_cast<Bits>(b & ~kSign);
  const std::uint64_t across = std::uint64_t{magnitude_a} + magnitude_b;
  const std::uint64_t along =
      std::max(magnitude_a, magnitude_b) - std::min(magnitude_a, magnitude_b);
  const std::uint64_t distance = ((a ^ b) & kSign) != 0 ? across : along;
  const bool is_nan = magnitude_a > largest || magnitude_b > largest;
  return is_nan ? kNanBucket : static_cast<std::size_t>(std::bit_width(distance));
}

template <class Bits>
ChunkCounts CountBits(DType dtype, std::span<const std::byte> a, std::span<const std::byte> b) {
  // Neighbours often fall into one bucket: four tables, so that none waits for the one before.
  std::array<std::array<std::uint64_t, kNanBucket + 1>, 4> tables{};
  const bool has_ulps = HasUlps(dtype);
  const auto largest = static_cast<Bits>(has_ulps ? InfinityOrLargest(dtype) : 0);
  ChunkCounts counts;
  for (std::size_t at = 0, i = 0; at < a.size(); at += sizeof(Bits), ++i) {
    Bits bits_a = 0, bits_b = 0;
    std::memcpy(&bits_a, a.data() + at, sizeof(Bits));
    std::memcpy(&bits_b, b.data() + at, sizeof(Bits));
    counts.bit_equal += bits_a == bits_b ? 1 : 0;
    if (has_ulps) ++tables[i % tables.size()][BucketOf(bits_a, bits_b, largest)];
  }
  for (const auto& table : tables) {
    for (std::size_t k = 0; k < kNanBucket; ++k) counts.ulp.buckets[k] += table[k];
    counts.ulp.nan_pairs += table[kNanBucket];
  }
  return counts;
}

ChunkCounts CountChunk(DType dtype, std::span<const std::byte> a, std::span<const std::byte> b) {
  switch (BitWidth(dtype)) {
    case 8: return CountBits<std::uint8_t>(dtype, a, b);
    case 16: return CountBits<std::uint16_t>(dtype, a, b);
    case 32: return CountBits<std::uint32_t>(dtype, a, b);
    default: return CountBits<std::uint64_t>(dtype, a, b);
  }
}

// Of types that fit a float, as floats: how many are the same, bit for bit.
ChunkCounts CountValues(DType dtype_a, std::span<const std::byte> a, DType dtype_b,
                        std::span<const std::byte> b, std::uint64_t count) {
  std::vector<float> values_a(count), values_b(count);
  DecodeToFloat(dtype_a, a.data(), count, values_a.data());
  DecodeToFloat(dtype_b, b.data(), count, values_b.data());
  ChunkCounts counts;
  for (std::uint64_t i = 0; i < count; ++i) {
    counts.bit_equal +=
        std::bit_cast<std::uint32_t>(values_a[i]) == std::bit_cast<std::uint32_t>(values_b[i]) ? 1
                                                                                               : 0;
  }
  return counts;
}

// Squares over pairs of finite elements, of types that are numbers.
struct ChangeSums {
  double of_difference = 0, of_a = 0;

  void Merge(const ChangeSums& other) {
    of_difference += other.of_difference;
    of_a += other.of_a;
  }
};

ChangeSums SumChange(DType dtype_a, const std::byte* a, DType dtype_b, const std::byte* b,
                     std::uint64_t count) {
  constexpr std::uint64_t kBlock = 4096;
  std::array<double, kBlock> values_a{}, values_b{};
  ChangeSums sums;
  for (std::uint64_t begin = 0; begin < count; begin += kBlock) {
    const std::uint64_t length = std::min(kBlock, count - begin);
    DecodeToDouble(dtype_a, a + begin * ByteWidth(dtype_a), length, values_a.data());
    DecodeToDouble(dtype_b, b + begin * ByteWidth(dtype_b), length, values_b.data());
    for (std::uint64_t i = 0; i < length; ++i) {
      const bool finite = std::isfinite(values_a[i]) && std::isfinite(values_b[i]);
      const double value = finite ? values_a[i] : 0;
      const double difference = finite ? values_a[i] - values_b[i] : 0;
      sums.of_difference += difference * difference;
      sums.of_a += value * value;
    }
  }
  return sums;
}

std::optional<double> RelativeChange(const ChangeSums& sums) {
  if (sums.of_a == 0) return std::nullopt;
  const double change = std::sqrt(sums.of_difference / sums.of_a);
  return std::isfinite(change) ? std::optional(change) : std::nullopt;
}

// Element by element, for pairs whose bytes differ. Distances are of elements of one type.
void DiffElements(const Checkpoint& a, const Checkpoint& b, TensorDiff& diff, unsigned threads,
                  Progress& progress) {
  const TensorReader side_a(a, *diff.pair.a);
  const TensorReader side_b(b, *diff.pair.b);
  const bool same_type = side_a.dtype() == side_b.dtype();
  const bool numbers = diff.pair.comparable();
  const std::uint64_t elements = diff.pair.a->elements;
  const std::uint64_t chunks = (elements + kDiffChunkElements - 1) / kDiffChunkElements;
  std::mutex mutex;
  ChunkCounts total;
  std::vector<ChangeSums> changes(chunks);  // added up in order, whatever thread was first
  ParallelFor(threads, chunks, [&](std::size_t chunk, unsigned) {
    std::vector<std::byte> scratch_a;
    std::vector<std::byte> scratch_b;
    const std::uint64_t begin = chunk * kDiffChunkElements;
    const std::uint64_t count = std::min(kDiffChunkElements, elements - begin);
    const auto bytes_a = side_a.Read(begin, count, scratch_a);
    const auto bytes_b = side_b.Read(begin, count, scratch_b);
    const ChunkCounts counts =
        same_type ? CountChunk(side_a.dtype(), bytes_a, bytes_b)
                  : CountValues(side_a.dtype(), bytes_a, side_b.dtype(), bytes_b, count);
    if (numbers) {
      changes[chunk] =
          SumChange(side_a.dtype(), bytes_a.data(), side_b.dtype(), bytes_b.data(), count);
    }
    side_a.RequireNothingLost();
    side_b.RequireNothingLost();
    progress.Advance(count * (side_a.byte_width() + side_b.byte_width()));
    const std::lock_guard lock(mutex);
    total.bit_equal += counts.bit_equal;
    total.ulp.Merge(counts.ulp);
  });
  diff.bit_equal = total.bit_equal;
  if (numbers) {
    ChangeSums change;
    for (const ChangeSums& of_chunk : changes) change.Merge(of_chunk);
    diff.relative_change = RelativeChange(change);
  }
  if (same_type && HasUlps(side_a.dtype())) diff.ulp = total.ulp;
}

void MarkIdentical(TensorDiff& diff) {
  diff.identical = true;
  diff.relative_change = 0;
  if (BitWidth(diff.pair.a->dtype) % 8 == 0) diff.bit_equal = diff.pair.a->elements;
}

// Everything in B with the bytes and type of a tensor in A.
using ContentIndex = std::map<std::pair<std::string, std::string>, std::vector<const Tensor*>>;

std::vector<ContentMatch> FindElsewhere(const Checkpoint& a, const Checkpoint& b,
                                        const Pairing& pairing, ByteDiff& diff) {
  ContentIndex index;
  for (std::size_t i = 0; i < b.tensors().size(); ++i) {
    index[{TypeText(b.tensors()[i]), diff.digests_b[i]}].push_back(&b.tensors()[i]);
  }
  std::map<const Tensor*, const Tensor*> partners;
  for (const TensorPair& pair : pairing.pairs) {
    if (pair.a != nullptr) partners[pair.a] = pair.b;
  }
  std::vector<ContentMatch> matches;
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    const Tensor& tensor = a.tensors()[i];
    const auto partner = partners.find(&tensor);
    const auto found = index.find({TypeText(tensor), diff.digests_a[i]});
    if (partner == partners.end() || found == index.end()) continue;
    ContentMatch match{.a = &tensor, .b = found->second};
    match.also_at_partner = std::erase(match.b, partner->second) > 0;
    if (match.b.empty()) continue;
    if (IsConstant(a, tensor)) {
      ++diff.constant_matches;
    } else {
      matches.push_back(std::move(match));
    }
  }
  return matches;
}

}  // namespace

void UlpHistogram::Merge(const UlpHistogram& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  nan_pairs += other.nan_pairs;
}

std::optional<std::uint64_t> UlpDistance(DType dtype, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sign = std::uint64_t{1} << (BitWidth(dtype) - 1);
  const std::uint64_t magnitude_a = a & (sign - 1);
  const std::uint64_t magnitude_b = b & (sign - 1);
  const std::uint64_t largest = InfinityOrLargest(dtype);
  if (magnitude_a > largest || magnitude_b > largest) return std::nullopt;
  if ((a & sign) != (b & sign)) return magnitude_a + magnitude_b;
  return std::max(magnitude_a, magnitude_b) - std::min(magnitude_a, magnitude_b);
}

std::uint64_t ByteDiff::identical_count() const {
  return static_cast<std::uint64_t>(std::ranges::count(tensors, true, &TensorDiff::identical));
}

bool ByteDiff::all_identical() const { return identical_count() == tensors.size(); }

ByteDiff DiffBytes(const Checkpoint& a, const Checkpoint& b, const Pairing& pairing,
                   unsigned threads, Progress& progress, bool by_value) {
  ByteDiff diff;
  diff.left_out = pairing.left_out;
  progress.Begin("digesting tensors", a.total_bytes() + b.total_bytes());
  diff.digests_a = DigestTensors(a, threads, progress);
  diff.digests_b = DigestTensors(b, threads, progress);
  const auto digest = [](const Checkpoint& checkpoint, const std::vector<std::string>& digests,
                         const Tensor* tensor) -> const std::string& {
    return digests[static_cast<std::size_t>(tensor - checkpoint.tensors().data())];
  };
  std::vector<std::size_t> different;
  std::uint64_t different_bytes = 0;
  for (const TensorPair& pair : pairing.pairs) {
    TensorDiff tensor{.pair = pair};
    if (pair.same_shape() && pair.a->dtype == pair.b->dtype) {
      if (TypeText(*pair.a) == TypeText(*pair.b) &&
          digest(a, diff.digests_a, pair.a) == digest(b, diff.digests_b, pair.b)) {
        MarkIdentical(tensor);
      } else if (BitWidth(pair.a->dtype) % 8 == 0) {
        different.push_back(diff.tensors.size());
        different_bytes += 2 * pair.a->elements * ByteWidth(pair.a->dtype);
      }
    } else if (by_value && pair.same_shape() && FitsFloat(pair.a->dtype) &&
               FitsFloat(pair.b->dtype)) {
      different.push_back(diff.tensors.size());
      different_bytes += pair.a->elements * (ByteWidth(pair.a->dtype) + ByteWidth(pair.b->dtype));
    }
    diff.tensors.push_back(tensor);
  }
  progress.Begin("comparing elements", different_bytes);
  for (const std::size_t i : different) DiffElements(a, b, diff.tensors[i], threads, progress);
  diff.elsewhere = FindElsewhere(a, b, pairing, diff);
  a.RequireUnchanged();
  b.RequireUnchanged();
  return diff;
}

}  // namespace modelkin
