#include "kernels/block_form.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/block_bytes.h"
#include "kernels/block_values.h"

namespace modelkin {
namespace {

// Values unpacked at a time: they stay in the nearest cache.
constexpr std::size_t kValuesAtATime = 1024;
constexpr std::size_t kLeastValuesAScale = 16;

struct UnpackedBlocks {
  std::array<std::int8_t, kValuesAtATime> codes;
  std::array<float, kValuesAtATime / kLeastValuesAScale> scales, minima;
};

// Calls f(values, unpacked) for a few blocks after the other.
template <class Function>
void ForUnpacked(const BlockForm& form, const std::byte* blocks, std::size_t count,
                 const Function& f) {
  UnpackedBlocks unpacked;
  const std::size_t most = kValuesAtATime / form.values;
  while (count > 0) {
    const std::size_t now = std::min(count, most);
    form.unpack(blocks, now, unpacked.codes.data(), unpacked.scales.data(), unpacked.minima.data());
    if (form.table != nullptr) LookUpCodes(form.table, now * form.values, unpacked.codes.data());
    f(now * form.values, unpacked);
    blocks += now * form.bytes;
    count -= now;
  }
}

// Distances of codes to the next one, by code + 128.
std::array<float, 256> StepsOfCodes(const BlockForm& form) {
  std::array<float, 256> steps{};
  if (form.levels.empty()) {
    steps.fill(form.unit);
    return steps;
  }
  const auto& levels = form.levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool first = i == 0, last = i + 1 == levels.size();
    const int apart = levels[last ? i : i + 1] - levels[first ? i : i - 1];
    steps[levels[i] + 128] = static_cast<float>(apart) * (first || last ? 1.0F : 0.5F);
  }
  return steps;
}

}  // namespace

const BlockForm* FindBlockForm(std::string_view name) {
  for (const auto forms :
       {SmallBlockForms(), SuperBlockForms(), TableBlockForms(), GridBlockForms()}) {
    const auto found = std::ranges::find(forms, name, &BlockForm::name);
    if (found != forms.end()) return &*found;
  }
  return nullptr;
}

void DecodeBlocks(const BlockForm& form, const std::byte* blocks, std::size_t count, float* out) {
  ForUnpacked(form, blocks, count, [&](std::size_t values, const UnpackedBlocks& unpacked) {
    ScaleBlockCodes(unpacked.codes.data(), unpacked.scales.data(),
                    form.has_minima ? unpacked.minima.data() : nullptr, form.values_a_scale, values,
                    out);
    out += values;
  });
}

void StepsOfBlocks(const BlockForm& form, const std::byte* blocks, std::size_t count, float* out) {
  const std::array<float, 256> steps = StepsOfCodes(form);
  ForUnpacked(form, blocks, count, [&](std::size_t values, const UnpackedBlocks& unpacked) {
    for (std::size_t i = 0; i < values; ++i) {
      *out++ = std::fabs(unpacked.scales[i / form.values_a_scale]) *
               steps[static_cast<std::size_t>(unpacked.codes[i] + 128)];
    }
  });
}

}  // namespace modelkin
