// Tensor shapes, as stored: row-major, outermost dimension first.
#ifndef MODELKIN_NUMERIC_SHAPE_H_
#define MODELKIN_NUMERIC_SHAPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "numeric/dtype.h"

namespace modelkin {

// Sizes of the dimensions. [] is a scalar: one element. A dimension of 0 makes the tensor empty.
using Shape = std::vector<std::uint64_t>;

// Returns the product of the dimensions; nullopt where it exceeds 64 bits in any order of
// multiplication (a 0 does not excuse other dimensions whose product overflows).
std::optional<std::uint64_t> ElementCount(const Shape& shape);

// Returns the bytes that `elements` of `dtype` take; nullopt on overflow or where they end within a
// byte.
std::optional<std::uint64_t> ByteCount(DType dtype, std::uint64_t elements);

// Returns "[128, 4096]".
std::string ShapeText(const Shape& shape);

}  // namespace modelkin

#endif  // MODELKIN_NUMERIC_SHAPE_H_
