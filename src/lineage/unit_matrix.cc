#include "lineage/unit_matrix.h"

#include <algorithm>
#include <bit>

#include "kernels/products.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kDecodedAtOnce = 8192;
constexpr std::uint64_t kPositionsAtOnce = 32;  // turned round in cache

// By the bits of exponents: many at once, which sums of floats are not.
bool AllFinite(const float* values, std::uint64_t count) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::uint32_t not_finite = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    not_finite |= (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
  }
  return not_finite == 0;
}

}  // namespace

AxisLengths LengthsAround(const Shape& shape, std::size_t axis) {
  AxisLengths lengths{.units = shape[axis]};
  for (std::size_t i = 0; i < axis; ++i) lengths.outer *= shape[i];
  for (std::size_t i = axis + 1; i < shape.size(); ++i) lengths.inner *= shape[i];
  return lengths;
}

UnitReader::UnitReader(const Checkpoint& checkpoint, const Tensor& tensor, std::size_t axis)
    : side_(checkpoint, tensor), lengths_(LengthsAround(tensor.shape, axis)) {}

bool UnitReader::Decode(std::uint64_t begin, std::uint64_t count, float* out) const {
  // Kept for the next call, and taken while this one lasts: reading an arranged tensor decodes
  // others on its way.
  thread_local std::vector<std::byte> kept;
  std::vector<std::byte> scratch = std::move(kept);
  std::vector<double> doubles;
  bool finite = true;
  while (count > 0) {
    const std::uint64_t now = std::min(count, kDecodedAtOnce);
    const std::byte* const data = side_.Read(begin, now, scratch).data();
    if (side_.dtype() == DType::kF16) {
      DecodeWeights(side_.dtype(), data, now, out);
    } else if (FitsFloat(side_.dtype())) {
      DecodeToFloat(side_.dtype(), data, now, out);
    } else {
      doubles.resize(now);
      DecodeToDouble(side_.dtype(), data, now, doubles.data());
      std::ranges::transform(doubles, out, [](double value) { return static_cast<float>(value); });
    }
    finite = AllFinite(out, now) && finite;
    begin += now;
    out += now;
    count -= now;
  }
  kept = std::move(scratch);
  return finite;
}

std::uint64_t UnitReader::CountFrom(std::uint64_t begin) const {
  return positions_are_rows() ? lengths_.outer - begin : lengths_.inner - begin % lengths_.inner;
}

bool UnitReader::Read(std::uint64_t begin, std::uint64_t count, std::vector<float>& values) const {
  values.resize(count * lengths_.units);
  if (positions_are_rows()) {
    return Decode(begin * lengths_.units, count * lengths_.units, values.data());
  }
  const std::uint64_t outer = begin / lengths_.inner;
  const std::uint64_t first = begin % lengths_.inner;
  bool finite = true;
  for (std::uint64_t unit = 0; unit < lengths_.units; ++unit) {
    const std::uint64_t at = (outer * lengths_.units + unit) * lengths_.inner + first;
    finite = Decode(at, count, values.data() + unit * count) && finite;
  }
  return finite;
}

bool ReadByUnit(const Checkpoint& checkpoint, const Tensor& tensor, std::size_t axis,
                std::vector<float>& rows) {
  const UnitReader reader(checkpoint, tensor, axis);
  const std::uint64_t units = reader.lengths().units, positions = reader.lengths().positions();
  rows.resize(units * positions);
  std::vector<float> values;
  bool finite = true;
  for (std::uint64_t begin = 0, count = 0; begin < positions; begin += count) {
    count = reader.positions_are_rows() ? std::min(kPositionsAtOnce, positions - begin)
                                        : reader.CountFrom(begin);
    finite = reader.Read(begin, count, values) && finite;
    for (std::uint64_t unit = 0; unit < units; ++unit) {
      float* const row = rows.data() + unit * positions + begin;
      for (std::uint64_t p = 0; p < count; ++p) {
        row[p] = values[reader.positions_are_rows() ? p * units + unit : unit * count + p];
      }
    }
  }
  reader.RequireNothingLost();
  return finite;
}

}  // namespace modelkin
