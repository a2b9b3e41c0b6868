#include "storage/forms/scales.h"

#include <cmath>

#include "numeric/decode.h"

namespace modelkin::forms {

bool IsScaleType(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16:
    case DType::kF8E4M3:
    case DType::kF8E8M0: return true;
    default: return false;
  }
}

void ReadNumbers(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                 std::uint64_t count, std::vector<std::byte>& scratch, float* out) {
  if (tensor.dtype == DType::kF8E8M0) {
    ReadExponents(parts, tensor, begin, count, 0, scratch, out);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (std::isinf(out[i])) out[i] = NAN;
    }
    return;
  }
  const std::uint64_t width = ByteWidth(tensor.dtype);
  const auto bytes = parts.Read(tensor, begin * width, count * width, scratch);
  DecodeToFloat(tensor.dtype, bytes.data(), count, out);
}

void ReadExponents(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                   std::uint64_t count, int shift, std::vector<std::byte>& scratch, float* out) {
  const auto bytes = parts.Read(tensor, begin, count, scratch);
  for (std::uint64_t i = 0; i < count; ++i) {
    out[i] = std::ldexp(1.0F, std::to_integer<int>(bytes[i]) + shift - 127);
  }
}

}  // namespace modelkin::forms
