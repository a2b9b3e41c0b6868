#include "scan/magnitude_keys.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/key_range.h"
#include "kernels/pair_sums.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::size_t kBatchKeys = 4096;

std::uint64_t KeyOfMagnitude(DType dtype, double magnitude) {
  switch (KeyBits(dtype)) {
    case 16: {
      const auto narrow = static_cast<float>(magnitude);
      return dtype == DType::kBF16 ? FloatToBFloat16(narrow) : FloatToFloat16(narrow);
    }
    case 32: return std::bit_cast<std::uint32_t>(static_cast<float>(magnitude));
    default: return std::bit_cast<std::uint64_t>(magnitude);
  }
}

// Keys of one element from its stored bytes.
std::uint64_t KeyOfElement(DType dtype, const std::byte* data) {
  double value = 0;
  DecodeToDouble(dtype, data, 1, &value);
  return KeyOfMagnitude(dtype, std::abs(value));
}

}  // namespace

unsigned KeyBits(DType dtype) {
  if (dtype == DType::kBF16 || dtype == DType::kF16) return 16;
  return FitsFloat(dtype) ? 32 : 64;
}

std::uint64_t LargestFiniteKey(DType dtype) {
  switch (KeyBits(dtype)) {
    case 16: return dtype == DType::kBF16 ? 0x7F7F : 0x7BFF;
    case 32: return 0x7F7FFFFF;
    default: return 0x7FEFFFFFFFFFFFFF;
  }
}

double MagnitudeOfKey(DType dtype, std::uint64_t key) {
  switch (KeyBits(dtype)) {
    case 16: {
      const auto bits = static_cast<std::uint16_t>(key);
      return dtype == DType::kBF16 ? BFloat16ToFloat(bits) : Float16ToFloat(bits);
    }
    case 32: return std::bit_cast<float>(static_cast<std::uint32_t>(key));
    default: return std::bit_cast<double>(key);
  }
}

KeyCollector::KeyCollector(DType dtype) : dtype_(dtype) {
  if (KeyBits(dtype) == 32) batch_.emplace<1>();
  if (KeyBits(dtype) == 64) batch_.emplace<2>();
  std::visit([](auto& batch) { batch.keys.resize(kBatchKeys + kMaxBlockElements + kKeysPadding); },
             batch_);
}

void KeyCollector::AddFinite(const std::byte* data, std::size_t count, QuantileSearch& search) {
  const KeyRange wanted = search.bracket();
  const auto note = [](auto& batch, const KeysFound& found) {
    batch.used += found.inside;
    batch.above += found.above;
  };
  if (auto* narrow = std::get_if<0>(&batch_)) {
    note(*narrow, CollectKeys16(data, count, static_cast<std::uint16_t>(wanted.lowest),
                                static_cast<std::uint16_t>(wanted.highest),
                                narrow->keys.data() + narrow->used));
  } else if (auto* wide = std::get_if<1>(&batch_)) {
    if (dtype_ != DType::kF32) {
      decoded_.resize(kMaxBlockElements);
      DecodeToFloat(dtype_, data, count, decoded_.data());
      data = reinterpret_cast<const std::byte*>(decoded_.data());
    }
    note(*wide,
         CollectKeys32(data, count, static_cast<std::uint32_t>(wanted.lowest),
                       static_cast<std::uint32_t>(wanted.highest), wide->keys.data() + wide->used));
  } else {
    auto& widest = std::get<2>(batch_);
    for (std::size_t i = 0; i < count; ++i) {
      widest.AddOne(KeyOfElement(dtype_, data + i * ByteWidth(dtype_)), wanted);
    }
  }
  FlushIfFull(search);
}

void KeyCollector::AddSelected(const std::byte* data, std::span<const std::uint32_t> kept,
                               QuantileSearch& search) {
  std::visit(
      [&](auto& batch) {
        for (const std::uint32_t i : kept) {
          batch.AddOne(KeyOfElement(dtype_, data + i * ByteWidth(dtype_)), search.bracket());
        }
      },
      batch_);
  FlushIfFull(search);
}

void KeyCollector::FlushIfFull(QuantileSearch& search) {
  if (std::visit([](const auto& batch) { return batch.used >= kBatchKeys; }, batch_)) Flush(search);
}

void KeyCollector::Flush(QuantileSearch& search) {
  std::visit(
      [&](auto& batch) {
        using Key = std::decay_t<decltype(batch.keys)>::value_type;
        search.Add(std::span<const Key>(batch.keys.data(), batch.used), batch.above);
        batch.used = 0;
        batch.above = 0;
      },
      batch_);
}

KeyRange GuessBracket(DType dtype, double q, std::vector<double>& sample) {
  std::erase_if(sample, [](double value) { return !std::isfinite(value); });
  if (sample.empty()) return {0, LargestFiniteKey(dtype)};
  for (double& value : sample) value = std::abs(value);
  const auto size = static_cast<double>(sample.size());
  // Three standard errors of an empirical distribution function at q.
  const double margin = 3 * std::sqrt(q * (1 - q) / size) + 1 / size;
  const auto key_at = [&](double share) {
    const double clamped = std::clamp(share, 0.0, 1.0) * (size - 1);
    const auto nth = sample.begin() + static_cast<std::ptrdiff_t>(clamped);
    std::nth_element(sample.begin(), nth, sample.end());
    return KeyOfMagnitude(dtype, *nth);
  };
  const std::uint64_t lowest = q - margin <= 0 ? 0 : key_at(q - margin);
  const std::uint64_t highest = q + margin >= 1 ? LargestFiniteKey(dtype) : key_at(q + margin);
  return {lowest, highest};
}

}  // namespace modelkin
