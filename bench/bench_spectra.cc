// Times of singular values at d = 4096: what describes spectra, beside LAPACK called directly on
// the same matrix, and what looks for low ranks. Prints ratios and seconds.
#include <cblas.h>
#include <fmt/format.h>
#include <lapacke.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "linalg/randomised_svd.h"
#include "linalg/svd.h"
#include "statistics/random.h"

namespace modelkin {
namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Work>
double TimeOf(const Work& work) {
  const double begin = Seconds();
  work();
  return Seconds() - begin;
}

void Run(std::size_t size) {
  Random random(1, 0);
  std::vector<float> matrix(size * size);
  for (float& value : matrix) {
    value = static_cast<float>(random.Next() >> 40) * 0x1p-24F - 0.5F;
  }
  std::vector<float> copy = matrix, values(size);
  openblas_set_num_threads(1);
  const auto n = static_cast<lapack_int>(size);
  const double lapack = TimeOf([&] {
    LAPACKE_sgesdd(LAPACK_COL_MAJOR, 'N', n, n, copy.data(), n, values.data(), nullptr, 1, nullptr,
                   1);
  });
  const double own = TimeOf([&] { SingularValues(matrix, size, size); });
  const double top = TimeOf([&] { TopSingularValues(matrix, size, size, 129, 1); });
  fmt::print("{} x {}, float, one thread\n", size, size);
  fmt::print("LAPACK sgesdd, values only    {:8.2f} s\n", lapack);
  fmt::print(
      "SingularValues                {:8.2f} s  {:.2f} of LAPACK's time, required <= 1.1 {}\n", own,
      own / lapack, own <= 1.1 * lapack ? "ok" : "MISSED");
  fmt::print("TopSingularValues, 129        {:8.2f} s  {:.2f}\n", top, top / lapack);
}

}  // namespace
}  // namespace modelkin

int main(int argc, char** argv) {
  modelkin::Run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4096);
  return 0;
}
