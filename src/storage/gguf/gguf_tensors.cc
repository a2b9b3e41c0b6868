#include "storage/gguf/gguf_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/coded_weight.h"
#include "storage/form.h"
#include "storage/gguf/block_decoder.h"

namespace modelkin {
namespace {

constexpr std::string_view kWeightEnding = ".weight", kScaleEnding = ".scale",
                           kInputScaleEnding = ".input_scale";

// CodedWeight::rounded_share of forms that choose several values together, or whose ends are cut
// off: 0.02 below what libgguf leaves of 2^18 values with tails (Student, 8 degrees of freedom).
constexpr auto kRoundedShares = std::to_array<std::pair<std::string_view, double>>({
    {"IQ1_M", 0.91},
    {"IQ1_S", 0.90},
    {"IQ2_S", 0.91},
    {"IQ2_XS", 0.84},
    {"IQ2_XXS", 0.79},
    {"IQ3_S", 0.76},
    {"IQ3_XXS", 0.66},
    {"IQ4_NL", 0.97},
    {"IQ4_XS", 0.97},
    {"MXFP4", 0.94},
    {"NVFP4", 0.94},
    {"Q1_0", 0.86},
});

// The bytes of blocks.
Tensor BytesOfBlocks(const GgufTensor& stored, std::uint32_t file) {
  Shape shape = stored.shape;  // rows of blocks have a dimension
  shape.back() = shape.back() / stored.type->values * stored.type->bytes;
  return {.name = stored.name,
          .dtype = DType::kU8,
          .shape = std::move(shape),
          .elements = stored.length_bytes,
          .file = file,
          .offset_bytes = stored.offset_bytes,
          .length_bytes = stored.length_bytes};
}

Tensor PlainTensor(const GgufTensor& stored, std::uint32_t file) {
  return {.name = stored.name,
          .dtype = *stored.type->plain,
          .shape = stored.shape,
          .elements = stored.elements,
          .file = file,
          .offset_bytes = stored.offset_bytes,
          .length_bytes = stored.length_bytes};
}

// A weight of blocks, with factors or without.
Tensor DecodedBlocks(std::string name, Shape shape, const BlockForm& form, Tensor blocks,
                     const Tensor* scales) {
  const std::uint64_t elements = blocks.elements / form.bytes * form.values;
  CodedWeight coded{.label = std::string(form.name),
                    .block = fmt::format("{} values of a row", form.values_a_scale),
                    .decoder = MakeBlockDecoder(form, blocks, elements, scales),
                    .layout = LayoutOf(form, blocks, scales)};
  const auto* const share =
      std::ranges::find(kRoundedShares, form.name, &std::pair<std::string_view, double>::first);
  if (share != kRoundedShares.end()) coded.rounded_share = share->second;
  coded.parts.push_back(std::move(blocks));
  if (scales != nullptr) coded.parts.push_back(*scales);
  return MakeCodedWeight(std::move(name), std::move(shape), std::move(coded));
}

// Throws unless there is a factor for all of the weight, or for each matrix of a stack.
void RequireFactors(const Tensor& weight, const Tensor& scales) {
  const bool one_each = weight.shape.size() == 3 && scales.elements == weight.shape.front();
  if (scales.dtype == DType::kF32 && scales.coded == nullptr &&
      (scales.elements == 1 || one_each)) {
    return;
  }
  FailForm(scales, fmt::format("{} of {} can't be factors of the blocks of {}", TypeText(scales),
                               ShapeText(scales.shape), ShapeText(weight.shape)));
}

}  // namespace

std::vector<Tensor> TensorsOfGguf(const GgufFile& gguf, std::uint32_t file, bool as_stored) {
  std::vector<Tensor> tensors;
  tensors.reserve(gguf.tensors.size());
  for (const GgufTensor& stored : gguf.tensors) {
    if (stored.type->plain) {
      tensors.push_back(PlainTensor(stored, file));
      continue;
    }
    Tensor blocks = BytesOfBlocks(stored, file);
    if (as_stored) {
      tensors.push_back(std::move(blocks));
      continue;
    }
    const BlockForm& form = *FindBlockForm(stored.type->name);
    tensors.push_back(DecodedBlocks(stored.name, stored.shape, form, std::move(blocks), nullptr));
  }
  return tensors;
}

void FinishGgufTensors(const GgufFile& /*first*/, std::vector<Tensor>& tensors) {
  std::unordered_map<std::string_view, const Tensor*> factors;
  for (const Tensor& tensor : tensors) {
    if (tensor.name.ends_with("scale")) factors.emplace(tensor.name, &tensor);
  }
  if (factors.empty()) return;
  const auto find = [&](std::string_view stem, std::string_view ending) {
    const auto found = factors.find(std::string(stem).append(ending));
    return found == factors.end() ? nullptr : found->second;
  };
  std::vector<std::pair<std::size_t, Tensor>> weights;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& weight = tensors[i];
    if (weight.coded == nullptr || !weight.name.ends_with(kWeightEnding)) continue;
    const std::string_view stem =
        std::string_view(weight.name).substr(0, weight.name.size() - kWeightEnding.size());
    const Tensor* const scales = find(stem, kScaleEnding);
    if (scales == nullptr) continue;
    RequireFactors(weight, *scales);
    Tensor scaled = DecodedBlocks(weight.name, weight.shape, *FindBlockForm(weight.coded->label),
                                  weight.coded->parts.front(), scales);
    taken.insert(scales->name);
    if (const Tensor* const input = find(stem, kInputScaleEnding)) {
      CodedWeight coded = *scaled.coded;
      coded.parts.push_back(*input);
      scaled.coded = std::make_shared<const CodedWeight>(std::move(coded));
      taken.insert(input->name);
    }
    weights.emplace_back(i, std::move(scaled));
  }
  for (auto& [i, weight] : weights) tensors[i] = std::move(weight);
  std::erase_if(tensors, [&](const Tensor& tensor) { return taken.contains(tensor.name); });
}

}  // namespace modelkin
