// The least value of a function with one minimum.
#ifndef MODELKIN_STATISTICS_GOLDEN_SECTION_H_
#define MODELKIN_STATISTICS_GOLDEN_SECTION_H_

namespace modelkin {

struct LeastValue {
  double at = 0, value = 0;
};

// Returns the lesser of the last two values looked at, after `steps` steps of Kiefer's golden
// section search ("Sequential minimax search for a maximum", 1953) in [low, high].
template <class Function>
LeastValue GoldenSection(const Function& function, double low, double high, int steps) {
  constexpr double kGolden = 0.6180339887498949;
  LeastValue left{.at = high - kGolden * (high - low)}, right{.at = low + kGolden * (high - low)};
  left.value = function(left.at);
  right.value = function(right.at);
  for (int i = 0; i < steps; ++i) {
    if (left.value < right.value) {
      high = right.at;
      right = left;
      left.at = high - kGolden * (high - low);
      left.value = function(left.at);
    } else {
      low = left.at;
      left = right;
      right.at = low + kGolden * (high - low);
      right.value = function(right.at);
    }
  }
  return right.value < left.value ? right : left;
}

}  // namespace modelkin

#endif  // MODELKIN_STATISTICS_GOLDEN_SECTION_H_
