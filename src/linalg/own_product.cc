#include "linalg/own_product.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "kernels/products.h"

namespace modelkin {
namespace {

// A part of b, 256 KiB, stays in the cache nearest to the processor but one.
constexpr std::size_t kInnerAtOnce = 256, kColumnsAtOnce = 256, kRowsTurned = 512;

// Processors without AVX2, as OpenBLAS names them (its driver/others/dynamic.c).
constexpr std::array<std::string_view, 21> kOldCores = {
    "katmai",    "coppermine", "northwood", "prescott",    "banias",      "atom",    "core2",
    "penryn",    "dunnington", "nehalem",   "sandybridge", "athlon",      "opteron", "opteron_sse3",
    "barcelona", "bobcat",     "bulldozer", "piledriver",  "steamroller", "nano",    "generic"};

// Rows [first, first + count) of a factor's entries [k, k + inner), with `inner` floats a row.
void CopyRows(const Factor& factor, std::size_t first, std::size_t count, std::size_t k,
              std::size_t inner, float* out) {
  if (factor.transposed) {
    Transpose({factor.values + k * factor.stride + first, factor.stride}, inner, count, out, inner);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::copy_n(factor.values + (first + i) * factor.stride + k, inner, out + i * inner);
  }
}

// The same entries with `count` floats for each k.
void CopyColumns(const Factor& factor, std::size_t first, std::size_t count, std::size_t k,
                 std::size_t inner, float* out) {
  CopyRows({factor.values, factor.stride, !factor.transposed}, k, inner, first, count, out);
}

}  // namespace

void AddOwnProduct(const Factor& a, std::size_t rows, const Factor& b, std::size_t columns,
                   std::size_t inner, float* out, std::size_t out_stride) {
  thread_local std::vector<float> of_a, of_b;
  of_a.resize(kRowsTurned * kInnerAtOnce);
  of_b.resize(kColumnsAtOnce * kInnerAtOnce);
  for (std::size_t k = 0; k < inner; k += kInnerAtOnce) {
    const std::size_t depth = std::min(kInnerAtOnce, inner - k);
    for (std::size_t i = 0; i < rows; i += kRowsTurned) {
      const std::size_t high = std::min(kRowsTurned, rows - i);
      CopyRows(a, i, high, k, depth, of_a.data());
      for (std::size_t j = 0; j < columns; j += kColumnsAtOnce) {
        const std::size_t wide = std::min(kColumnsAtOnce, columns - j);
        CopyColumns(b, j, wide, k, depth, of_b.data());
        AddProduct({of_a.data(), depth}, high, {of_b.data(), wide}, wide, depth,
                   out + i * out_stride + j, out_stride);
      }
    }
  }
}

bool LacksVectors(std::string_view openblas_core, std::string_view simd_target) {
  std::string core(openblas_core);
  std::ranges::transform(core, core.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool has_vectors = simd_target.starts_with("AVX2") || simd_target.starts_with("AVX3");
  return has_vectors && std::ranges::find(kOldCores, core) != kOldCores.end();
}

}  // namespace modelkin
