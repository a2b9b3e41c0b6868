// The trace statistic of a simulated derivation, by products of residual coordinates.
#ifndef MODELKIN_EVIDENCE_PLANTED_PRODUCTS_H_
#define MODELKIN_EVIDENCE_PLANTED_PRODUCTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace modelkin {

// Products of a tensor's residual coordinates: those of A with A's own and with B's, units x units,
// row-major.
struct TensorProducts {
  std::vector<float> with_a, with_b;
};

// What z of the joint statistic would be if B were t A + (1 - t) B with B's coordinates in random
// order. A tensor's K is then t K_AA + (1 - t) K_AB with columns in that order, and the statistic
// sums each over its norm. Sums over tensors come before columns are moved:
//
//   sum of w K = sum of w t K_AA + (sum of w (1 - t) K_AB) with columns in that order, w = 1 / |K|,
//   |K|^2 = t^2 |K_AA|^2 + 2 t (1 - t) <K_AA, K_AB in that order> + (1 - t)^2 |K_AB|^2,
//
// so that both sums are products of matrices, for many orders at once.
class PlantedProducts {
 public:
  // Coordinate j of B is order[j] of what it was, in each of `orders`.
  PlantedProducts(std::vector<TensorProducts> tensors, std::size_t units,
                  std::vector<std::vector<std::uint32_t>> orders, unsigned threads);

  std::size_t tensors() const { return own_.size(); }

  // Returns z of each order, for `t` in [0, 1]: 0 without tensors, where a product is not finite,
  // and where K tells no order from another. Sums over tensors are in float.
  std::vector<double> Z(double t) const;

 private:
  // Of some orders, one a column: what each tensor's K_AA and K_AB count for.
  struct Weights {
    std::vector<float> of_a, of_b;
  };
  Weights WeightsOf(double t, std::size_t first, std::size_t count) const;
  double ZOf(const float* with_a, const float* with_b, std::size_t order) const;

  std::size_t units_;
  unsigned threads_;
  std::vector<std::vector<std::uint32_t>> orders_;
  std::vector<float> with_a_, with_b_;  // tensors x units^2
  std::vector<double> own_, other_;     // of each tensor: |K_AA|^2, |K_AB|^2
  std::vector<double> crossed_;         // orders x tensors: <K_AA, K_AB in that order>
};

}  // namespace modelkin

#endif  // MODELKIN_EVIDENCE_PLANTED_PRODUCTS_H_
