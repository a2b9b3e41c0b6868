#include "kernels/bit_agreement.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/bit_agreement.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace modelkin::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void CountRows(const std::byte* rows, std::size_t count, const std::byte* query,
               std::uint32_t* agreements) {
  // Words of 64 bits; a row is a whole number of vectors.
  const hn::CappedTag<std::uint64_t, kBitRowBytes / 8 / 4> d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t kWords = kBitRowBytes / sizeof(std::uint64_t);
  const auto* const other = reinterpret_cast<const std::uint64_t*>(query);
  for (std::size_t row = 0; row < count; ++row) {
    const auto* const words = reinterpret_cast<const std::uint64_t*>(rows + row * kBitRowBytes);
    // Four sums, as counting takes longer than adding.
    auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
    const auto differing = [&](std::size_t at) HWY_ATTR {
      return hn::PopulationCount(hn::Xor(hn::LoadU(d, words + at), hn::LoadU(d, other + at)));
    };
    for (std::size_t i = 0; i < kWords; i += 4 * lanes) {
      sum0 = hn::Add(sum0, differing(i));
      sum1 = hn::Add(sum1, differing(i + lanes));
      sum2 = hn::Add(sum2, differing(i + 2 * lanes));
      sum3 = hn::Add(sum3, differing(i + 3 * lanes));
    }
    const auto sum = hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3));
    agreements[row] =
        static_cast<std::uint32_t>(8 * kBitRowBytes - hn::GetLane(hn::SumOfLanes(d, sum)));
  }
}

}  // namespace modelkin::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace modelkin {

HWY_EXPORT(CountRows);

void CountAgreements(const std::byte* rows, std::size_t count, const std::byte* query,
                     std::uint32_t* agreements) {
  HWY_DYNAMIC_DISPATCH(CountRows)(rows, count, query, agreements);
}

}  // namespace modelkin
#endif  // HWY_ONCE
