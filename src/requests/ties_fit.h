// Weights and densities by which TIES gives a tensor.
#ifndef MODELKIN_REQUESTS_TIES_FIT_H_
#define MODELKIN_REQUESTS_TIES_FIT_H_

#include <optional>
#include <vector>

namespace modelkin {

// Elements of one tensor, of all models.
struct TrialValues {
  std::vector<float> base, result;
  std::vector<std::vector<float>> parents;
  double step = 0;  // relative distance of neighbouring values of the result's type
};

struct TiesFit {
  std::vector<double> weights;    // those of sum 1 where it is normalised
  std::vector<double> densities;  // shares of the largest changes that were kept
  bool normalized = false;
};

// Weights from elements where all changes are large and of one sign, then which changes each
// element's value says were kept, and sizes that divide these from the others. Nothing where too
// few elements tell.
std::optional<TiesFit> FitTies(const TrialValues& values);

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_TIES_FIT_H_
