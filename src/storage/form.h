// How stored tensors of quantised weights are recognised: a file of forms/ for each way to store
// them.
#ifndef MODELKIN_STORAGE_FORM_H_
#define MODELKIN_STORAGE_FORM_H_

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/coded_weight.h"

namespace modelkin {

// What config.json says of quantisation: its "quantization_config", "compression_config" or
// "quantization", in that order. Values are as untrusted as the rest.
class QuantisationConfig {
 public:
  QuantisationConfig() = default;  // nothing is said
  explicit QuantisationConfig(nlohmann::json values);

  // Returns "gptq", "fp8", "compressed-tensors"; "" where it is not said.
  std::string method() const { return Text("quant_method"); }
  // Return the value of a key; nothing where there is none of that type.
  std::string Text(std::string_view key) const;  // "" for none
  std::optional<std::uint64_t> Size(std::string_view key) const;
  std::optional<bool> Flag(std::string_view key) const;
  // Returns the value itself; null for none.
  const nlohmann::json* Find(std::string_view key) const;

 private:
  std::shared_ptr<const nlohmann::json> values_;
};

// The tensors of a checkpoint as its files hold them, by name.
class StoredTensors {
 public:
  // Points into `tensors`; `reader`, null for none, has to outlive this.
  explicit StoredTensors(std::span<const Tensor> tensors, const PartReader* reader = nullptr);

  const Tensor* Find(std::string_view name) const;  // null for none
  // The tensor `stem` + `ending`; null for none.
  const Tensor* Find(std::string_view stem, std::string_view ending) const;

  // Returns the bytes of a small tensor that says how others are stored, of which most are a shape
  // or a few settings; nothing without a reader. Throws as FailForm beyond 64 KiB.
  std::optional<std::vector<std::byte>> Content(const Tensor& tensor) const;

 private:
  std::unordered_map<std::string_view, const Tensor*> by_name_;
  const PartReader* reader_;
};

// Returns the weight that the form makes of the tensor `codes` and those beside it; nothing where
// the tensor is no codes of the form. Throws Error(kBadInput) by FailForm where it is, but scales
// or others are missing or of a shape that can't be.
using FindCodedWeight = std::optional<Tensor> (*)(const Tensor& codes, const StoredTensors& all,
                                                  const QuantisationConfig& config);

// All forms, in the order in which they are tried. The first that finds a weight takes its parts.
std::span<const FindCodedWeight> StoredForms();

// Puts the weights that forms make of stored tensors in place of these. Parts are taken away. A
// weight under a name that is there as well stays as it is stored; so do those whose shape only a
// tensor's content tells, without a reader.
void DecodeStoredForms(std::vector<Tensor>& tensors, const QuantisationConfig& config,
                       const PartReader* reader = nullptr);

// Throws Error(kBadInput) about a stored tensor; who knows the files adds the file.
[[noreturn]] void FailForm(const Tensor& tensor, std::string_view message);

// Makes a weight of parts, whose first are the codes: name, shape, F32, the place of the codes.
// Throws as FailForm where the shape overflows.
Tensor MakeCodedWeight(std::string name, Shape shape, CodedWeight coded);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_FORM_H_
