// Rows projected to a few dimensions by random signs.
#ifndef MODELKIN_DOSSIER_SIGN_PROJECTION_H_
#define MODELKIN_DOSSIER_SIGN_PROJECTION_H_

#include <cstdint>
#include <span>
#include <vector>

namespace modelkin {

inline constexpr std::size_t kMostDimensions = 64;
inline constexpr std::size_t kFewestDimensions = 8;

// A matrix of independent random signs, `length` x `dimensions`. Inner products of projected rows,
// over `dimensions`, are those of the rows, up to a random error of about |a| |b| /
// sqrt(dimensions) (Achlioptas, "Database-friendly random projections", JCSS 66, 2003).
class SignProjection {
 public:
  // The same for the same numbers, on every machine. `which`: one of several independent ones.
  SignProjection(std::uint64_t seed, std::uint64_t which, std::size_t length,
                 std::size_t dimensions);

  std::size_t length() const { return length_; }
  std::size_t dimensions() const { return dimensions_; }

  // Returns the sums of the row's values under each dimension's signs: in double, in the order of
  // the values, so that they are the same to the bit everywhere. Requires `length` values.
  template <class Value>
  std::vector<double> Project(std::span<const Value> row) const {
    std::vector<double> sums(dimensions_, 0);
    const float* signs = signs_.data();
    for (const Value value : row) {
      for (std::size_t k = 0; k < dimensions_; ++k) sums[k] += signs[k] * double{value};
      signs += dimensions_;
    }
    return sums;
  }

 private:
  std::size_t length_, dimensions_;
  std::vector<float> signs_;  // 1 and -1, those of a value side by side
};

}  // namespace modelkin

#endif  // MODELKIN_DOSSIER_SIGN_PROJECTION_H_
