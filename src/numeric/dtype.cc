#include "numeric/dtype.h"

#include <array>

namespace modelkin {
namespace {

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  unsigned bits;
  bool comparable;
  bool fits_float;
  bool floating_point;
};

// In the order of the enumeration: indexed by it.
constexpr std::array<DTypeFacts, 22> kFacts = {{
    {DType::kBool, "BOOL", 8, true, true, false},
    {DType::kU8, "U8", 8, true, true, false},
    {DType::kI8, "I8", 8, true, true, false},
    {DType::kU16, "U16", 16, true, true, false},
    {DType::kI16, "I16", 16, true, true, false},
    {DType::kU32, "U32", 32, true, false, false},
    {DType::kI32, "I32", 32, true, false, false},
    {DType::kU64, "U64", 64, true, false, false},
    {DType::kI64, "I64", 64, true, false, false},
    {DType::kF8E4M3, "F8_E4M3", 8, true, true, true},
    {DType::kF8E5M2, "F8_E5M2", 8, true, true, true},
    {DType::kF16, "F16", 16, true, true, true},
    {DType::kBF16, "BF16", 16, true, true, true},
    {DType::kF32, "F32", 32, true, true, true},
    {DType::kF64, "F64", 64, true, false, true},
    {DType::kF4, "F4", 4, false, false, true},
    {DType::kF6E2M3, "F6_E2M3", 6, false, false, true},
    {DType::kF6E3M2, "F6_E3M2", 6, false, false, true},
    {DType::kF8E8M0, "F8_E8M0", 8, false, false, true},
    {DType::kF8E4M3FNUZ, "F8_E4M3FNUZ", 8, false, false, true},
    {DType::kF8E5M2FNUZ, "F8_E5M2FNUZ", 8, false, false, true},
    {DType::kC64, "C64", 64, false, false, true},
}};

constexpr bool TableFollowsEnumeration() {
  for (std::size_t i = 0; i < kFacts.size(); ++i) {
    if (static_cast<std::size_t>(kFacts[i].dtype) != i) return false;
  }
  return true;
}
static_assert(TableFollowsEnumeration());

const DTypeFacts& Facts(DType dtype) { return kFacts[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::optional<DType> ParseDType(std::string_view name) {
  for (const DTypeFacts& facts : kFacts) {
    if (facts.name == name) return facts.dtype;
  }
  return std::nullopt;
}

std::string_view DTypeName(DType dtype) { return Facts(dtype).name; }
unsigned BitWidth(DType dtype) { return Facts(dtype).bits; }
bool IsComparable(DType dtype) { return Facts(dtype).comparable; }
bool FitsFloat(DType dtype) { return Facts(dtype).fits_float; }
bool IsFloatingPoint(DType dtype) { return Facts(dtype).floating_point; }

}  // namespace modelkin
