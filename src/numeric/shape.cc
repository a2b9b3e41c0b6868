#include "numeric/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/checked_arithmetic.h"

namespace modelkin {

std::optional<std::uint64_t> ElementCount(const Shape& shape) {
  std::uint64_t non_zero_product = 1;
  for (const std::uint64_t dimension : shape) {
    const auto product = CheckedMultiply(non_zero_product, std::max<std::uint64_t>(dimension, 1));
    if (!product) return std::nullopt;
    non_zero_product = *product;
  }
  const bool empty = std::ranges::find(shape, std::uint64_t{0}) != shape.end();
  return empty ? 0 : non_zero_product;
}

std::optional<std::uint64_t> ByteCount(DType dtype, std::uint64_t elements) {
  const auto bits = CheckedMultiply(elements, BitWidth(dtype));
  if (!bits || *bits % 8 != 0) return std::nullopt;
  return *bits / 8;
}

std::string ShapeText(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace modelkin
