// OpenBLAS's own threads are off: sums would depend on their number.
#ifndef MODELKIN_LINALG_BLAS_THREADS_H_
#define MODELKIN_LINALG_BLAS_THREADS_H_

namespace modelkin {

// Before a call of BLAS or LAPACK. Thread-safe.
void UseOneBlasThread();

}  // namespace modelkin

#endif  // MODELKIN_LINALG_BLAS_THREADS_H_
