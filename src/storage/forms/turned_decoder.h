// Decodes weights [outputs, inputs] whose codes lie the other way round, the outputs of an input
// beside each other: GPTQ and AWQ.
#ifndef MODELKIN_STORAGE_FORMS_TURNED_DECODER_H_
#define MODELKIN_STORAGE_FORMS_TURNED_DECODER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin::forms {

// Some outputs side by side; codes and what belongs to groups are for each of them.
struct OutputRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  // at most 16: a line of the cache of words
};

// Which group each input belongs to, and what a group has for each output.
struct InputGroups {
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
  std::uint64_t groups = 0;
  std::uint64_t length = 0;              // inputs of a group where these are in order
  Tensor scales;                         // [groups, outputs]
  std::optional<Tensor> group_of_input;  // I32 [inputs]
};

class TurnedDecoder : public WeightDecoder {
 public:
  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const final;
  void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                 float* out) const final;
  void Codes(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
             CodeRange& out) const final;

 protected:
  explicit TurnedDecoder(InputGroups groups) : groups_(std::move(groups)) {}

  // What is read, to be kept from one input to the next.
  struct Words {
    std::uint64_t line = UINT64_MAX;  // of the words that are there
    std::vector<std::uint32_t> first, second;
    std::vector<std::byte> scratch;
  };

  // Writes the codes of an input, and the zero points of a group, for each output of the range.
  virtual void ReadCodes(const PartReader& parts, std::uint64_t input, const OutputRange& outputs,
                         Words& words, std::uint32_t* out) const = 0;
  virtual void ReadZeros(const PartReader& parts, std::uint64_t group, const OutputRange& outputs,
                         std::vector<std::byte>& scratch, float* out) const = 0;

  const InputGroups& groups() const { return groups_; }

 private:
  class Tile;

  InputGroups groups_;
};

// Returns how such parts make a weight. Groups of inputs in another order count as columns of
// their own.
GroupsLayout LayoutOfTurned(const InputGroups& groups, std::uint64_t bits, bool in_order);

// Copies 32-bit words of a part to `out`.
void ReadWords(const PartReader& parts, const Tensor& part, std::uint64_t begin,
               std::uint64_t count, std::vector<std::byte>& scratch,
               std::vector<std::uint32_t>& out);

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_TURNED_DECODER_H_
