#include "sketch/sketch_reader.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/tensor_reader.h"
#include "numeric/decode.h"

namespace modelkin {

std::vector<float> SketchReader::Read(const Tensor& tensor, std::uint64_t begin,
                                      std::uint64_t count) {
  const TensorReader reader(checkpoint_, tensor);
  std::vector<std::byte> scratch;
  const auto bytes = reader.ReadOnce(begin, count, scratch);
  std::vector<float> values(count);
  if (FitsFloat(reader.dtype())) {
    DecodeToFloat(reader.dtype(), bytes.data(), count, values.data());
  } else {
    std::vector<double> wide(count);
    DecodeToDouble(reader.dtype(), bytes.data(), count, wide.data());
    std::ranges::transform(wide, values.begin(), [](double v) { return static_cast<float>(v); });
  }
  reader.RequireNothingLost();
  bytes_ += StoredBytesOf(tensor, count);
  return values;
}

std::uint64_t StoredBytesOf(const Tensor& tensor, std::uint64_t count) {
  // What is turned as it is read is read from its first to its last row.
  if (tensor.view != nullptr && tensor.view->strides.back() != 1) return tensor.length_bytes;
  const double share = static_cast<double>(count) / static_cast<double>(tensor.elements);
  // A view's place is that of all that is stored there.
  const double stored = tensor.coded != nullptr
                            ? static_cast<double>(StoredBytes(tensor))
                            : static_cast<double>(tensor.elements) * BitWidth(tensor.dtype) / 8;
  return static_cast<std::uint64_t>(std::ceil(share * stored));
}

}  // namespace modelkin
