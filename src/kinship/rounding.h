// Values as a narrower type would store them.
#ifndef MODELKIN_KINSHIP_ROUNDING_H_
#define MODELKIN_KINSHIP_ROUNDING_H_

#include "numeric/dtype.h"

namespace modelkin {

// To nearest, ties to even, of a finite value; F8_E4M3 and F8_E5M2 saturate at 448 and 57,344, as
// the libraries that write them do. Types other than F16, BF16 and these give the value back.
float RoundTo(DType dtype, float value);

// Largest relative error of that, for values that are not tiny: 2^-11 for F16 (11 bits of
// significand), 2^-8 for BF16, 2^-24 for F32, 0 for others.
double RelativeRounding(DType dtype);

}  // namespace modelkin

#endif  // MODELKIN_KINSHIP_ROUNDING_H_
