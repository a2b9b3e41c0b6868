// How much products cost, for benchmarks.
#ifndef MODELKIN_LINALG_PRODUCT_METER_H_
#define MODELKIN_LINALG_PRODUCT_METER_H_

#include <atomic>
#include <cstdint>

namespace modelkin {

// What all products of floats from matrix_product.h have taken since it was set.
struct ProductMeter {
  std::atomic<std::uint64_t> operations{0};   // a multiplication and an addition are two
  std::atomic<std::uint64_t> nanoseconds{0};  // of the threads that made them, added up
};

// Counts in `meter` from now on; null: nowhere, as at the start. Not to be called while products
// are made.
void SetProductMeter(ProductMeter* meter);

}  // namespace modelkin

#endif  // MODELKIN_LINALG_PRODUCT_METER_H_
