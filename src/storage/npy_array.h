// Arrays in NumPy's format (numpy.lib.format, versions 1 to 3), of strangers: numbers only, nothing
// is ever unpickled.
#ifndef MODELKIN_STORAGE_NPY_ARRAY_H_
#define MODELKIN_STORAGE_NPY_ARRAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "numeric/dtype.h"
#include "numeric/shape.h"
#include "source/byte_source.h"

namespace modelkin {

// What a file's header says, held against the file's size.
struct NpyHeader {
  DType dtype = DType::kF32;  // or kF16
  Shape shape;
  std::uint64_t elements = 0;
  std::uint64_t data_offset_bytes = 0;
};

// Reads the header alone. Throws Error(kBadInput) that names the file where it is no such array,
// has values other than float32 or float16 of this machine's byte order, is in Fortran order, or is
// longer or shorter than its shape says.
NpyHeader ReadNpyHeader(const ByteSource& file);

struct FloatArray {
  std::string file;  // what it is called in messages
  Shape shape;
  std::vector<float> values;  // finite, the last axis innermost
};

// Returns the numbers: at most twice as many bytes as the file has. Throws what ReadNpyHeader does,
// and Error(kBadInput) with the byte of the first value that is NaN or infinite.
FloatArray ReadFloatArray(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_NPY_ARRAY_H_
