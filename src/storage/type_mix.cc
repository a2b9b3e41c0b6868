#include "storage/type_mix.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace modelkin {
namespace {

// llama.cpp's llama_ftype, and the type that it gives to what it does not treat apart.
struct FileType {
  std::uint64_t number;
  std::string_view name, type;
  bool is_mixed = false;  // some matrices of layers have another type
};

constexpr std::array kFileTypes = {
    FileType{0, "F32", "F32"},
    FileType{1, "F16", "F16"},
    FileType{2, "Q4_0", "Q4_0"},
    FileType{3, "Q4_1", "Q4_1"},
    FileType{7, "Q8_0", "Q8_0"},
    FileType{8, "Q5_0", "Q5_0"},
    FileType{9, "Q5_1", "Q5_1"},
    FileType{10, "Q2_K", "Q2_K"},
    FileType{11, "Q3_K_S", "Q3_K"},
    FileType{12, "Q3_K_M", "Q3_K", true},
    FileType{13, "Q3_K_L", "Q3_K", true},
    FileType{14, "Q4_K_S", "Q4_K"},
    FileType{15, "Q4_K_M", "Q4_K", true},
    FileType{16, "Q5_K_S", "Q5_K"},
    FileType{17, "Q5_K_M", "Q5_K", true},
    FileType{18, "Q6_K", "Q6_K"},
    FileType{19, "IQ2_XXS", "IQ2_XXS"},
    FileType{20, "IQ2_XS", "IQ2_XS"},
    FileType{21, "Q2_K_S", "Q2_K"},
    FileType{22, "IQ3_XS", "IQ3_S"},
    FileType{23, "IQ3_XXS", "IQ3_XXS"},
    FileType{24, "IQ1_S", "IQ1_S"},
    FileType{25, "IQ4_NL", "IQ4_NL"},
    FileType{26, "IQ3_S", "IQ3_S"},
    FileType{27, "IQ3_M", "IQ3_S", true},
    FileType{28, "IQ2_S", "IQ2_XS", true},
    FileType{29, "IQ2_M", "IQ2_S", true},
    FileType{30, "IQ4_XS", "IQ4_XS"},
    FileType{31, "IQ1_M", "IQ1_M"},
    FileType{32, "BF16", "BF16"},
    FileType{36, "TQ1_0", "TQ1_0"},
    FileType{37, "TQ2_0", "TQ2_0"},
    FileType{38, "MXFP4_MOE", "MXFP4"},
};

// Elements of each type, of matrices in layers.
std::map<std::string, std::uint64_t> InLayers(std::span<const Tensor> tensors) {
  std::map<std::string, std::uint64_t> elements;
  for (const Tensor& tensor : tensors) {
    if (tensor.shape.size() >= 2 && tensor.stored_name().starts_with("blk.")) {
      elements[TypeText(tensor)] += tensor.elements;
    }
  }
  return elements;
}

std::string NameOf(std::span<const Tensor> tensors, std::uint64_t number) {
  const auto* const type = std::ranges::find(kFileTypes, number, &FileType::number);
  if (type == kFileTypes.end()) return "";
  const auto in_layers = InLayers(tensors);
  const auto most =
      std::ranges::max_element(in_layers, {}, &std::pair<const std::string, std::uint64_t>::second);
  const bool fits = most != in_layers.end() && most->first == type->type &&
                    (!type->is_mixed || in_layers.size() > 1);
  return fits ? std::string(type->name) : "";
}

}  // namespace

TypeMix MixOf(std::span<const Tensor> tensors, std::optional<std::uint64_t> file_type) {
  std::map<std::string, TypeUse> uses;
  std::set<std::pair<std::uint32_t, std::uint64_t>> viewed;
  double bits = 0, elements = 0;
  for (const Tensor& tensor : tensors) {
    TypeUse& use = uses[TypeText(tensor)];
    ++use.tensors;
    use.elements += tensor.elements;
    elements += static_cast<double>(tensor.elements);
    const bool counted =
        tensor.view != nullptr && !viewed.emplace(tensor.file, tensor.offset_bytes).second;
    if (counted) continue;
    use.bytes += StoredBytes(tensor);
    bits += 8 * static_cast<double>(StoredBytes(tensor));
  }
  TypeMix mix;
  if (elements > 0) mix.bits_a_weight = bits / elements;
  for (auto& [type, use] : uses) {
    use.type = type;
    mix.types.push_back(std::move(use));
  }
  std::ranges::stable_sort(mix.types, std::greater(), &TypeUse::elements);
  if (file_type) mix.name = NameOf(tensors, *file_type);
  return mix;
}

}  // namespace modelkin
