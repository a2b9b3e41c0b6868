// Decodes weights whose codes lie row by row, groups of which have a scale: what forms have in
// common.
#ifndef MODELKIN_STORAGE_FORMS_GROUPED_DECODER_H_
#define MODELKIN_STORAGE_FORMS_GROUPED_DECODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "numeric/dtype.h"
#include "storage/coded_weight.h"

namespace modelkin::forms {

// Codes of a piece of a row, a byte each, and what belongs to their groups. `scratch` is for what
// is read.
struct CodeRun {
  std::span<const std::byte> codes;
  std::uint64_t group_length = 1;
  std::uint64_t first_in_group = 0;  // place of the first code within its group
  std::vector<float> scales;         // one for each group that the codes reach into
  std::vector<float> offsets;        // as many, or none
  std::vector<std::byte> unpacked;
  std::vector<std::byte> scratch[3];

  // Returns the number of groups that `count` codes reach into.
  std::uint64_t Groups(std::uint64_t count) const {
    return (first_in_group + count - 1) / group_length + 1;
  }
};

// Fills in `codes` with E2M1 floats, as E5M2: those from number `begin` of the tensor on, of which
// a byte has two, the low nibble first.
void ReadNibbleFloats(const PartReader& parts, const Tensor& packed, std::uint64_t begin,
                      std::uint64_t count, CodeRun& run);

// The distance that WeightDecoder::GridSteps is about, for each code, where the scale is 1.
using CodeSteps = std::array<float, 256>;

// Returns those of codes that have these values; codes without a value, and NaN, have none.
CodeSteps StepsOfValues(std::span<const float> values);

class GroupedDecoder : public WeightDecoder {
 public:
  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const final;
  void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                 float* out) const final;
  void Codes(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
             CodeRange& out) const final;

 protected:
  GroupedDecoder(std::uint64_t columns, const CodeSteps& steps)
      : columns_(columns), steps_(steps) {}

  // Fills in a run of `count` codes, 1 to 2^14, of a row. Rows are counted over all dimensions but
  // the last.
  virtual void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column,
                    std::uint64_t count, CodeRun& run) const = 0;

  virtual void Values(const CodeRun& run, float* out) const = 0;

  // What each code stands for, of a scale of 1.
  virtual const std::array<float, 256>& Levels() const = 0;

 private:
  std::uint64_t columns_;
  CodeSteps steps_;
};

// Steps of all codes of a type, of those of a 4-bit float as E5M2 writes them, and of integers.
const CodeSteps& StepsOfType(DType type);
const CodeSteps& StepsOfNibbleFloats(bool doubled);

// Values of all codes of a type that ScaleCodes knows.
const std::array<float, 256>& LevelsOfType(DType type);

// (code - offset) * scale, the codes of a type that ScaleCodes knows.
class ScaledDecoder : public GroupedDecoder {
 protected:
  ScaledDecoder(std::uint64_t columns, DType type, const CodeSteps& steps)
      : GroupedDecoder(columns, steps), type_(type) {}

  void Values(const CodeRun& run, float* out) const override;
  const std::array<float, 256>& Levels() const override;

 private:
  DType type_;
};

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_GROUPED_DECODER_H_
