#include "storage/gguf/gguf_linear_attention.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "storage/gguf/undone_weight.h"

namespace modelkin {
namespace {

// Far more than any model has; so that no product of them overflows.
constexpr std::uint64_t kMostOfEach = std::uint64_t{1} << 14;

Tensor ViewOf(const Tensor& tensor, Shape shape, std::uint64_t offset, Shape dimensions,
              std::vector<std::uint64_t> strides) {
  Tensor part = tensor;
  part.elements = *ElementCount(shape);
  part.shape = std::move(shape);
  part.view = std::make_shared<const TensorView>(
      TensorView{tensor.stored_name(), offset, std::move(dimensions), std::move(strides)});
  return part;
}

// Of value heads that are stored in turn, `begin` elements into the tensor: those of each key head
// one after the other. `unit`: elements of a head.
Tensor Untiled(const Tensor& tensor, const DeltaRuleSizes& sizes, std::uint64_t begin,
               std::uint64_t unit, Shape shape) {
  const std::uint64_t share = sizes.value_heads / sizes.key_heads;
  return ViewOf(tensor, std::move(shape), begin, {sizes.key_heads, share, unit},
                {unit, sizes.key_heads * unit, 1});
}

// Rows of all keys' channels as they are, then those of values.
std::optional<Tensor> WithValuesUntiled(const Tensor& tensor, const std::string& name,
                                        const DeltaRuleSizes& sizes) {
  const std::uint64_t keys = 2 * sizes.key_heads * sizes.key_dim;
  const std::uint64_t values = sizes.value_heads * sizes.value_dim;
  if (tensor.shape.front() != keys + values) return std::nullopt;
  const std::uint64_t row = tensor.elements / tensor.shape.front();
  Shape shape = tensor.shape;
  if (name.ends_with(".conv1d.weight")) shape = {tensor.shape.front(), 1, row};
  return Joined({tensor},
                {ViewOf(tensor, {1, keys, row}, 0, {keys, row}, {row, 1}),
                 Untiled(tensor, sizes, keys * row, sizes.value_dim * row, {1, values, row})},
                name, std::move(shape));
}

std::optional<Tensor> WithColumnsUntiled(const Tensor& tensor, const std::string& name,
                                         const DeltaRuleSizes& sizes) {
  const std::uint64_t columns = sizes.value_heads * sizes.value_dim;
  if (tensor.shape.size() != 2 || tensor.shape[1] != columns) return std::nullopt;
  const std::uint64_t share = sizes.value_heads / sizes.key_heads, unit = sizes.value_dim;
  Tensor part = ViewOf(tensor, tensor.shape, 0, {tensor.shape[0], sizes.key_heads, share, unit},
                       {columns, unit, sizes.key_heads * unit, 1});
  part.name = name;
  return part;
}

}  // namespace

bool DeltaRuleSizes::valid() const {
  const std::uint64_t largest = std::max({key_heads, value_heads, key_dim, value_dim});
  return key_heads > 0 && value_heads > 0 && key_dim > 0 && value_dim > 0 &&
         largest <= kMostOfEach && value_heads % key_heads == 0;
}

DeltaRuleSizes DeltaRuleSizesOf(const nlohmann::json& config) {
  const auto size = [&](const char* key) {
    const auto found = config.find(key);
    return found != config.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  return {.key_heads = size("linear_num_key_heads"),
          .value_heads = size("linear_num_value_heads"),
          .key_dim = size("linear_key_head_dim"),
          .value_dim = size("linear_value_head_dim")};
}

std::optional<Tensor> InPublishedHeadOrder(const Tensor& tensor, const std::string& name,
                                           const DeltaRuleSizes& sizes) {
  constexpr std::string_view kLayer = ".linear_attn.";
  const std::size_t at = name.find(kLayer);
  if (at == std::string::npos || !sizes.valid() || sizes.key_heads == sizes.value_heads ||
      tensor.shape.empty() || tensor.elements == 0) {
    return std::nullopt;
  }
  const std::string_view part = std::string_view(name).substr(at + kLayer.size());
  if (part == "in_proj_qkv.weight" || part == "conv1d.weight") {
    return WithValuesUntiled(tensor, name, sizes);
  }
  if (part == "out_proj.weight") return WithColumnsUntiled(tensor, name, sizes);
  const bool heads = part == "in_proj_a.weight" || part == "in_proj_b.weight" || part == "A_log" ||
                     part == "dt_bias";
  if (!heads && part != "in_proj_z.weight") return std::nullopt;
  const std::uint64_t rows = sizes.value_heads * (heads ? 1 : sizes.value_dim);
  if (tensor.shape.front() != rows) return std::nullopt;
  Tensor untiled = Untiled(tensor, sizes, 0, tensor.elements / sizes.value_heads, tensor.shape);
  untiled.name = name;
  return untiled;
}

std::optional<Tensor> InterleavedByKeyHead(const Tensor& qkv, const Tensor& z, std::string name,
                                           const DeltaRuleSizes& sizes) {
  if (!sizes.valid() || qkv.shape.size() != 2 || z.shape.size() != 2 ||
      qkv.shape[1] != z.shape[1]) {
    return std::nullopt;
  }
  const std::uint64_t heads = sizes.key_heads, row = qkv.shape[1];
  const std::uint64_t keys = heads * sizes.key_dim, values = sizes.value_heads * sizes.value_dim;
  if (qkv.shape[0] != 2 * keys + values || z.shape[0] != values) return std::nullopt;
  const auto of_heads = [&](const Tensor& tensor, std::uint64_t first_row, std::uint64_t rows) {
    const std::uint64_t each = rows / heads;
    return ViewOf(tensor, {heads, each, row}, first_row * row, {heads, each, row},
                  {each * row, row, 1});
  };
  return Joined({qkv, z},
                {of_heads(qkv, 0, keys), of_heads(qkv, keys, keys), of_heads(qkv, 2 * keys, values),
                 of_heads(z, 0, values)},
                std::move(name), {2 * keys + 2 * values, row});
}

}  // namespace modelkin
