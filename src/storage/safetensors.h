// The safetensors format, as read here.
//
//   bytes 0..7      N, the header's length, unsigned 64-bit little-endian
//   bytes 8..8+N    header: a JSON object in UTF-8, JSON white space allowed around it
//                     name -> {"dtype": D, "shape": [dims], "data_offsets": [begin, end]}
//                     "__metadata__" -> {string: string}, optional
//   the rest        data: little-endian, row-major; offsets count from its first byte
//
// Checked before a data byte is touched: N <= 100,000,000 and 8+N within the file; strict JSON and
// UTF-8; no duplicate name, metadata key or member that the format defines; known dtype; whole,
// non-negative dimensions and offsets; product of shape and width without overflow and equal to end
// - begin; ranges sorted without overlap or hole from 0 to exactly the file's end. Names are at
// most 4096 bytes, ranks at most 64.
#ifndef MODELKIN_STORAGE_SAFETENSORS_H_
#define MODELKIN_STORAGE_SAFETENSORS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "source/byte_source.h"
#include "storage/tensor.h"

namespace modelkin {

inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
inline constexpr std::size_t kMaxTensorNameBytes = 4096;
inline constexpr std::size_t kMaxTensorRank = 64;

struct SafetensorsHeader {
  std::uint64_t header_bytes = 0;                             // 8 + N: where the data begins
  std::vector<Tensor> tensors;                                // by offset
  std::vector<std::pair<std::string, std::string>> metadata;  // in file order
};

// Reads and checks a header. Throws Error(kBadInput), with the tensor and the byte in the file
// where it was noticed, if any rule above is broken. Takes O(header) time and memory.
SafetensorsHeader ReadSafetensorsHeader(const ByteSource& file);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_SAFETENSORS_H_
