#include "storage/stored_form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "storage/tensor.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kUsualBits = 4;  // a code

using Endings = std::array<std::string_view, 8>;  // unused ones are empty

// A way to store a quantised weight, by the names of what lies beside its codes.
struct CodingRule {
  Coding coding;
  std::string_view codes;   // what the codes' name ends in, after the stem
  std::string_view weight;  // what the weight's own name has there
  Endings needed;           // after the stem: one of these makes them codes
  Endings others;           // that belong to them as well
  enum class Types : std::uint8_t { kOfCodes, kU32, kAny };
  Types types = Types::kOfCodes;
  bool alone = false;  // codes even with nothing beside them
};

// The first that fits applies. Sources: the writers' own code, as docs/structure.md lists them.
constexpr std::array kRules = std::to_array<CodingRule>({
    {Coding::kGptqOrAwq,
     ".qweight",
     ".weight",
     {".scales", ".qzeros"},
     {".g_idx", ".perm"},
     CodingRule::Types::kOfCodes,
     true},
    {Coding::kCompressedTensors,
     ".weight_packed",
     ".weight",
     {".weight_scale"},
     {".weight_global_scale", ".weight_shape", ".weight_zero_point", ".weight_g_idx",
      ".input_scale", ".input_global_scale", ".input_zero_point", ".output_scale"},
     CodingRule::Types::kOfCodes,
     true},
    {Coding::kMxfp4Blocks, "_blocks", "", {"_scales"}, {}},
    {Coding::kBitsandbytes4,
     ".weight",
     ".weight",
     {".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4"},
     {".weight.absmax", ".weight.quant_map", ".weight.nested_absmax", ".weight.nested_quant_map"},
     CodingRule::Types::kAny},  // stored as bytes, or as any type of the user's choice
    {Coding::kBitsandbytes8,
     ".weight",
     ".weight",
     {".SCB", ".weight.SCB"},
     {".weight_format", ".weight.weight_format"}},
    {Coding::kMlx, ".weight", ".weight", {".scales"}, {".biases"}, CodingRule::Types::kU32},
    {Coding::kScaled,
     ".weight",
     ".weight",
     {".weight_scale_inv", ".weight_scale", ".scale", ".weight_scales", ".scales", ".scale_weight",
      ".qscale_weight"},
     {".weight_zero_point", ".input_scale", ".input_zero_point", ".scale_input", ".qscale_act",
      ".output_scale", ".weight_scale_2", ".weight_bias"}},
    {Coding::kHqq,
     ".W_q",
     ".weight",
     {".scale"},
     {".zero", ".meta"},
     CodingRule::Types::kOfCodes,
     true},
    {Coding::kAqlm, ".codes", ".weight", {".codebooks"}, {".scales"}},
    {Coding::kQuanto,
     ".weight._data",
     ".weight",
     {".weight._scale"},
     {".weight._shift", ".input_scale", ".output_scale"}},
    {Coding::kTorchao,
     "._weight_qdata",
     ".weight",
     {"._weight_scale"},
     {"._weight_zero_point", "._weight_scale_and_zero", "._weight_act_quant_scale"}},
    // Experts in one tensor have no ".weight".
    {Coding::kScaled, "", "", {"_scale_inv", "_scale", "_scales"}, {"_scale_2", "_input_scale"}},
});

bool Admits(CodingRule::Types types, DType dtype) {
  switch (types) {
    case CodingRule::Types::kAny: return true;
    case CodingRule::Types::kU32: return dtype == DType::kU32;
    case CodingRule::Types::kOfCodes: break;
  }
  return dtype != DType::kBool && dtype != DType::kF8E8M0 &&
         (BitWidth(dtype) <= 8 || !IsFloatingPoint(dtype));
}

class StoredFormMarker {
 public:
  explicit StoredFormMarker(std::vector<Tensor>& tensors) : tensors_(tensors) {
    by_name_.reserve(tensors.size());
    for (Tensor& tensor : tensors) {
      by_name_.emplace(tensor.name, &tensor);
      const std::string_view name = tensor.name;
      last_words_.insert(name.substr(name.rfind('.') + 1));
    }
  }

  void Run() {
    for (Tensor& tensor : tensors_) MarkCodes(tensor);
    for (const auto& [companion, codes] : companions_) {
      // Scales may be codes as well, with a scale of their own: they are companions still.
      companion->stored = {.form = StoredForm::kCompanion,
                           .coding = codes->stored.coding,
                           .parameters = 0,
                           .weight_name = codes->stored.weight_name};
    }
    for (Tensor& tensor : tensors_) {
      if (tensor.stored.form != StoredForm::kWeight) continue;
      if (tensor.dtype == DType::kF8E8M0) {
        tensor.stored = {.form = StoredForm::kCompanion, .coding = Coding::kNarrowFloats};
      } else if (BitWidth(tensor.dtype) < 8) {
        tensor.stored = {.form = StoredForm::kCodes,
                         .coding = Coding::kNarrowFloats,
                         .parameters = tensor.elements,
                         .weight_name = tensor.name};
      }
    }
  }

 private:
  Tensor* Find(std::string_view stem, std::string_view ending) const {
    if (ending.empty() || !Occurs(ending)) return nullptr;
    const auto found = by_name_.find(std::string(stem).append(ending));
    return found == by_name_.end() ? nullptr : found->second;
  }

  // Whether any name may end so: of most checkpoints none is that of a companion.
  bool Occurs(std::string_view ending) const {
    const auto [known, fresh] = occurring_.try_emplace(ending);
    if (fresh) {
      const std::string_view word = ending.substr(ending.rfind('.') + 1);
      known->second = std::ranges::any_of(
          last_words_, [&](std::string_view last) { return last.ends_with(word); });
    }
    return known->second;
  }

  void MarkCodes(Tensor& tensor) {
    for (const CodingRule& rule : kRules) {
      const std::string_view name = tensor.name;
      const bool admitted = !HasShape(tensor) || Admits(rule.types, tensor.dtype);
      if (!admitted || !name.ends_with(rule.codes)) continue;
      const std::string_view stem = name.substr(0, name.size() - rule.codes.size());
      const bool found = std::ranges::any_of(
          rule.needed, [&](std::string_view ending) { return Find(stem, ending) != nullptr; });
      if (!found && !rule.alone) continue;
      tensor.stored = {.form = StoredForm::kCodes,
                       .coding = rule.coding,
                       .weight_name = std::string(stem).append(rule.weight)};
      CountParameters(stem, tensor);
      for (const Endings* endings : {&rule.needed, &rule.others}) {
        for (const std::string_view ending : *endings) {
          if (Tensor* const companion = Find(stem, ending)) {
            companions_.emplace_back(companion, &tensor);
          }
        }
      }
      return;
    }
  }

  void CountParameters(std::string_view stem, Tensor& tensor) const {
    StoredAs& stored = tensor.stored;
    const std::uint64_t bits = tensor.elements * BitWidth(tensor.dtype);  // opened: no overflow
    switch (stored.coding) {
      case Coding::kGptqOrAwq: {
        const auto width = BitsOfGptq(stem);
        stored.assumed_width = !width;
        stored.parameters = bits / width.value_or(kUsualBits);
        return;
      }
      case Coding::kScaled:
        stored.parameters = tensor.elements;
        if (tensor.dtype != DType::kU8) return;
        stored.assumed_width = !HasScalesOfNibbles(stem);  // else BitNet, for instance
        stored.coding = stored.assumed_width ? Coding::kScaled : Coding::kScaledNibbles;
        stored.parameters = bits / kUsualBits;
        return;
      case Coding::kBitsandbytes8:
      case Coding::kQuanto:
      case Coding::kTorchao: stored.parameters = tensor.elements; return;
      case Coding::kBitsandbytes4:
      case Coding::kMxfp4Blocks: stored.parameters = bits / kUsualBits; return;
      default:
        stored.assumed_width =
            tensor.dtype != DType::kU8 || stored.coding != Coding::kCompressedTensors;
        stored.parameters = bits / kUsualBits;
    }
  }

  // Zero points are packed as weights are: as many bits for each scale.
  std::optional<std::uint64_t> BitsOfGptq(std::string_view stem) const {
    const Tensor* const zeros = Find(stem, ".qzeros");
    const Tensor* const scales = Find(stem, ".scales");
    if (zeros == nullptr || scales == nullptr || scales->elements == 0) return std::nullopt;
    const double bits = std::round(static_cast<double>(zeros->length_bytes) * 8 /
                                   static_cast<double>(scales->elements));
    if (bits < 2 || bits > 8) return std::nullopt;
    return static_cast<std::uint64_t>(bits);
  }

  // NVFP4 of ModelOpt has an FP8 scale for 16 values and one more of the tensor.
  bool HasScalesOfNibbles(std::string_view stem) const {
    const Tensor* scale = Find(stem, ".weight_scale");
    if (scale == nullptr) scale = Find(stem, "_scale");
    return scale != nullptr && BitWidth(scale->dtype) == 8;
  }

  std::vector<Tensor>& tensors_;
  std::unordered_map<std::string, Tensor*> by_name_;
  std::unordered_set<std::string_view> last_words_;               // of names, after their last dots
  mutable std::unordered_map<std::string_view, bool> occurring_;  // by ending
  std::vector<std::pair<Tensor*, const Tensor*>> companions_;
};

}  // namespace

std::string_view CodingName(Coding coding) {
  switch (coding) {
    case Coding::kNone: return "weights as they are";
    case Coding::kScaled: return "8-bit codes with scales";
    case Coding::kScaledNibbles: return "4-bit floats with scales";
    case Coding::kCompressedTensors: return "compressed-tensors codes";
    case Coding::kGptqOrAwq: return "GPTQ or AWQ codes";
    case Coding::kBitsandbytes8: return "bitsandbytes 8-bit codes";
    case Coding::kBitsandbytes4: return "bitsandbytes 4-bit codes";
    case Coding::kMlx: return "MLX codes";
    case Coding::kMxfp4Blocks: return "MXFP4 blocks";
    case Coding::kHqq: return "HQQ codes";
    case Coding::kAqlm: return "AQLM codes";
    case Coding::kQuanto: return "quanto codes";
    case Coding::kTorchao: return "torchao codes";
    case Coding::kNarrowFloats: return "floats of under 8 bits, or scales of such";
  }
  return "";
}

void MarkStoredForms(std::vector<Tensor>& tensors) { StoredFormMarker(tensors).Run(); }

double PackedUse::share() const {
  if (all_parameters == 0) return 0;
  return static_cast<double>(parameters) / static_cast<double>(all_parameters);
}

Said PackedUse::Sentence() const {
  if (tensors == 0) return {};
  std::vector<std::string_view> names;
  names.reserve(codings.size());
  for (const Coding coding : codings) names.push_back(CodingName(coding));
  return SayOf(tensors, "tensor", "tensors",
               "{1:.1f}% of its parameters are packed and not read ({2} {0}: {3})",
               "매개변수의 {:.1f}%는 압축 형식으로 저장되어 읽지 못함(텐서 {}개: {})",
               100 * share(), tensors, fmt::format("{}", fmt::join(names, ", ")));
}

PackedUse CountPacked(std::span<const Tensor> tensors) {
  PackedUse use;
  for (const Tensor& tensor : tensors) {
    switch (tensor.stored.form) {
      case StoredForm::kWeight: use.all_parameters += tensor.elements; break;
      case StoredForm::kCompanion: ++use.companions; break;
      case StoredForm::kCodes:
        ++use.tensors;
        use.parameters += tensor.stored.parameters;
        use.all_parameters += tensor.stored.parameters;
        use.codings.insert(tensor.stored.coding);
    }
  }
  return use;
}

}  // namespace modelkin
