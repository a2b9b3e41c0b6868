#include "storage/gguf/block_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

namespace modelkin {
namespace {

// Read at a time, where bytes are not in place.
constexpr std::uint64_t kBytesAtATime = std::uint64_t{1} << 20;

constexpr std::size_t kMostBlockValues = 256;

}  // namespace

class BlockDecoder : public WeightDecoder {
 public:
  BlockDecoder(const BlockForm& form, Tensor blocks, std::uint64_t elements, const Tensor* scales)
      : form_(form), blocks_(std::move(blocks)) {
    if (scales == nullptr) return;
    scales_ = *scales;
    run_ = elements / scales->elements;
  }

  void Decode(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
              float* out) const override {
    Write(parts, begin, count, out, DecodeBlocks);
    ForScales(parts, begin, count, out, [](float value, float scale) { return value * scale; });
  }

  void GridSteps(const PartReader& parts, std::uint64_t begin, std::uint64_t count,
                 float* out) const override {
    Write(parts, begin, count, out, StepsOfBlocks);
    ForScales(parts, begin, count, out,
              [](float step, float scale) { return step * std::fabs(scale); });
  }

 private:
  using WriteBlocks = void (*)(const BlockForm&, const std::byte*, std::size_t, float*);

  // Writes what `write` does for whole blocks: of the first and the last maybe a part.
  void Write(const PartReader& parts, std::uint64_t begin, std::uint64_t count, float* out,
             WriteBlocks write) const {
    const std::uint64_t most = std::max<std::uint64_t>(kBytesAtATime / form_.bytes, 1);
    std::vector<std::byte> scratch;
    while (count > 0) {
      const std::uint64_t first = begin / form_.values;
      const std::uint64_t last = (begin + count - 1) / form_.values;
      const std::uint64_t blocks = std::min(last - first + 1, most);
      const auto bytes = parts.Read(blocks_, first * form_.bytes, blocks * form_.bytes, scratch);
      const std::uint64_t taken = std::min(count, (first + blocks) * form_.values - begin);
      WriteRange(bytes.data(), begin % form_.values, taken, out, write);
      begin += taken;
      count -= taken;
      out += taken;
    }
  }

  // Of blocks at `bytes`, elements from `skipped` of the first on.
  void WriteRange(const std::byte* bytes, std::size_t skipped, std::size_t count, float* out,
                  WriteBlocks write) const {
    const auto write_part = [&](std::size_t from, std::size_t values) {
      std::array<float, kMostBlockValues> block;
      write(form_, bytes, 1, block.data());
      std::copy_n(block.data() + from, values, out);
      bytes += form_.bytes;
      out += values;
      count -= values;
    };
    if (skipped > 0) write_part(skipped, std::min(count, form_.values - skipped));
    const std::size_t whole = count / form_.values;
    write(form_, bytes, whole, out);
    bytes += whole * form_.bytes;
    out += whole * form_.values;
    count -= whole * form_.values;
    if (count > 0) write_part(0, count);
  }

  template <class Function>
  void ForScales(const PartReader& parts, std::uint64_t begin, std::uint64_t count, float* out,
                 const Function& f) const {
    if (!scales_) return;
    std::vector<std::byte> scratch;
    while (count > 0) {
      const std::uint64_t taken = std::min(count, run_ - begin % run_);
      float scale = 1;
      std::memcpy(&scale,
                  parts.Read(*scales_, begin / run_ * sizeof scale, sizeof scale, scratch).data(),
                  sizeof scale);
      for (std::uint64_t i = 0; i < taken; ++i) out[i] = f(out[i], scale);
      begin += taken;
      count -= taken;
      out += taken;
    }
  }

  const BlockForm& form_;
  Tensor blocks_;
  std::optional<Tensor> scales_;
  std::uint64_t run_ = 1;  // elements that a scale is for
};

std::shared_ptr<const WeightDecoder> MakeBlockDecoder(const BlockForm& form, Tensor blocks,
                                                      std::uint64_t elements,
                                                      const Tensor* scales) {
  return std::make_shared<const BlockDecoder>(form, std::move(blocks), elements, scales);
}

BlocksLayout LayoutOf(const BlockForm& form, const Tensor& blocks, const Tensor* scales) {
  return {.form = &form,
          .blocks = blocks,
          .factors = scales == nullptr ? std::nullopt : std::optional<Tensor>(*scales)};
}

}  // namespace modelkin
