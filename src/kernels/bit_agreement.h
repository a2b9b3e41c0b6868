// Counts the bits that rows have in common with another.
#ifndef MODELKIN_KERNELS_BIT_AGREEMENT_H_
#define MODELKIN_KERNELS_BIT_AGREEMENT_H_

#include <cstddef>
#include <cstdint>

namespace modelkin {

inline constexpr std::size_t kBitRowBytes = 512;

// Writes, for each of `count` rows of kBitRowBytes bytes that follow one another from `rows` on,
// how many of its 4,096 bits are those of `query`. Any alignment.
void CountAgreements(const std::byte* rows, std::size_t count, const std::byte* query,
                     std::uint32_t* agreements);

}  // namespace modelkin

#endif  // MODELKIN_KERNELS_BIT_AGREEMENT_H_
