// Whether a tensor holds weights as they are, or codes of a quantisation with what belongs to them.
#ifndef MODELKIN_STORAGE_STORED_FORM_H_
#define MODELKIN_STORAGE_STORED_FORM_H_

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/said.h"

namespace modelkin {

struct Tensor;

enum class StoredForm : std::uint8_t {
  kWeight,     // values as they are, of whatever type
  kCodes,      // packed: numbers that companions or a table turn into values; not read here
  kCompanion,  // scales, zero points, tables and orders of codes: no weights of their own
};

// What wrote the codes, as far as names and types tell.
enum class Coding : std::uint8_t {
  kNone,               // a weight
  kScaled,             // 8 bits a value, times a scale for a tensor, rows or blocks
  kScaledNibbles,      // the same with two 4-bit floats a byte: NVFP4
  kCompressedTensors,  // weight_packed
  kGptqOrAwq,          // qweight
  kBitsandbytes8,
  kBitsandbytes4,
  kMlx,
  kMxfp4Blocks,  // *_blocks of gpt-oss
  kHqq,
  kAqlm,
  kQuanto,
  kTorchao,
  kNarrowFloats,  // a type of under 8 bits, or of scales alone, without anything beside it
};

struct StoredAs {
  StoredForm form = StoredForm::kWeight;
  Coding coding = Coding::kNone;
  bool assumed_width = false;    // 4 bits a code, since only config.json or a reader would tell
  std::uint64_t parameters = 0;  // that codes stand for
  // Of codes and companions: the name that the weight would have as it is, "x.weight" for
  // "x.qweight" and "x.qzeros". Empty once the tensor is under another name.
  std::string weight_name;
};

// Returns plain words, such as "GPTQ or AWQ codes".
std::string_view CodingName(Coding coding);

// Fills in `stored` of each tensor of a checkpoint, which are under the names of its files. Nothing
// is a companion that no codes are beside, nor are floats of 16 bits or more codes (but where
// bitsandbytes says so): a layer's own "scale" stays a weight. An FP8 tensor without scale is a
// weight. Of tensors without a shape, whose types are not known, names decide.
void MarkStoredForms(std::vector<Tensor>& tensors);

// How much of a model is packed.
struct PackedUse {
  std::uint64_t tensors = 0;         // of codes
  std::uint64_t companions = 0;      // tensors that belong to them
  std::uint64_t parameters = 0;      // that the codes stand for
  std::uint64_t all_parameters = 0;  // of the model, with those
  std::set<Coding> codings;

  double share() const;  // of the parameters, 0 to 1
  // Returns "90.1% of its parameters are packed and not read (28 tensors: GPTQ or AWQ codes)"; ""
  // for none.
  Said Sentence() const;
};

// Returns how much of a model with these tensors is packed.
PackedUse CountPacked(std::span<const Tensor> tensors);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_STORED_FORM_H_
