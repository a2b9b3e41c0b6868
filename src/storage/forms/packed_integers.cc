// Integers of 2 to 8 bits in 32-bit words, with scales for groups of a row or rows: compressed-
// tensors' pack-quantized. Source: compressed_tensors compressors/pack_quantized; those before 0.14
// put whole codes in each word.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "kernels/scaled_codes.h"
#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kWordBits = 32;
constexpr std::uint64_t kMostOrderedGroups = 1 << 16;  // all of a row are read at once

// How codes lie in words.
struct WordPacking {
  std::uint64_t bits = 0;
  bool is_dense = true;  // else a code never lies in two words

  std::uint64_t Words(std::uint64_t codes) const {
    return is_dense ? codes / kWordBits * bits + CeilingOf(codes % kWordBits * bits, kWordBits)
                    : CeilingOf(codes, kWordBits / bits);
  }
};

struct PackedShape {
  WordPacking packing;
  std::uint64_t rows = 0;  // of a matrix; there may be several
  std::uint64_t columns = 0;
  std::uint64_t words = 0;   // of a row
  std::uint64_t groups = 0;  // of a row, or 1
  std::uint64_t group_length = 0;
};

struct PackedParts {
  Tensor codes;
  Tensor scales;
  std::optional<Tensor> zeros;
  std::optional<Tensor> group_of_column;
};

class PackedIntegersDecoder : public ScaledDecoder {
 public:
  PackedIntegersDecoder(PackedParts parts, const PackedShape& shape)
      : ScaledDecoder(shape.columns, DType::kU8, StepsOfType(DType::kU8)),
        parts_(std::move(parts)),
        shape_(shape) {}

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    ReadCodes(parts, row, column, count, run);
    run.codes = run.unpacked;
    if (parts_.group_of_column) {
      FillByColumn(parts, row, column, count, run);
      return;
    }
    run.group_length = shape_.group_length;
    run.first_in_group = column % shape_.group_length;
    const std::uint64_t first = column / shape_.group_length, groups = run.Groups(count);
    run.scales.resize(groups);
    run.offsets.resize(groups);
    ReadGroups(parts, row, first, groups, run.scratch[1], run.scales.data(), run.offsets.data());
  }

  void ReadCodes(const PartReader& parts, std::uint64_t row, std::uint64_t column,
                 std::uint64_t count, CodeRun& run) const {
    const std::uint64_t bits = shape_.packing.bits, of_row = row * shape_.words * 4;
    run.unpacked.resize(count);
    if (shape_.packing.is_dense) {
      const std::uint64_t begin = column * bits / 8, end = ((column + count) * bits + 7) / 8;
      const auto bytes = parts.Read(parts_.codes, of_row + begin, end - begin, run.scratch[0]);
      UnpackCodes(bytes.data(), column * bits % 8, bits, count, run.unpacked.data());
      return;
    }
    const std::uint64_t in_word = kWordBits / bits;
    const std::uint64_t begin = column / in_word, end = (column + count - 1) / in_word + 1;
    const auto bytes =
        parts.Read(parts_.codes, of_row + begin * 4, (end - begin) * 4, run.scratch[0]);
    for (std::uint64_t done = 0; done < count;) {
      const std::uint64_t at = column + done, place = at % in_word;
      const std::uint64_t taken = std::min(count - done, in_word - place);
      const std::uint64_t first_bit = (at / in_word - begin) * kWordBits + place * bits;
      UnpackCodes(bytes.data() + first_bit / 8, first_bit % 8, bits, taken,
                  run.unpacked.data() + done);
      done += taken;
    }
  }

  // With a group for each column, each column has a scale of its own.
  void FillByColumn(const PartReader& parts, std::uint64_t row, std::uint64_t column,
                    std::uint64_t count, CodeRun& run) const {
    run.group_length = 1;
    run.first_in_group = 0;
    std::vector<float> scales(shape_.groups), offsets(shape_.groups);
    ReadGroups(parts, row, 0, shape_.groups, run.scratch[1], scales.data(), offsets.data());
    const Tensor& group_of = *parts_.group_of_column;
    const auto bytes = parts.Read(group_of, column * 4, count * 4, run.scratch[2]);
    run.scales.resize(count);
    run.offsets.resize(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::int32_t group = 0;
      std::memcpy(&group, bytes.data() + i * 4, 4);
      // -1 where the order of columns is that of groups.
      const std::uint64_t at =
          group == -1 ? (column + i) / shape_.group_length : static_cast<std::uint32_t>(group);
      if (at >= shape_.groups) {
        FailForm(group_of, fmt::format("column {} is of group {}, there are {}", column + i, group,
                                       shape_.groups));
      }
      run.scales[i] = scales[at];
      run.offsets[i] = offsets[at];
    }
  }

  // Scales, and what is subtracted from codes, of groups of a row.
  void ReadGroups(const PartReader& parts, std::uint64_t row, std::uint64_t first,
                  std::uint64_t count, std::vector<std::byte>& scratch, float* scales,
                  float* offsets) const {
    const bool one = parts_.scales.elements == 1;
    const std::uint64_t at = one ? 0 : row * shape_.groups + first;
    ReadNumbers(parts, parts_.scales, at, count, scratch, scales);
    const float middle = static_cast<float>(1U << (shape_.packing.bits - 1));
    std::fill_n(offsets, count, middle);
    if (!parts_.zeros) return;
    if (parts_.zeros->dtype == DType::kI8) {
      ReadNumbers(parts, *parts_.zeros, at, count, scratch, offsets);
      for (std::uint64_t i = 0; i < count; ++i) offsets[i] += middle;
      return;
    }
    ReadPackedZeros(parts, row, first, count, scratch, offsets);
  }

  // Zero points of rows below each other are packed as codes beside each other are.
  void ReadPackedZeros(const PartReader& parts, std::uint64_t row, std::uint64_t first,
                       std::uint64_t count, std::vector<std::byte>& scratch, float* offsets) const {
    const WordPacking& packing = shape_.packing;
    const std::uint64_t in_matrix = row % shape_.rows;
    const std::uint64_t in_word = kWordBits / packing.bits;
    const std::uint64_t first_bit =
        packing.is_dense ? in_matrix * packing.bits
                         : in_matrix / in_word * kWordBits + in_matrix % in_word * packing.bits;
    const std::uint64_t line =
        row / shape_.rows * packing.Words(shape_.rows) + first_bit / kWordBits;
    const std::uint64_t shift = first_bit % kWordBits;
    const bool straddles = shift + packing.bits > kWordBits;
    std::vector<std::uint64_t> words(count);
    for (std::uint64_t k = 0; k < (straddles ? 2 : 1); ++k) {
      const auto bytes =
          parts.Read(*parts_.zeros, ((line + k) * shape_.groups + first) * 4, count * 4, scratch);
      for (std::uint64_t i = 0; i < count; ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + i * 4, 4);
        words[i] |= static_cast<std::uint64_t>(word) << (k * kWordBits);
      }
    }
    const std::uint64_t mask = (1U << packing.bits) - 1;
    for (std::uint64_t i = 0; i < count; ++i) {
      offsets[i] = static_cast<float>(words[i] >> shift & mask);
    }
  }

  PackedParts parts_;
  PackedShape shape_;
};

// The widths that the config's groups have; none where it has none.
std::set<std::uint64_t> SaidBits(const QuantisationConfig& config) {
  std::set<std::uint64_t> said;
  const nlohmann::json* const groups = config.Find("config_groups");
  if (groups == nullptr || !groups->is_object()) return said;
  for (const nlohmann::json& group : *groups) {
    const auto weights = group.is_object() ? group.find("weights") : group.end();
    if (!group.is_object() || weights == group.end() || !weights->is_object()) continue;
    const auto bits = weights->find("num_bits");
    if (bits != weights->end() && bits->is_number_unsigned()) said.insert(bits->get<unsigned>());
  }
  return said;
}

// Returns how rows of that many codes can fill so many words: of several packings with codes of one
// width, the dense one.
std::vector<WordPacking> PackingsOf(std::uint64_t columns, std::uint64_t words,
                                    const std::set<std::uint64_t>& said) {
  std::vector<WordPacking> found;
  for (std::uint64_t bits = 2; bits <= 8; ++bits) {
    if (!said.empty() && !said.contains(bits)) continue;
    for (const bool is_dense : {true, false}) {
      const WordPacking packing{.bits = bits, .is_dense = is_dense};
      if (packing.Words(columns) != words) continue;
      found.push_back(packing);
      break;
    }
  }
  return found;
}

// The columns that "weight_shape" tells; 0 without it.
std::uint64_t SaidColumns(const Tensor* shape, const Tensor& codes, const StoredTensors& all) {
  if (shape == nullptr) return 0;
  const bool is_wide = shape->dtype == DType::kI64;
  if ((!is_wide && shape->dtype != DType::kI32) || shape->elements != codes.shape.size()) {
    FailForm(*shape, fmt::format("{} {} can't be the shape of {}", DTypeName(shape->dtype),
                                 ShapeText(shape->shape), ShapeText(codes.shape)));
  }
  const auto bytes = all.Content(*shape);
  if (!bytes) return 0;
  Shape said(codes.shape.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (is_wide) {
      std::memcpy(&said[i], bytes->data() + i * 8, 8);
    } else {
      std::uint32_t size = 0;
      std::memcpy(&size, bytes->data() + i * 4, 4);
      said[i] = size;
    }
  }
  if (!std::equal(said.begin(), said.end() - 1, codes.shape.begin()) ||
      said.back() > codes.shape.back() * (kWordBits / 2)) {
    FailForm(*shape,
             fmt::format("says {}, the codes are {}", ShapeText(said), ShapeText(codes.shape)));
  }
  return said.back();
}

// Groups of rows: scales of as many dimensions as the codes, or one for all.
std::optional<std::uint64_t> GroupsOfRow(const Shape& codes, const Tensor& scales) {
  if (scales.elements == 1) return 1;
  const Shape& shape = scales.shape;
  if (shape.size() == codes.size() && std::equal(shape.begin(), shape.end() - 1, codes.begin())) {
    return shape.back() == 0 ? std::nullopt : std::optional(shape.back());
  }
  const bool of_rows =
      shape.size() + 1 == codes.size() && std::equal(shape.begin(), shape.end(), codes.begin());
  return of_rows ? std::optional<std::uint64_t>(1) : std::nullopt;
}

constexpr std::array<std::uint64_t, 5> kUsualGroups = {128, 64, 32, 256, 16};

// Returns the columns of a group.
std::uint64_t GroupLengthOf(const Tensor& scales, const PackedShape& shape) {
  if (shape.columns % shape.groups == 0) return shape.columns / shape.groups;
  // The last group is cut: the usual length that makes as many.
  const auto* const usual = std::ranges::find_if(kUsualGroups, [&](std::uint64_t length) {
    return CeilingOf(shape.columns, length) == shape.groups;
  });
  if (usual == kUsualGroups.end()) {
    FailForm(scales, fmt::format("{} groups of {} columns", shape.groups, shape.columns));
  }
  return *usual;
}

}  // namespace

std::optional<Tensor> FindPackedIntegers(const Tensor& codes, const StoredTensors& all,
                                         const QuantisationConfig& config) {
  const auto name = StemOf(codes.name, "_packed");
  if (!name || codes.dtype != DType::kI32 || codes.elements == 0 || codes.shape.size() < 2) {
    return std::nullopt;
  }
  const Tensor* const scales = all.Find(*name, "_scale");
  const Tensor* const said_shape = all.Find(*name, "_shape");
  if (scales == nullptr || said_shape == nullptr) return std::nullopt;
  const std::uint64_t said = SaidColumns(said_shape, codes, all);
  if (said == 0) return std::nullopt;
  const auto groups = GroupsOfRow(codes.shape, *scales);
  if (!groups || !IsScaleType(scales->dtype)) {
    FailForm(*scales, fmt::format("{} {} can't be scales of codes {}", DTypeName(scales->dtype),
                                  ShapeText(scales->shape), ShapeText(codes.shape)));
  }
  PackedShape shape{.packing = {},
                    .rows = codes.shape[codes.shape.size() - 2],
                    .columns = said,
                    .words = codes.shape.back(),
                    .groups = *groups,
                    .group_length = 0};
  const auto packings = PackingsOf(said, shape.words, SaidBits(config));
  if (packings.empty()) {
    FailForm(codes, fmt::format("{} codes of 2 to 8 bits do not fill {} words of a row", said,
                                shape.words));
  }
  if (packings.size() > 1) return std::nullopt;  // the config would have to tell
  shape.packing = packings.front();
  shape.group_length = GroupLengthOf(*scales, shape);
  PackedParts parts{.codes = codes, .scales = *scales, .zeros = {}, .group_of_column = {}};
  if (const Tensor* const zeros = all.Find(*name, "_zero_point")) {
    if (zeros->dtype != DType::kI8 || zeros->elements != scales->elements) {
      Shape packed(codes.shape.begin(), codes.shape.end() - 2);
      packed.push_back(shape.packing.Words(shape.rows));
      packed.push_back(shape.groups);
      RequireShape(*zeros, std::array{DType::kI32}, packed, "zero points");
    }
    parts.zeros = *zeros;
  }
  if (const Tensor* const order = all.Find(*name, "_g_idx")) {
    RequireShape(*order, std::array{DType::kI32}, {shape.columns}, "groups of columns");
    if (shape.groups > kMostOrderedGroups) {
      FailForm(*order, fmt::format("orders {} groups, at most {} can be right", shape.groups,
                                   kMostOrderedGroups));
    }
    parts.group_of_column = *order;
  }
  Shape weight(codes.shape.begin(), codes.shape.end() - 1);
  weight.push_back(shape.columns);
  const bool of_rows = shape.groups == 1;
  const GroupsLayout layout{
      .rule = parts.group_of_column || parts.zeros ? GroupRule::kAnyGrid : GroupRule::kMagnitude,
      .codes = CodeSet::kUnsigned,
      .bits = static_cast<unsigned>(shape.packing.bits),
      .rows = RowsOf(weight),
      .columns = shape.columns,
      .block_rows = scales->elements == 1 ? RowsOf(weight) : 1,
      .block_columns = shape.group_length,
      .scales = *scales};
  CodedWeight coded{
      .coding = Coding::kCompressedTensors,
      .label = fmt::format("INT{} (compressed-tensors), {}{}{}", shape.packing.bits,
                           scales->elements == 1 ? "one scale"
                           : of_rows             ? std::string("one scale a row")
                                                 : fmt::format("groups of {}", shape.group_length),
                           parts.zeros ? ", zero points" : "",
                           parts.group_of_column ? ", act-order" : ""),
      .block = scales->elements == 1 ? "the tensor"
               : of_rows             ? "a row"
                                     : fmt::format("{} values of a row", shape.group_length),
      .is_quantised = true,
      .rounded_share = kRoundedShareOfGptq,
      .parts = PartsOf(
          codes, {scales, said_shape, all.Find(*name, "_zero_point"), all.Find(*name, "_g_idx")}),
      .decoder = std::make_shared<PackedIntegersDecoder>(std::move(parts), shape),
      .layout = layout};
  static constexpr std::array<std::string_view, 4> kOthersOfIntegers = {
      ".input_scale", ".input_zero_point", ".input_global_scale", ".output_scale"};
  AddOthers(StemOf(*name, ".weight").value_or(*name), kOthersOfIntegers, all, coded);
  return MakeCodedWeight(std::string(*name), std::move(weight), std::move(coded));
}

}  // namespace modelkin::forms
