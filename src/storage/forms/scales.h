// Numbers that belong to groups of codes, as files hold them.
#ifndef MODELKIN_STORAGE_FORMS_SCALES_H_
#define MODELKIN_STORAGE_FORMS_SCALES_H_

#include <cstdint>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin::forms {

// Returns whether numbers of the type are floats that can be scales: 16 or 32 bits, or 8 of FP8 or
// of exponents (E8M0).
bool IsScaleType(DType dtype);

// Writes `count` numbers from element `begin` on: floats, integers of 8 bits, and powers of two of
// F8_E8M0, of which 255 is NaN.
void ReadNumbers(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                 std::uint64_t count, std::vector<std::byte>& scratch, float* out);

// Writes 2^(byte + shift - 127) for bytes of any type: infinite where no float is as large, as
// transformers and compressed-tensors have it.
void ReadExponents(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                   std::uint64_t count, int shift, std::vector<std::byte>& scratch, float* out);

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_SCALES_H_
