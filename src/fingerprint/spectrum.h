// Singular-value spectra of weight matrices, described.
#ifndef MODELKIN_FINGERPRINT_SPECTRUM_H_
#define MODELKIN_FINGERPRINT_SPECTRUM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "lineage/model_parts.h"

namespace modelkin {

// The tail of eigenvalues x >= x_min as a power law with density ~ x^-alpha.
struct PowerLaw {
  double alpha = 0, x_min = 0;
  double distance = 0;     // of Kolmogorov & Smirnov, between both distributions of the tail
  std::uint64_t tail = 0;  // eigenvalues in it
};

// Clauset, Shalizi & Newman, "Power-law distributions in empirical data", SIAM Review 51, 2009:
// alpha by maximum likelihood (eq. 3.1), x_min where the distance is least (sec. 3.3), over tails
// of at least 10. Nothing for fewer positive values, or where all in every tail are equal.
// `values`: in any order; those that are 0 are left out.
std::optional<PowerLaw> FitPowerLaw(std::vector<double> values);

struct Spectrum {
  std::uint64_t rows = 0, columns = 0;
  double stable_rank = 0;     // |W|_F^2 / |W|_2^2
  double effective_rank = 0;  // exp(entropy of s^2 / sum of s^2)
  // Of the squared singular values, as WeightWatcher has it (Martin & Mahoney, JMLR 2021).
  std::optional<PowerLaw> power_law;
  // Largest singular value over Marchenko & Pastur's edge sd (sqrt(rows) + sqrt(columns)), for
  // independent entries of the matrix's own deviation about 0; and how many exceed it.
  double largest_over_edge = 0;
  std::uint64_t above_edge = 0;
};

// Nothing for a matrix of zeros. `singular`: largest first.
std::optional<Spectrum> DescribeSpectrum(const std::vector<float>& singular, std::uint64_t rows,
                                         std::uint64_t columns);

struct TensorSpectrum {
  std::string name, role;
  std::optional<std::uint32_t> layer;
  std::string skipped;  // why there is none; "" where there is
  std::optional<Spectrum> spectrum;
  std::vector<float> singular;  // largest first
};

// Attention and MLP weights of up to eight layers, spread evenly; of experts the first. Matrices of
// more than 2^26 elements are skipped. LAPACK, one thread a matrix. Does not depend on `threads`.
std::vector<TensorSpectrum> SpectraOf(const ModelParts& model, unsigned threads,
                                      Progress& progress);

// Mean over matrices of the same name and shape of |s_A / |A| - s_B / |B||, s singular values as a
// vector: 0 where all are alike. Nothing where there are none.
std::optional<double> SpectralDistance(const std::vector<TensorSpectrum>& a,
                                       const std::vector<TensorSpectrum>& b);

}  // namespace modelkin

#endif  // MODELKIN_FINGERPRINT_SPECTRUM_H_
