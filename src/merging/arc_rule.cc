#include "merging/arc_rule.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "merging/torch_sums.h"

namespace modelkin {
namespace {

constexpr float kOnLine = 0.9995F, kNoLength = 1e-8F;

float RoundedSine(float angle) { return static_cast<float>(std::sin(static_cast<double>(angle))); }

float LengthOf(const std::vector<float>& norms) {
  const float length = TorchNorm(norms);
  return length > kNoLength ? length : 1;
}

}  // namespace

ArcFactors FindArcFactors(const ChunkValues& read_base, const ChunkValues& read_other,
                          std::size_t chunks, double t, unsigned threads) {
  std::vector<float> norms_base(chunks), norms_other(chunks), dots(chunks);
  ParallelFor(threads, chunks, [&](std::size_t chunk, unsigned) {
    std::vector<float> values;
    read_base(chunk, values);
    norms_base[chunk] = TorchNorm(values);
    read_other(chunk, values);
    norms_other[chunk] = TorchNorm(values);
  });
  const float length_base = LengthOf(norms_base), length_other = LengthOf(norms_other);
  ParallelFor(threads, chunks, [&](std::size_t chunk, unsigned) {
    std::vector<float> base, other;
    read_base(chunk, base);
    read_other(chunk, other);
    for (std::size_t k = 0; k < base.size(); ++k) {
      base[k] = (base[k] / length_base) * (other[k] / length_other);
    }
    dots[chunk] = TorchSum(base);
  });
  const float dot = std::clamp(TorchSum(dots), -1.0F, 1.0F);
  const auto at = static_cast<float>(t);
  if (std::abs(dot) > kOnLine) return {.base = 1 - at, .other = at, .on_line = true};
  const auto angle = static_cast<float>(std::acos(static_cast<double>(dot)));
  const float sine = RoundedSine(angle);
  return {.base = RoundedSine((1 - at) * angle) / sine, .other = RoundedSine(at * angle) / sine};
}

}  // namespace modelkin
