#include "storage/forms/grouped_decoder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/scaled_codes.h"

namespace modelkin::forms {
namespace {

constexpr std::uint64_t kMostPiece = 1 << 14;  // codes of a run: what it needs stays in the cache

CodeGroups GroupsOf(const CodeRun& run) {
  return {.length = run.group_length,
          .first = run.first_in_group,
          .scales = run.scales.data(),
          .offsets = run.offsets.empty() ? nullptr : run.offsets.data()};
}

// Calls f(row, column, count, out) for one piece of a row after the other.
template <class Function>
void ForPieces(std::uint64_t columns, std::uint64_t begin, std::uint64_t count, float* out,
               const Function& f) {
  while (count > 0) {
    const std::uint64_t column = begin % columns;
    const std::uint64_t taken = std::min({count, columns - column, kMostPiece});
    f(begin / columns, column, taken, out);
    begin += taken;
    count -= taken;
    out += taken;
  }
}

std::array<float, 256> ValuesOfType(DType type) {
  std::array<std::byte, 256> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::byte>(i);
  std::array<float, 256> values{};
  const float one = 1;
  ScaleCodes(type, codes.data(), codes.size(),
             {.length = codes.size(), .first = 0, .scales = &one, .offsets = nullptr},
             values.data());
  return values;
}

CodeSteps MakeNibbleSteps(bool doubled) {
  const auto values = ValuesOfType(DType::kF8E5M2);
  std::array<float, 256> used{};
  used.fill(NAN);
  std::array<std::byte, 16> packed{};
  for (std::size_t i = 0; i < packed.size(); ++i) packed[i] = static_cast<std::byte>(i);
  std::array<std::byte, 32> codes{};
  NibbleFloatsToE5M2(packed.data(), packed.size(), doubled, codes.data());
  for (const std::byte code : codes) {
    used[std::to_integer<std::size_t>(code)] = values[std::to_integer<std::size_t>(code)];
  }
  return StepsOfValues(used);
}

}  // namespace

CodeSteps StepsOfValues(std::span<const float> values) {
  std::vector<float> grid;
  std::ranges::copy_if(values, std::back_inserter(grid), [](float x) { return std::isfinite(x); });
  std::ranges::sort(grid);
  grid.erase(std::ranges::unique(grid).begin(), grid.end());  // 0 is as -0
  CodeSteps steps{};
  for (std::size_t code = 0; code < values.size(); ++code) {
    const auto at = std::ranges::find(grid, values[code]);
    if (at == grid.end() || grid.size() < 2) continue;
    if (at == grid.begin()) {
      steps[code] = at[1] - at[0];
    } else if (at + 1 == grid.end()) {
      steps[code] = at[0] - at[-1];
    } else {
      steps[code] = (at[1] - at[-1]) / 2;
    }
  }
  return steps;
}

const CodeSteps& StepsOfType(DType type) {
  static const CodeSteps e4m3 = StepsOfValues(ValuesOfType(DType::kF8E4M3));
  static const CodeSteps e5m2 = StepsOfValues(ValuesOfType(DType::kF8E5M2));
  static const CodeSteps whole = StepsOfValues(ValuesOfType(DType::kU8));
  return type == DType::kF8E4M3 ? e4m3 : type == DType::kF8E5M2 ? e5m2 : whole;
}

const CodeSteps& StepsOfNibbleFloats(bool doubled) {
  static const CodeSteps plain = MakeNibbleSteps(false);
  static const CodeSteps twice = MakeNibbleSteps(true);
  return doubled ? twice : plain;
}

void GroupedDecoder::Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                            float* out) const {
  CodeRun run;
  ForPieces(columns_, begin, count, out,
            [&](std::uint64_t row, std::uint64_t column, std::uint64_t taken, float* to) {
              Fill(parts, row, column, taken, run);
              Values(run, to);
            });
}

void GroupedDecoder::GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                               float* out) const {
  CodeRun run;
  ForPieces(columns_, begin, count, out,
            [&](std::uint64_t row, std::uint64_t column, std::uint64_t taken, float* to) {
              Fill(parts, row, column, taken, run);
              for (std::uint64_t i = 0; i < taken; ++i) {
                const auto group = (run.first_in_group + i) / run.group_length;
                const float step = steps_[std::to_integer<std::size_t>(run.codes[i])];
                const float distance = step * std::abs(run.scales[group]);
                to[i] = std::isfinite(distance) ? distance : 0.0F;
              }
            });
}

void GroupedDecoder::Codes(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                           CodeRange& out) const {
  CodeRun run;
  out.levels.resize(count);
  out.scales.resize(count);
  out.offsets.resize(count);
  float* const levels = out.levels.data();
  ForPieces(columns_, begin, count, levels,
            [&](std::uint64_t row, std::uint64_t column, std::uint64_t taken, float* to) {
              Fill(parts, row, column, taken, run);
              const std::uint64_t at = to - levels;
              for (std::uint64_t i = 0; i < taken; ++i) {
                const auto group = (run.first_in_group + i) / run.group_length;
                to[i] = Levels()[std::to_integer<std::size_t>(run.codes[i])];
                out.scales[at + i] = run.scales[group];
                out.offsets[at + i] = run.offsets.empty() ? 0 : run.offsets[group];
              }
            });
}

void ReadNibbleFloats(const PartReader& parts, const Tensor& packed, std::uint64_t begin,
                      std::uint64_t count, CodeRun& run) {
  const std::uint64_t first = begin / 2, end = (begin + count + 1) / 2;
  const auto bytes = parts.Read(packed, first, end - first, run.scratch[0]);
  run.unpacked.resize(2 * bytes.size());
  NibbleFloatsToE5M2(bytes.data(), bytes.size(), false, run.unpacked.data());
  run.codes = std::span<const std::byte>(run.unpacked).subspan(begin % 2, count);
}

const std::array<float, 256>& LevelsOfType(DType type) {
  static const auto e4m3 = ValuesOfType(DType::kF8E4M3);
  static const auto e5m2 = ValuesOfType(DType::kF8E5M2);
  static const auto whole = ValuesOfType(DType::kU8);
  static const auto with_sign = ValuesOfType(DType::kI8);
  switch (type) {
    case DType::kF8E4M3: return e4m3;
    case DType::kF8E5M2: return e5m2;
    case DType::kI8: return with_sign;
    default: return whole;
  }
}

const std::array<float, 256>& ScaledDecoder::Levels() const { return LevelsOfType(type_); }

void ScaledDecoder::Values(const CodeRun& run, float* out) const {
  ScaleCodes(type_, run.codes.data(), run.codes.size(), GroupsOf(run), out);
}

}  // namespace modelkin::forms
