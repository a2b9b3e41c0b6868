#include "dossier/sign_projection.h"

#include "statistics/random.h"

namespace modelkin {

SignProjection::SignProjection(std::uint64_t seed, std::uint64_t which, std::size_t length,
                               std::size_t dimensions)
    : length_(length), dimensions_(dimensions), signs_(length * dimensions) {
  Random random(seed, MixedWord(length) ^ which);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < signs_.size(); ++i) {
    if (i % 64 == 0) bits = random.Next();
    signs_[i] = (bits >> (i % 64) & 1U) != 0 ? 1.0F : -1.0F;
  }
}

}  // namespace modelkin
