// Numbers for tests, as bytes of any comparable type and back.
#ifndef MODELKIN_TESTS_SCAN_TEST_VALUES_H_
#define MODELKIN_TESTS_SCAN_TEST_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "numeric/dtype.h"

namespace modelkin::testing {

inline constexpr DType kComparableTypes[] = {
    DType::kBool,   DType::kU8,  DType::kI8,   DType::kU16, DType::kI16,
    DType::kU32,    DType::kI32, DType::kU64,  DType::kI64, DType::kF8E4M3,
    DType::kF8E5M2, DType::kF16, DType::kBF16, DType::kF32, DType::kF64};

// The values rounded to the type's nearest, integers at most to its limits.
std::string Encode(DType dtype, std::span<const double> values);

std::vector<double> Decode(DType dtype, const std::string& bytes);

inline const std::byte* Bytes(const std::string& text) {
  return reinterpret_cast<const std::byte*>(text.data());
}

std::vector<double> Normal(std::size_t count, double mean, double sd, std::uint64_t seed);

// make(i) for i in [0, count).
std::vector<double> Generate(std::size_t count, const std::function<double(std::size_t)>& make);

// A pair with correlation about 0.6, spread over the range that the type has.
struct ValuePair {
  std::vector<double> a, b;
};
ValuePair CorrelatedFor(DType dtype, std::size_t count, std::uint64_t seed);

}  // namespace modelkin::testing

#endif  // MODELKIN_TESTS_SCAN_TEST_VALUES_H_
