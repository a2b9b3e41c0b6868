// bitsandbytes: 4-bit codes of a table (NF4, FP4), a maximum for each block of values, which may be
// quantised itself; and integers of 8 bits with one for each row. Sources: bitsandbytes
// functional.py (QuantState, dequantize_4bit), backends/default/ops.py, _ops.py
// (int8_vectorwise_dequant).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

using NibbleTable = std::array<float, 16>;

constexpr NibbleTable kNf4 = {-1.0F,
                              -0.6961928009986877F,
                              -0.5250730514526367F,
                              -0.39491748809814453F,
                              -0.28444138169288635F,
                              -0.18477343022823334F,
                              -0.09105003625154495F,
                              0.0F,
                              0.07958029955625534F,
                              0.16093020141124725F,
                              0.24611230194568634F,
                              0.33791524171829224F,
                              0.44070982933044434F,
                              0.5626170039176941F,
                              0.7229568362236023F,
                              1.0F};

constexpr NibbleTable kFp4 = {0.0F,
                              0.0052083334885537624F,
                              0.6666666865348816F,
                              1.0F,
                              0.3333333432674408F,
                              0.5F,
                              0.1666666716337204F,
                              0.25F,
                              0.0F,
                              -0.0052083334885537624F,
                              -0.6666666865348816F,
                              -1.0F,
                              -0.3333333432674408F,
                              -0.5F,
                              -0.1666666716337204F,
                              -0.25F};

// What "quant_state" says.
struct QuantState {
  const NibbleTable* table = nullptr;
  std::uint64_t block = 0;
  Shape shape;
  std::uint64_t elements = 0;
  std::uint64_t nested_block = 0;  // 0: maxima are stored as they are
  float nested_offset = 0;
};

struct FourBitParts {
  Tensor codes;
  Tensor maxima;                        // F32, or U8 codes of `nested_table`
  std::optional<Tensor> nested_maxima;  // F32
  std::optional<Tensor> nested_table;   // F32 [256]
};

// Elements are counted through the whole weight, as blocks are.
class FourBitDecoder : public GroupedDecoder {
 public:
  FourBitDecoder(FourBitParts parts, const QuantState& state)
      : GroupedDecoder(state.elements, StepsOfValues(*state.table)),
        parts_(std::move(parts)),
        state_(state) {
    levels_.fill(0);
    std::ranges::copy(*state.table, levels_.begin());
  }

 private:
  const std::array<float, 256>& Levels() const override { return levels_; }

  void Fill(const PartReader& parts, std::uint64_t, std::uint64_t begin, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t first_byte = begin / 2, end_byte = (begin + count + 1) / 2;
    const auto packed = parts.Read(parts_.codes, first_byte, end_byte - first_byte, run.scratch[0]);
    run.unpacked.resize(2 * packed.size());
    for (std::size_t i = 0; i < packed.size(); ++i) {
      run.unpacked[2 * i] = packed[i] >> 4;  // the high nibble first
      run.unpacked[2 * i + 1] = packed[i] & std::byte{15};
    }
    run.codes = std::span<const std::byte>(run.unpacked).subspan(begin % 2, count);
    run.group_length = state_.block;
    run.first_in_group = begin % state_.block;
    run.scales.resize(run.Groups(count));
    ReadMaxima(parts, begin / state_.block, run);
  }

  void ReadMaxima(const PartReader& parts, std::uint64_t first, CodeRun& run) const {
    const std::uint64_t count = run.scales.size();
    if (!parts_.nested_maxima) {
      ReadNumbers(parts, parts_.maxima, first, count, run.scratch[1], run.scales.data());
      return;
    }
    const auto codes = parts.Read(parts_.maxima, first, count, run.scratch[1]);
    std::array<float, 256> table;
    ReadNumbers(parts, *parts_.nested_table, 0, table.size(), run.scratch[2], table.data());
    const std::uint64_t first_block = first / state_.nested_block;
    std::vector<float> maxima((first + count - 1) / state_.nested_block - first_block + 1);
    ReadNumbers(parts, *parts_.nested_maxima, first_block, maxima.size(), run.scratch[2],
                maxima.data());
    for (std::uint64_t i = 0; i < count; ++i) {
      const float maximum = maxima[(first + i) / state_.nested_block - first_block];
      run.scales[i] = table[std::to_integer<std::size_t>(codes[i])] * maximum;
      run.scales[i] += state_.nested_offset;
    }
  }

  void Values(const CodeRun& run, float* out) const override {
    const NibbleTable& table = *state_.table;
    const std::uint64_t count = run.codes.size();
    std::uint64_t end = run.group_length - run.first_in_group;
    for (std::uint64_t i = 0, group = 0; i < count; ++group, end += run.group_length) {
      const float scale = run.scales[group];
      for (const std::uint64_t to = std::min(end, count); i < to; ++i) {
        out[i] = table[std::to_integer<std::size_t>(run.codes[i])] * scale;
      }
    }
  }

  FourBitParts parts_;
  QuantState state_;
  std::array<float, 256> levels_;
};

[[noreturn]] void FailState(const Tensor& tensor) {
  FailForm(tensor, "is not the state of a bitsandbytes weight: quant_type, blocksize and shape");
}

std::uint64_t SizeIn(const nlohmann::json& state, const char* key, const Tensor& tensor) {
  const auto found = state.find(key);
  if (found == state.end() || !found->is_number_unsigned()) FailState(tensor);
  return found->get<std::uint64_t>();
}

QuantState ReadQuantState(const Tensor& tensor, std::span<const std::byte> bytes,
                          const NibbleTable& table) {
  const auto* const text = reinterpret_cast<const char*>(bytes.data());
  // Settings lie side by side, and a shape in them: deeper nesting is refused before it is parsed.
  if (std::count(text, text + bytes.size(), '[') + std::count(text, text + bytes.size(), '{') >
      64) {
    FailState(tensor);
  }
  const nlohmann::json json = nlohmann::json::parse(text, text + bytes.size(), nullptr, false);
  if (!json.is_object()) FailState(tensor);
  QuantState state{.table = &table, .block = SizeIn(json, "blocksize", tensor)};
  const auto shape = json.find("shape");
  if (shape == json.end() || !shape->is_array() || shape->size() > 8) FailState(tensor);
  for (const nlohmann::json& size : *shape) {
    if (!size.is_number_unsigned()) FailState(tensor);
    state.shape.push_back(size.get<std::uint64_t>());
  }
  const auto elements = ElementCount(state.shape);
  if (!elements || *elements == 0 || state.block == 0 || state.block > *elements + 4096) {
    FailState(tensor);
  }
  state.elements = *elements;
  if (!json.contains("nested_blocksize")) return state;
  state.nested_block = SizeIn(json, "nested_blocksize", tensor);
  const auto offset = json.find("nested_offset");
  if (state.nested_block == 0 || offset == json.end() || !offset->is_number()) FailState(tensor);
  state.nested_offset = static_cast<float>(offset->get<double>());
  return state;
}

// The parts of a weight, after checking that they are as many as the state says.
FourBitParts FourBitPartsOf(const Tensor& codes, const QuantState& state,
                            const StoredTensors& all) {
  if (codes.length_bytes != CeilingOf(state.elements, 2)) {
    FailForm(codes, fmt::format("{} bytes hold no {} codes of 4 bits", codes.length_bytes,
                                state.elements));
  }
  const auto need = [&](std::string_view ending, DType type, std::uint64_t count) {
    const Tensor* const part = all.Find(codes.name, ending);
    if (part == nullptr) FailForm(codes, fmt::format("{}{} is missing", codes.name, ending));
    if (part->dtype != type || part->elements != count) {
      FailForm(*part, fmt::format("{} {} where {} {} are right", DTypeName(part->dtype),
                                  ShapeText(part->shape), count, DTypeName(type)));
    }
    return *part;
  };
  const std::uint64_t blocks = CeilingOf(state.elements, state.block);
  FourBitParts parts{.codes = codes, .maxima = {}, .nested_maxima = {}, .nested_table = {}};
  if (state.nested_block == 0) {
    parts.maxima = need(".absmax", DType::kF32, blocks);
    return parts;
  }
  parts.maxima = need(".absmax", DType::kU8, blocks);
  parts.nested_maxima = need(".nested_absmax", DType::kF32, CeilingOf(blocks, state.nested_block));
  parts.nested_table = need(".nested_quant_map", DType::kF32, 256);
  return parts;
}

GroupsLayout LayoutOfFourBits(const FourBitParts& parts, const QuantState& state, bool is_nf4) {
  GroupsLayout layout{.rule = GroupRule::kMaxima,
                      .codes = is_nf4 ? CodeSet::kNf4 : CodeSet::kFp4,
                      .bits = 4,
                      .rows = 1,
                      .columns = state.elements,
                      .block_columns = state.block,
                      .scales = parts.maxima};
  if (parts.nested_maxima) {
    layout.nested = NestedMaxima{.block = state.nested_block,
                                 .codes = parts.maxima,
                                 .maxima = *parts.nested_maxima,
                                 .table = *parts.nested_table,
                                 .offset = state.nested_offset};
  }
  return layout;
}

// int8 * SCB, and then the inverse of 127.
class RowMaximaDecoder : public ScaledDecoder {
 public:
  RowMaximaDecoder(const Tensor& codes, const Tensor& maxima)
      : ScaledDecoder(codes.shape[1], DType::kI8, MakeSteps()), codes_(codes), maxima_(maxima) {}

 private:
  static constexpr float kInverse = 7.874015718698502e-3F;

  static CodeSteps MakeSteps() {
    CodeSteps steps;
    steps.fill(kInverse);
    return steps;
  }

  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    run.codes = parts.Read(codes_, row * codes_.shape[1] + column, count, run.scratch[0]);
    run.group_length = count;
    run.first_in_group = 0;
    run.scales.resize(1);
    ReadNumbers(parts, maxima_, row, 1, run.scratch[1], run.scales.data());
  }

  void Values(const CodeRun& run, float* out) const override {
    ScaledDecoder::Values(run, out);
    for (std::uint64_t i = 0; i < run.codes.size(); ++i) out[i] *= kInverse;
  }

  Tensor codes_;
  Tensor maxima_;
};

}  // namespace

std::optional<Tensor> FindBitsandbytes4(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig&) {
  if (codes.elements == 0) return std::nullopt;
  const Tensor* state_tensor = all.Find(codes.name, ".quant_state.bitsandbytes__nf4");
  const bool is_nf4 = state_tensor != nullptr;
  if (!is_nf4) state_tensor = all.Find(codes.name, ".quant_state.bitsandbytes__fp4");
  if (state_tensor == nullptr) return std::nullopt;
  const auto bytes = all.Content(*state_tensor);
  if (!bytes) return std::nullopt;
  const QuantState state = ReadQuantState(*state_tensor, *bytes, is_nf4 ? kNf4 : kFp4);
  FourBitParts parts = FourBitPartsOf(codes, state, all);
  const GroupsLayout layout = LayoutOfFourBits(parts, state, is_nf4);
  CodedWeight coded{
      .coding = Coding::kBitsandbytes4,
      .label = fmt::format("{} (bitsandbytes), blocks of {}{}", is_nf4 ? "NF4" : "FP4", state.block,
                           state.nested_block > 0 ? ", double quantisation" : ""),
      .block = fmt::format("{} values", state.block),
      .is_quantised = true,
      .rounded_share = kRoundedShareOfFloats4,
      .parts = PartsOf(codes, {state_tensor}),
      .decoder = std::make_shared<FourBitDecoder>(std::move(parts), state),
      .layout = layout};
  static constexpr std::array<std::string_view, 4> kOthersOfFourBits = {
      ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"};
  AddOthers(codes.name, kOthersOfFourBits, all, coded);
  return MakeCodedWeight(codes.name, state.shape, std::move(coded));
}

std::optional<Tensor> FindBitsandbytes8(const Tensor& codes, const StoredTensors& all,
                                        const QuantisationConfig&) {
  const auto stem = StemOf(codes.name, ".weight");
  if (!stem || codes.dtype != DType::kI8 || codes.shape.size() != 2 || codes.elements == 0) {
    return std::nullopt;
  }
  const Tensor* maxima = all.Find(*stem, ".SCB");
  if (maxima == nullptr) maxima = all.Find(codes.name, ".SCB");
  if (maxima == nullptr) return std::nullopt;
  RequireShape(*maxima, std::array{DType::kF32}, {codes.shape[0]}, "maxima of rows");
  CodedWeight coded{.coding = Coding::kBitsandbytes8,
                    .label = "INT8 (bitsandbytes), one scale a row",
                    .block = "a row",
                    .is_quantised = true,
                    .parts = PartsOf(codes, {maxima}),
                    .decoder = std::make_shared<RowMaximaDecoder>(codes, *maxima),
                    .layout = GroupsLayout{.rule = GroupRule::kMaxima,
                                           .codes = CodeSet::kSigned,
                                           .rows = codes.shape[0],
                                           .columns = codes.shape[1],
                                           .block_columns = codes.shape[1],
                                           .scales = *maxima}};
  static constexpr std::array<std::string_view, 2> kOthersOfEightBits = {".weight_format",
                                                                         ".weight.weight_format"};
  AddOthers(*stem, kOthersOfEightBits, all, coded);
  return MakeCodedWeight(codes.name, codes.shape, std::move(coded));
}

}  // namespace modelkin::forms
