// Values of a tensor with what is known of their rounding, and the series along its axes.
#ifndef MODELKIN_TABLES_STORED_VALUES_H_
#define MODELKIN_TABLES_STORED_VALUES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"

namespace modelkin {

using Series = std::vector<double>;

// How values were rounded when they were stored.
struct Precision {
  int digits = 24;            // binary ones of a value; 0: whole numbers
  int least_exponent = -149;  // of the smallest step

  // Half of the step between neighbours of `value`.
  double HalfStep(double value) const;
};

struct StoredValues {
  std::vector<float> values;  // row-major
  Shape shape;
  Precision precision;
  double largest = 0;  // magnitude of a finite value

  // What a fitted formula's value may be away from a stored one: half a step for rounding, as much
  // for the fit to rounded values, and what float arithmetic leaves of a formula.
  double Tolerance(double value) const;
};

// Values that all fit a narrower type than `dtype` were rounded to that before.
StoredValues AsStored(std::vector<float> values, Shape shape, DType dtype);

// Slices that repeat along the first axes taken once, and axes of length 1 taken out.
StoredValues WithoutRepeats(StoredValues stored);

// Whether at least `count` values are different and finite.
bool HasDifferentValues(const std::vector<float>& values, std::size_t count);

// How many series there are along an axis.
std::uint64_t SeriesCount(const Shape& shape, std::size_t axis);

// The values along an axis at one place of all others, as far as the first `most`.
Series SeriesAlong(const StoredValues& stored, std::size_t axis, std::uint64_t place,
                   std::size_t most);

// The series as those shorter ones that it may repeat: itself; one value of each run, and one
// period, where all runs or periods of some length are the same.
std::vector<Series> Reductions(const Series& series);

}  // namespace modelkin

#endif  // MODELKIN_TABLES_STORED_VALUES_H_
