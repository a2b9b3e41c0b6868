// Exact quantiles of magnitudes in bounded memory: counting within a bracket, narrowed pass by
// pass.
#ifndef MODELKIN_SCAN_QUANTILE_SEARCH_H_
#define MODELKIN_SCAN_QUANTILE_SEARCH_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace modelkin {

// A key is a magnitude's bits, so keys order as magnitudes do (kernels/key_range.h).
struct KeyRange {
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;  // inclusive
};

// What a pass left: the result is known, or another pass over the same values has to follow, or the
// values cannot have been the same as in the passes before.
enum class PassEnd : std::uint8_t { kKnown, kOpen, kContradiction };

// Finds the keys of the two order statistics that the q-quantile of n values lies between: ranks
// floor(q (n-1)) and the next. Each pass shows it every value once. Of those in its bracket it
// counts each key where there are few different ones, keeps them while they are no more than 2^20,
// and else counts them in bins. With a good first bracket one pass is enough, but for bins, which a
// second pass looks into; a bad bracket costs further passes, never a wrong result. Which bracket
// it began with does not show in the result.
class QuantileSearch {
 public:
  // Keeps up to `max_kept` keys, 8 bytes each.
  QuantileSearch(double q, KeyRange first_bracket, std::uint64_t largest_key, std::size_t max_kept);

  // Where this pass looks.
  KeyRange bracket() const { return bracket_; }

  // Counts keys inside the bracket, and how many others were above it. Thread-safe; the order does
  // not matter.
  template <class Key>
  void Add(std::span<const Key> inside, std::uint64_t above);

  // Ends a pass over `count` values in all.
  PassEnd EndPass(std::uint64_t count);

  // The result: keys of the lower and the upper order statistic (0 if there are no values), and how
  // far the quantile lies between them, in [0, 1).
  std::uint64_t lower_key() const { return ranks_[0].range.lowest; }
  std::uint64_t upper_key() const { return ranks_[1].range.lowest; }
  double fraction() const { return fraction_; }

 private:
  // What is known of one order statistic: its index among all values, and where its key lies.
  struct Rank {
    std::uint64_t index = 0;
    KeyRange range;
    bool known() const { return range.lowest == range.highest; }
  };

  void BeginPass(KeyRange bracket);
  void EnsureBins();
  void Spill();
  std::uint64_t Narrow(Rank& rank, std::uint64_t below_bins) const;
  void NarrowToBracket(Rank& rank, std::uint64_t below, std::uint64_t inside) const;
  void FindAmongKept(Rank& rank, std::uint64_t below);

  double q_;
  std::size_t max_kept_;
  double fraction_ = 0;
  std::array<Rank, 2> ranks_;
  KeyRange bracket_;
  std::mutex mutex_;
  std::uint64_t inside_ = 0;  // values seen in the bracket
  std::uint64_t above_ = 0;   // and above it
  bool keeping_ = false;
  std::vector<std::uint64_t> kept_;
  unsigned shift_ = 0;  // a bin of the bracket spans 2^shift_ keys
  std::vector<std::uint64_t> bins_;
};

}  // namespace modelkin

#endif  // MODELKIN_SCAN_QUANTILE_SEARCH_H_
