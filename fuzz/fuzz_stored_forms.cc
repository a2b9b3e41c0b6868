#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "fuzz_check.h"
#include "storage/coded_weight.h"
#include "storage/form.h"

namespace modelkin {
namespace {

constexpr std::array kConfigs = std::to_array<const char*>({
    "{}",
    R"({"quant_method": "fp8", "weight_block_size": [16, 32]})",
    R"({"quant_method": "fp8", "weight_block_size": [18446744073709551615, 1]})",
    R"({"quant_method": "gptq", "bits": 4, "group_size": 32})",
    R"({"quant_method": "gptq", "bits": 3, "group_size": 18446744073709551615, "desc_act": true})",
    R"({"quant_method": "gptq", "checkpoint_format": "gptq_v2", "bits": 8})",
    R"({"quant_method": "awq", "bits": 4})",
    R"({"quant_method": "bitnet"})",
    R"({"quant_method": "quark"})",
    R"({"bits": 4, "group_size": 64, "a": {"mode": "mxfp8"}, "b": {"bits": 3}})",
    R"({"mode": "nvfp4", "bits": 18446744073709551615})",
    R"({"config_groups": {"g": {"weights": {"num_bits": 4}}, "h": 1, "i": {"weights": []}}})",
});

constexpr std::array kEndings = std::to_array<const char*>({
    ".weight",
    ".weight_scale",
    ".weight_scale_inv",
    ".weight_scale_2",
    ".weight_packed",
    ".weight_shape",
    ".weight_zero_point",
    ".weight_g_idx",
    ".weight_global_scale",
    ".scale",
    ".qscale_weight",
    ".qweight",
    ".qzeros",
    ".scales",
    ".biases",
    ".g_idx",
    ".SCB",
    ".weight.absmax",
    ".weight.nested_absmax",
    ".weight.nested_quant_map",
    ".weight.quant_state.bitsandbytes__nf4",
    ".weight.quant_state.bitsandbytes__fp4",
    "_blocks",
    "_scales",
    "",
    "_scale",
    "_scale_inv",
});

constexpr std::array kTypes = {DType::kU8,  DType::kI8,     DType::kI32,    DType::kU32,
                               DType::kI64, DType::kF8E4M3, DType::kF8E5M2, DType::kF8E8M0,
                               DType::kF16, DType::kBF16,   DType::kF32,    DType::kF4};

constexpr std::array<std::uint64_t, 16> kSizes = {0,  1,  2,  3,   4,   8,        16, 32,
                                                  33, 64, 96, 128, 256, 1U << 20, 6,  12};

// No file is larger.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;

constexpr std::uint64_t kMostRead = std::uint64_t{1} << 24;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t Next() { return at_ < size_ ? data_[at_++] : 0; }
  bool empty() const { return at_ >= size_; }
  const std::uint8_t* rest() const { return data_ + at_; }
  std::size_t left() const { return size_ - at_; }

  template <class List>
  const auto& Choose(const List& list) {
    return list[Next() % list.size()];
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

// Every tensor holds the input's rest, over and over: the state of a bitsandbytes weight as it is.
class RepeatedParts : public PartReader {
 public:
  explicit RepeatedParts(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override {
    Check(offset <= part.length_bytes && length <= part.length_bytes - offset, "within the part");
    Check(length <= kMostRead, "little is read");
    scratch.resize(length);
    for (std::uint64_t i = 0; i < length; ++i) {
      scratch[i] = bytes_.empty() ? std::byte{} : bytes_[(offset + i) % bytes_.size()];
    }
    return scratch;
  }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<Tensor> TensorsOf(Input& input) {
  std::vector<Tensor> tensors;
  std::set<std::string> names;
  const std::size_t count = input.Next() % 7;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Tensor tensor;
    tensor.name = std::string(input.Next() % 2 == 0 ? "a" : "b") + input.Choose(kEndings);
    tensor.dtype = input.Choose(kTypes);
    const std::size_t rank = input.Next() % 5;
    for (std::size_t k = 0; k < rank; ++k) tensor.shape.push_back(input.Choose(kSizes));
    const auto elements = ElementCount(tensor.shape);
    const auto bytes = elements ? ByteCount(tensor.dtype, *elements) : std::nullopt;
    if (!bytes || *bytes > kMostBytes || !names.insert(tensor.name).second) continue;
    tensor.elements = *elements;
    tensor.offset_bytes = begin;
    tensor.length_bytes = *bytes;
    begin += *bytes;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

bool SameBits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (a != a && b != b);
}

// A range decoded at once is the same as in two halves.
void DecodeRange(const PartReader& parts, const Tensor& tensor, std::uint64_t begin,
                 std::uint64_t count) {
  std::vector<float> whole(count), halves(count);
  DecodeElements(parts, tensor, begin, count, whole.data());
  const std::uint64_t half = count / 2;
  DecodeElements(parts, tensor, begin, half, halves.data());
  DecodeElements(parts, tensor, begin + half, count - half, halves.data() + half);
  Check(std::ranges::equal(whole, halves, SameBits), "the same by ranges");
  GridStepsOfElements(parts, tensor, begin, count, whole.data());
  Check(std::ranges::all_of(whole, [](float step) { return step >= 0; }), "steps");
}

void DecodeInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const QuantisationConfig config(nlohmann::json::parse(input.Choose(kConfigs)));
  std::vector<Tensor> tensors = TensorsOf(input);
  const std::uint64_t place = input.Next() * 257U, count = 1 + input.Next() * 17U;
  const auto* const rest = reinterpret_cast<const std::byte*>(input.rest());
  const RepeatedParts parts(std::vector<std::byte>(rest, rest + input.left()));
  try {
    DecodeStoredForms(tensors, config, &parts);
    for (const Tensor& tensor : tensors) {
      if (tensor.coded == nullptr || tensor.elements == 0) continue;
      Check(ElementCount(tensor.shape) == tensor.elements, "elements are the shape's product");
      const std::uint64_t begin = place % tensor.elements;
      DecodeRange(parts, tensor, begin, std::min(count, tensor.elements - begin));
      DecodeRange(parts, tensor, tensor.elements - 1, 1);
    }
  } catch (const Error& error) {
    Check(error.kind() == ErrorKind::kBadInput, "kind");
    Check(!error.site().tensor.empty() && error.site().offset_bytes.has_value(), "place");
  }
}

}  // namespace
}  // namespace modelkin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  modelkin::DecodeInput(data, size);
  return 0;
}
