// Names and parts of stored weights.
#ifndef MODELKIN_STORAGE_FORMS_PARTS_H_
#define MODELKIN_STORAGE_FORMS_PARTS_H_

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/form.h"

namespace modelkin::forms {

// Returns what stands before the ending; nothing where the name does not end so.
std::optional<std::string_view> StemOf(std::string_view name, std::string_view ending);

// Codes in words of GPTQ and AWQ, [lines, words] of I32, with what they can't do without.
struct CodeWords {
  std::string_view stem;
  const Tensor* scales;
  const Tensor* zeros;
};

// Returns those of "STEM.qweight"; nothing of other tensors, and where something is not there.
std::optional<CodeWords> FindCodeWords(const Tensor& codes, const StoredTensors& all);

// Returns the codes and those of the others that there are.
std::vector<Tensor> PartsOf(const Tensor& codes, std::initializer_list<const Tensor*> others);

// Adds the tensors `stem` + ending that there are and that are no parts yet.
void AddOthers(std::string_view stem, std::span<const std::string_view> endings,
               const StoredTensors& all, CodedWeight& coded);

// Throws as FailForm unless the tensor is of that type and shape. `what`: "zero points".
void RequireShape(const Tensor& tensor, std::span<const DType> types, const Shape& shape,
                  std::string_view what);

// Returns the product of all dimensions but the last.
std::uint64_t RowsOf(const Shape& shape);

// Returns a / b, rounded up.
constexpr std::uint64_t CeilingOf(std::uint64_t a, std::uint64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

}  // namespace modelkin::forms

#endif  // MODELKIN_STORAGE_FORMS_PARTS_H_
