// OpenBLAS and LAPACK's C interface, loaded where they are first needed.
#ifndef MODELKIN_LINALG_BLAS_H_
#define MODELKIN_LINALG_BLAS_H_

#include <cblas.h>
#include <lapacke.h>

#include <cstddef>

namespace modelkin {

// Members are the functions cblas_NAME. Each call has one thread: the callers share out their work
// themselves, so that sums do not depend on the number of threads.
struct Blas {
  decltype(&cblas_sgemm) sgemm;
  decltype(&cblas_dgemm) dgemm;
  decltype(&openblas_get_corename) corename;  // whose kernels it takes
};

// Members are the functions LAPACKE_NAME.
struct Lapack {
  decltype(&LAPACKE_sgeqrf) sgeqrf;
  decltype(&LAPACKE_sorgqr) sorgqr;
  decltype(&LAPACKE_sgesdd) sgesdd;
  decltype(&LAPACKE_dgesdd) dgesdd;
  decltype(&LAPACKE_dsyevd) dsyevd;
};

// Both throw Error(kIo) where the library is not there. May be called from any number of threads.
const Blas& LoadedBlas();
const Lapack& LoadedLapack();  // and OpenBLAS, which does its products

// A size as both libraries take it.
inline int BlasInt(std::size_t size) { return static_cast<int>(size); }

}  // namespace modelkin

#endif  // MODELKIN_LINALG_BLAS_H_
