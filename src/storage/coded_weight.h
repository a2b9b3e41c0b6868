// A weight whose values are decoded from one or more stored tensors, as they are read.
#ifndef MODELKIN_STORAGE_CODED_WEIGHT_H_
#define MODELKIN_STORAGE_CODED_WEIGHT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/tensor.h"

namespace modelkin {

// Reads bytes of stored tensors. Thread-safe. Throws Error, with file, tensor and byte, where they
// can't be read.
class PartReader {
 public:
  virtual ~PartReader() = default;
  PartReader() = default;
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  // Returns bytes [offset, offset + length) of a stored tensor, of which neither view nor coding
  // are looked at: in place, or in `scratch`.
  virtual std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset_bytes,
                                          std::uint64_t length_bytes,
                                          std::vector<std::byte>& scratch) const = 0;
};

// How one weight is decoded. Immutable and thread-safe. Elements are those of the weight's shape,
// row-major. Values are equal, to the bit, however they are put together into ranges, and whatever
// the instruction set.
class WeightDecoder {
 public:
  virtual ~WeightDecoder() = default;
  WeightDecoder() = default;
  WeightDecoder(const WeightDecoder&) = delete;
  WeightDecoder& operator=(const WeightDecoder&) = delete;

  // Writes `count` values, from element `begin` on, to `out`. Reads the parts' bytes that these
  // need, and few others. Private memory stays under a few MiB besides what `parts` needs.
  virtual void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                      float* out) const = 0;

  // Writes, for each element of the range, the distance from its value to the next that it could
  // have been given: the scale of uniform codes; of a table of values, half of the distance between
  // the two neighbours (the whole distance to the only one at an end). 0 where nothing was rounded,
  // or where it is not known.
  virtual void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                         float* out) const = 0;
};

// CodedWeight::rounded_share where distances to the two neighbours of a value differ, of floats of
// 8 and of 4 bits, whose ends are cut off as well; and where later columns make up for the errors
// of earlier ones (Frantar et al., "GPTQ", 2022; 0.86 to 0.92 for inputs with spectra i^-0.5 to
// i^-2).
inline constexpr double kRoundedShareOfFloats8 = 0.96, kRoundedShareOfFloats4 = 0.94,
                        kRoundedShareOfGptq = 0.84;

struct CodedWeight {
  Coding coding = Coding::kNone;
  // The form's own name with its numbers, for people: "Q4_K", "FP8 (E4M3) in blocks of 128 x 128",
  // "GPTQ, 4 bits, groups of 128".
  std::string label;
  // What one scale is for: "256 values of a row"; "" where nothing is scaled.
  std::string block;
  // Values are rounded to a grid. False of what is only turned round, shifted or added.
  bool is_quantised = true;
  // Of the values that a weight was made of, the least share that lies within half a step of what
  // they became: nearly all where each is rounded to the nearest, fewer where several are chosen
  // together or ends are cut off. Measured for each form.
  double rounded_share = 0.985;
  // All stored tensors that make the weight, and belong to it alone: codes first, then scales and
  // what else there is, needed for decoding or not. Under their stored names, without view or
  // coding, but for the base weight of an adapter.
  std::vector<Tensor> parts;
  std::shared_ptr<const WeightDecoder> decoder;
};

// Writes values of any tensor that has numbers: decoded, through its view, or as they lie there,
// converted to float. Requires IsComparable(tensor.dtype).
void DecodeElements(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                    std::uint64_t count, float* out);

// Writes the steps of the grid (WeightDecoder::GridSteps) at the same elements. Requires a coded
// tensor.
void GridStepsOfElements(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                         std::uint64_t count, float* out);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_CODED_WEIGHT_H_
