#include "merging/value_reader.h"

#include <algorithm>
#include <span>

#include "merging/element_rounding.h"
#include "numeric/decode.h"

namespace modelkin {

ValueReader::ValueReader(const Checkpoint& checkpoint, const SourceTensor& tensor, DType dtype)
    : dtype_(dtype) {
  std::uint64_t end = 0;
  for (const Tensor* const part : tensor.parts) {
    parts_.emplace_back(checkpoint, *part);
    ends_.push_back(end += part->elements);
  }
}

template <class Use>
void ValueReader::ForEachRun(std::uint64_t begin, std::uint64_t count, const Use& use) const {
  std::vector<std::byte> scratch;
  auto part = static_cast<std::size_t>(std::ranges::upper_bound(ends_, begin) - ends_.begin());
  while (count > 0) {
    const std::uint64_t first = part == 0 ? 0 : ends_[part - 1];
    const std::uint64_t run = std::min(count, ends_[part] - begin);
    if (run > 0) use(parts_[part].Read(begin - first, run, scratch), run);
    begin += run;
    count -= run;
    ++part;
  }
}

void ValueReader::Read(std::uint64_t begin, std::uint64_t count, std::vector<float>& out) const {
  out.resize(count);
  float* at = out.data();
  const DType stored = parts_[0].dtype();
  ForEachRun(begin, count, [&](std::span<const std::byte> bytes, std::uint64_t run) {
    DecodeToFloat(stored, bytes.data(), run, at);
    at += run;
  });
  if (stored == dtype_ || dtype_ == DType::kF32) return;
  RoundAll(dtype_, out);
}

void ValueReader::ReadBytes(std::uint64_t begin, std::uint64_t count,
                            std::vector<std::byte>& out) const {
  out.clear();
  ForEachRun(begin, count, [&](std::span<const std::byte> bytes, std::uint64_t) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  });
}

void ValueReader::RequireNothingLost() const {
  for (const TensorReader& part : parts_) part.RequireNothingLost();
}

}  // namespace modelkin
