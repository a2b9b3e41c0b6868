#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fuzz_check.h"
#include "source/byte_source.h"
#include "storage/npy_array.h"

namespace {

constexpr const char* kLabel = "fuzz.npy";

void CheckArray(const modelkin::FloatArray& array, std::size_t size_bytes) {
  using modelkin::Check;
  const auto elements = modelkin::ElementCount(array.shape);
  Check(elements && *elements == array.values.size(), "as many values as the shape has");
  Check(array.values.size() * 2 <= size_bytes, "no more values than the file has bytes for");
  for (const float value : array.values) Check(std::isfinite(value), "finite");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modelkin;
  const auto* const begin = reinterpret_cast<const std::byte*>(data);
  const auto file = MakeMemorySource(kLabel, std::vector<std::byte>(begin, begin + size));
  try {
    CheckArray(ReadFloatArray(*file), size);
  } catch (const Error& error) {
    CheckRefusal(error, kLabel);
  }
  return 0;
}
