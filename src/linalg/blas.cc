#include "linalg/blas.h"

#include "base/shared_library.h"

namespace modelkin {
namespace {

constexpr const char* kBundled = "libmodelkin_linalg.so";  // python/CMakeLists.txt: needs both

}  // namespace

const Blas& LoadedBlas() {
  static const Blas blas = [] {
    const SharedLibrary library("libopenblas.so.0", kBundled);
    Blas loaded{};
    library.Find("cblas_sgemm", loaded.sgemm);
    library.Find("cblas_dgemm", loaded.dgemm);
    library.Find("openblas_get_corename", loaded.corename);
    decltype(&openblas_set_num_threads) set_threads = nullptr;
    library.Find("openblas_set_num_threads", set_threads);
    set_threads(1);
    return loaded;
  }();
  return blas;
}

const Lapack& LoadedLapack() {
  LoadedBlas();  // first, so that it has one thread
  static const Lapack lapack = [] {
    const SharedLibrary library("liblapacke.so.3", kBundled);
    Lapack loaded{};
    library.Find("LAPACKE_sgeqrf", loaded.sgeqrf);
    library.Find("LAPACKE_sorgqr", loaded.sorgqr);
    library.Find("LAPACKE_sgesdd", loaded.sgesdd);
    library.Find("LAPACKE_dgesdd", loaded.dgesdd);
    library.Find("LAPACKE_dsyevd", loaded.dsyevd);
    return loaded;
  }();
  return lapack;
}

}  // namespace modelkin
