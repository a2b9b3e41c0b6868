// MLX: a little-endian stream of bits for each row, in words of 32, with a scale and a bias for
// each group; or 4- and 8-bit floats with a scale alone. Source: mlx.core.quantize,
// mlx.nn.quantize.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "kernels/scaled_codes.h"
#include "storage/forms/forms.h"
#include "storage/forms/grouped_decoder.h"
#include "storage/forms/parts.h"
#include "storage/forms/scales.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kMlxWordBits = 32;

struct MlxGroups {
  std::uint64_t bits = 0;
  std::uint64_t length = 0;
  std::uint64_t columns = 0;
};

class MlxDecoder : public GroupedDecoder {
 public:
  MlxDecoder(const Tensor& codes, const Tensor& scales, const Tensor& biases, MlxGroups groups)
      : GroupedDecoder(groups.columns, StepsOfType(DType::kU8)),
        codes_(codes),
        scales_(scales),
        biases_(biases),
        groups_(groups) {}

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t first_bit = (row * groups_.columns + column) * groups_.bits;
    const std::uint64_t begin = first_bit / 8;
    const std::uint64_t end = (first_bit + count * groups_.bits + 7) / 8;
    const auto bytes = parts.Read(codes_, begin, end - begin, run.scratch[0]);
    run.unpacked.resize(count);
    UnpackCodes(bytes.data(), first_bit % 8, groups_.bits, count, run.unpacked.data());
    run.codes = run.unpacked;
    run.group_length = groups_.length;
    run.first_in_group = column % groups_.length;
    const std::uint64_t first = (row * groups_.columns + column) / groups_.length;
    run.scales.resize(run.Groups(count));
    run.offsets.resize(run.scales.size());
    ReadNumbers(parts, scales_, first, run.scales.size(), run.scratch[1], run.scales.data());
    ReadNumbers(parts, biases_, first, run.scales.size(), run.scratch[2], run.offsets.data());
  }

  void Values(const CodeRun& run, float* out) const override {
    StretchCodes(run.codes.data(), run.codes.size(),
                 {.length = run.group_length,
                  .first = run.first_in_group,
                  .scales = run.scales.data(),
                  .offsets = run.offsets.data()},
                 out);
  }

  const std::array<float, 256>& Levels() const override { return LevelsOfType(DType::kU8); }

  Tensor codes_;
  Tensor scales_;
  Tensor biases_;
  MlxGroups groups_;
};

// Floats of 4 or 8 bits; scales are bytes: E4M3 of NVFP4, else exponents.
class MlxFloatsDecoder : public ScaledDecoder {
 public:
  MlxFloatsDecoder(const Tensor& codes, const Tensor& scales, MlxGroups groups)
      : ScaledDecoder(groups.columns, groups.bits == 4 ? DType::kF8E5M2 : DType::kF8E4M3,
                      groups.bits == 4 ? StepsOfNibbleFloats(false) : StepsOfType(DType::kF8E4M3)),
        codes_(codes),
        scales_(scales),
        groups_(groups) {
    if (groups.length == 16) scales_.dtype = DType::kF8E4M3;
  }

 private:
  void Fill(const PartReader& parts, std::uint64_t row, std::uint64_t column, std::uint64_t count,
            CodeRun& run) const override {
    const std::uint64_t begin = row * groups_.columns + column;
    if (groups_.bits == 8) {
      run.codes = parts.Read(codes_, begin, count, run.scratch[0]);
    } else {
      ReadNibbleFloats(parts, codes_, begin, count, run);
    }
    run.group_length = groups_.length;
    run.first_in_group = begin % groups_.length;
    run.scales.resize(run.Groups(count));
    const std::uint64_t first = begin / groups_.length;
    if (scales_.dtype == DType::kU8) {
      ReadExponents(parts, scales_, first, run.scales.size(), 0, run.scratch[1], run.scales.data());
    } else {
      ReadNumbers(parts, scales_, first, run.scales.size(), run.scratch[1], run.scales.data());
    }
  }

  Tensor codes_;
  Tensor scales_;
  MlxGroups groups_;
};

WeightLayout LayoutOfMlx(const Shape& shape, const Tensor& scales, const MlxGroups& groups,
                         bool is_affine) {
  GroupsLayout layout{.rule = GroupRule::kAffine,
                      .codes = CodeSet::kUnsigned,
                      .bits = static_cast<unsigned>(groups.bits),
                      .rows = RowsOf(shape),
                      .columns = groups.columns,
                      .block_columns = groups.length,
                      .scales = scales};
  if (is_affine) return layout;
  if (groups.length == 16) return std::monostate();  // no scale of the tensor: nobody's yet
  layout.rule = GroupRule::kPowers;
  layout.codes = groups.bits == 4 ? CodeSet::kE2M1 : CodeSet::kE4M3;
  layout.scales_are_exponents = true;
  return layout;
}

// What the config says of a layer: its own entry, under its name, or that of all.
struct MlxSettings {
  std::uint64_t bits = 0;  // 0 where it is not said
  std::uint64_t length = 0;
  std::string mode = "affine";
};

MlxSettings SettingsOf(std::string_view layer, const QuantisationConfig& config) {
  MlxSettings settings{.bits = config.Size("bits").value_or(0),
                       .length = config.Size("group_size").value_or(0)};
  if (const std::string mode = config.Text("mode"); !mode.empty()) settings.mode = mode;
  const nlohmann::json* const own = config.Find(layer);
  if (own == nullptr || !own->is_object()) return settings;
  const auto size = [&](const char* key, std::uint64_t& to) {
    const auto found = own->find(key);
    if (found != own->end() && found->is_number_unsigned()) to = found->get<std::uint64_t>();
  };
  size("bits", settings.bits);
  size("group_size", settings.length);
  const auto mode = own->find("mode");
  if (mode != own->end() && mode->is_string()) settings.mode = mode->get<std::string>();
  return settings;
}

constexpr std::array<std::uint64_t, 6> kMlxWidths = {2, 3, 4, 5, 6, 8};
constexpr std::array<std::uint64_t, 3> kMlxGroups = {32, 64, 128};

// The one division into groups that fits words and scales: as the config says, with the length that
// it says, or the only one there is. Nothing where there are several, or none.
std::optional<MlxGroups> FindMlxGroups(std::uint64_t words, std::uint64_t scales,
                                       const MlxSettings& said) {
  if (scales == 0) return std::nullopt;
  std::optional<MlxGroups> of_length, only;
  std::size_t found = 0;
  for (const std::uint64_t length : kMlxGroups) {
    for (const std::uint64_t bits : kMlxWidths) {
      if (words * kMlxWordBits != scales * length * bits) continue;
      only = MlxGroups{.bits = bits, .length = length, .columns = scales * length};
      if (length == said.length) of_length = only;
      if (length == said.length && bits == said.bits) return only;
      ++found;
    }
  }
  if (of_length) return of_length;
  return found == 1 ? only : std::nullopt;
}

// Of a mode of floats; nothing where the shapes are others.
std::optional<MlxGroups> FindMlxFloats(std::uint64_t words, std::uint64_t scales,
                                       std::string_view mode) {
  MlxGroups groups;
  if (mode == "mxfp4") groups = {.bits = 4, .length = 32, .columns = 0};
  if (mode == "nvfp4") groups = {.bits = 4, .length = 16, .columns = 0};
  if (mode == "mxfp8") groups = {.bits = 8, .length = 32, .columns = 0};
  groups.columns = scales * groups.length;
  if (groups.bits == 0 || words * kMlxWordBits != groups.columns * groups.bits) return std::nullopt;
  return groups;
}

}  // namespace

std::optional<Tensor> FindMlx(const Tensor& codes, const StoredTensors& all,
                              const QuantisationConfig& config) {
  const auto stem = StemOf(codes.name, ".weight");
  if (!stem || codes.dtype != DType::kU32 || codes.elements == 0 || codes.shape.size() < 2) {
    return std::nullopt;
  }
  const Tensor* const scales = all.Find(*stem, ".scales");
  const Tensor* const biases = all.Find(*stem, ".biases");
  if (scales == nullptr) return std::nullopt;
  const MlxSettings said = SettingsOf(*stem, config);
  const bool is_affine = biases != nullptr;
  if (!is_affine && (said.mode == "affine" || scales->dtype != DType::kU8)) return std::nullopt;
  const std::uint64_t words = codes.shape.back();
  Shape expected(codes.shape.begin(), codes.shape.end() - 1);
  expected.push_back(scales->shape.empty() ? 0 : scales->shape.back());
  const auto groups = is_affine ? FindMlxGroups(words, expected.back(), said)
                                : FindMlxFloats(words, expected.back(), said.mode);
  const bool is_silent = said.bits == 0 && said.length == 0;
  if (!groups && is_silent && scales->shape == expected) return std::nullopt;
  if (scales->shape != expected || (is_affine && !IsScaleType(scales->dtype)) || !groups) {
    FailForm(*scales, fmt::format("{} {} can't be scales of codes {}, whatever their width",
                                  DTypeName(scales->dtype), ShapeText(scales->shape),
                                  ShapeText(codes.shape)));
  }
  if (is_affine) RequireShape(*biases, std::array{scales->dtype}, expected, "biases");
  Shape shape = expected;
  shape.back() = groups->columns;
  std::shared_ptr<const WeightDecoder> decoder;
  if (is_affine) {
    decoder = std::make_shared<MlxDecoder>(codes, *scales, *biases, *groups);
  } else {
    decoder = std::make_shared<MlxFloatsDecoder>(codes, *scales, *groups);
  }
  const std::string width =
      is_affine ? fmt::format("{} bits", groups->bits) : fmt::format("{}", said.mode);
  CodedWeight coded{
      .coding = Coding::kMlx,
      .label = fmt::format("MLX, {}, groups of {}", width, groups->length),
      .block = fmt::format("{} values of a row", groups->length),
      .is_quantised = true,
      .rounded_share = is_affine ? CodedWeight().rounded_share : kRoundedShareOfFloats4,
      .parts = PartsOf(codes, {scales, biases}),
      .decoder = std::move(decoder),
      .layout = LayoutOfMlx(shape, *scales, *groups, is_affine)};
  return MakeCodedWeight(codes.name, std::move(shape), std::move(coded));
}

}  // namespace modelkin::forms
