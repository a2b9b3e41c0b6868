#include "checkpoint/tensor_reader.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSampleRuns = 64;
constexpr std::uint64_t kSampleRunLength = 128;

// Copies elements [begin, begin + count) of the view, in its order.
void Gather(const TensorView& view, const std::byte* stored, std::uint64_t width,
            std::uint64_t begin, std::uint64_t count, std::byte* out) {
  const std::size_t last = view.dimensions.size() - 1;
  std::vector<std::uint64_t> index(view.dimensions.size());
  for (std::size_t i = view.dimensions.size(); i-- > 0;) {
    index[i] = begin % view.dimensions[i];
    begin /= view.dimensions[i];
  }
  while (count > 0) {
    std::uint64_t at = view.offset;
    for (std::size_t i = 0; i < index.size(); ++i) at += index[i] * view.strides[i];
    const std::uint64_t run = std::min(count, view.dimensions[last] - index[last]);
    const std::byte* from = stored + at * width;
    if (view.strides[last] == 1) {
      std::memcpy(out, from, run * width);
    } else {
      for (std::uint64_t k = 0; k < run; ++k) {
        std::memcpy(out + k * width, from + k * view.strides[last] * width, width);
      }
    }
    out += run * width;
    count -= run;
    index[last] += run;
    for (std::size_t i = last; i > 0 && index[i] == view.dimensions[i]; --i) {
      index[i] = 0;
      ++index[i - 1];
    }
  }
}

}  // namespace

TensorReader::TensorReader(const Checkpoint& checkpoint, const Tensor& tensor)
    : source_(&checkpoint.SourceOf(tensor)), tensor_(&tensor) {}

std::span<const std::byte> TensorReader::Read(std::uint64_t begin, std::uint64_t count,
                                              std::vector<std::byte>& scratch) const {
  const TensorView* const view = tensor_->view.get();
  if (view == nullptr) return ReadStored(begin, count, scratch);
  if (view->contiguous()) return ReadStored(view->offset + begin, count, scratch);
  std::vector<std::byte> stored_scratch;
  const std::uint64_t stored = tensor_->length_bytes / byte_width();
  const auto all = ReadStored(0, stored, stored_scratch);  // in place, where files are mapped
  scratch.resize(count * byte_width());
  Gather(*view, all.data(), byte_width(), begin, count, scratch.data());
  return scratch;
}

std::span<const std::byte> TensorReader::ReadStored(std::uint64_t begin, std::uint64_t count,
                                                    std::vector<std::byte>& scratch) const {
  try {
    return source_->Read(tensor_->offset_bytes + begin * byte_width(), count * byte_width(),
                         scratch);
  } catch (const Error& error) {
    if (!error.site().tensor.empty()) throw;
    throw Error(error.kind(), error.message(),
                {.file = error.site().file,
                 .tensor = tensor_->stored_name(),
                 .offset_bytes = error.site().offset_bytes});
  }
}

void TensorReader::RequireNothingLost() const {
  const auto lost = source_->LostByte();
  // What is lost behind this tensor is another one's to report.
  if (!lost || *lost >= tensor_->offset_bytes + tensor_->length_bytes) return;
  throw Error(ErrorKind::kBadInput, "file shrank while it was being read",
              {.file = source_->label(),
               .tensor = tensor_->stored_name(),
               .offset_bytes = std::max(*lost, tensor_->offset_bytes)});
}

void TensorReader::FailForChange() const {
  throw Error(ErrorKind::kBadInput, "file changed while it was being read",
              {.file = source_->label(),
               .tensor = tensor_->stored_name(),
               .offset_bytes = tensor_->offset_bytes});
}

std::vector<double> TensorReader::Sample() const {
  const std::uint64_t elements = tensor_->elements;
  const bool all = elements <= kSampleRuns * kSampleRunLength;
  const std::uint64_t run = all ? elements : kSampleRunLength;
  std::vector<double> values(all ? elements : kSampleRuns * kSampleRunLength);
  std::vector<std::byte> scratch;
  for (std::uint64_t filled = 0, i = 0; filled < values.size(); filled += run, ++i) {
    const std::uint64_t begin = all ? 0 : i * ((elements - run) / (kSampleRuns - 1));
    DecodeToDouble(tensor_->dtype, Read(begin, run, scratch).data(), run, values.data() + filled);
  }
  return values;
}

}  // namespace modelkin
