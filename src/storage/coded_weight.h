// A weight whose values are decoded from one or more stored tensors, as they are read.
#ifndef MODELKIN_STORAGE_CODED_WEIGHT_H_
#define MODELKIN_STORAGE_CODED_WEIGHT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
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

// Codes of a range of elements, one entry each: what the code stands for before it is scaled, the
// scale of its group, and what else belongs to the group: what is taken from the code before it is
// scaled, or of GroupRule::kAffine what is added after; 0 without.
struct CodeRange {
  std::vector<float> levels, scales, offsets;
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

  // Fills in the codes of a range. Of weights with a GroupsLayout alone; throws std::logic_error of
  // others.
  virtual void Codes(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                     CodeRange& out) const;
};

// CodedWeight::rounded_share where distances to the two neighbours of a value differ, of floats of
// 8 and of 4 bits, whose ends are cut off as well; and where later columns make up for the errors
// of earlier ones (Frantar et al., "GPTQ", 2022; 0.86 to 0.92 for inputs with spectra i^-0.5 to
// i^-2).
inline constexpr double kRoundedShareOfFloats8 = 0.96, kRoundedShareOfFloats4 = 0.94,
                        kRoundedShareOfGptq = 0.84;

struct BlockForm;

// How parts make the values of a weight, for who makes such parts of values again.

// ggml's blocks, one after the other in the order of elements.
struct BlocksLayout {
  const BlockForm* form = nullptr;
  Tensor blocks;
  // Floats that values are multiplied with besides, one for all or for each of equal runs.
  std::optional<Tensor> factors;
};

// What was stored in place of x, element by element.
enum class Stored : std::uint8_t { kOnePlus, kNegativeExponential };  // 1 + x, -exp(x)

struct UndoneLayout {
  Tensor tensor;  // that is stored
  Stored stored = Stored::kOnePlus;
};

// What codes can stand for before they are scaled.
enum class CodeSet : std::uint8_t {
  kE4M3,
  kE5M2,
  kE2M1,
  kSigned,    // integers of two's complement
  kUnsigned,  // integers from 0 on
  kNf4,       // tables of bitsandbytes
  kFp4,
};

// What scales follow from, in quantisers that write such weights.
enum class GroupRule : std::uint8_t {
  kMagnitude,  // the largest magnitude becomes the largest code
  kMaxima,     // stored is the largest magnitude itself, of codes up to 1 or 127
  kAffine,     // MLX: smallest and largest, of which one lies on the grid
  kPowers,     // MXFP4: a power of two
  kTwoScales,  // NVFP4: a scale of the tensor besides
  kAnyGrid,    // GPTQ, AWQ: whatever served the outputs best
};

// Maxima that are stored as codes of 8 bits, as bitsandbytes does.
struct NestedMaxima {
  std::uint64_t block = 0;  // maxima that share one
  Tensor codes, maxima, table;
  float offset = 0;
};

// Codes with a scale for each block of a matrix, whose leading dimensions are taken as one.
struct GroupsLayout {
  GroupRule rule = GroupRule::kAnyGrid;
  CodeSet codes = CodeSet::kUnsigned;
  unsigned bits = 8;
  std::uint64_t rows = 1, columns = 1;              // of a batch, of a row
  std::uint64_t block_rows = 1, block_columns = 1;  // the last of each may be cut
  Tensor scales;
  bool scales_are_exponents = false;
  std::optional<Tensor> tensor_scale = std::nullopt;
  bool is_divisor = false;  // the tensor's scale: others are divided by it
  std::optional<NestedMaxima> nested = std::nullopt;
  // Rows and columns may have been multiplied before, and divided in the layers beside: AWQ.
  bool may_be_scaled = false;
};

using WeightLayout = std::variant<std::monostate, BlocksLayout, UndoneLayout, GroupsLayout>;

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
  WeightLayout layout = {};  // nothing where nobody makes such parts
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
