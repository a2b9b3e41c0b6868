// Keys of one side of a tensor pair: which bits, where to look first, and back to a number.
#ifndef MODELKIN_SCAN_MAGNITUDE_KEYS_H_
#define MODELKIN_SCAN_MAGNITUDE_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "numeric/dtype.h"
#include "scan/quantile_search.h"

namespace modelkin {

// The narrowest unsigned integer whose order is that of the magnitudes: 16 bits for BF16 and F16,
// 32 for the other types that fit a float, else 64 (the bits of a double).
unsigned KeyBits(DType dtype);

// The largest key of a finite value.
std::uint64_t LargestFiniteKey(DType dtype);

// The magnitude that a key stands for.
double MagnitudeOfKey(DType dtype, std::uint64_t key);

template <class Key>
struct KeyBatch {
  std::vector<Key> keys;  // of which `used` count
  std::size_t used = 0;
  std::uint64_t above = 0;

  void AddOne(std::uint64_t key, KeyRange wanted) {
    if (key > wanted.highest) {
      ++above;
    } else if (key >= wanted.lowest) {
      keys[used++] = static_cast<Key>(key);
    }
  }
};

// Keys of one worker on their way to a QuantileSearch, handed over in large batches.
class KeyCollector {
 public:
  explicit KeyCollector(DType dtype);

  DType dtype() const { return dtype_; }

  // Shows the search the keys of `count` <= kMaxBlockElements elements, all finite.
  void AddFinite(const std::byte* data, std::size_t count, QuantileSearch& search);

  // As above, of those elements alone whose index is in `kept`.
  void AddSelected(const std::byte* data, std::span<const std::uint32_t> kept,
                   QuantileSearch& search);

  // Hands over what is left.
  void Flush(QuantileSearch& search);

 private:
  void FlushIfFull(QuantileSearch& search);

  DType dtype_;
  std::variant<KeyBatch<std::uint16_t>, KeyBatch<std::uint32_t>, KeyBatch<std::uint64_t>> batch_;
  std::vector<float> decoded_;
};

// Where to look first for the q-quantile: keys about the sample's quantile, wide enough that a
// simple random sample of this size misses with a probability of 0.003. `sample` is reordered; NaN
// and infinities in it are ignored. The whole range for an empty sample.
KeyRange GuessBracket(DType dtype, double q, std::vector<double>& sample);

}  // namespace modelkin

#endif  // MODELKIN_SCAN_MAGNITUDE_KEYS_H_
