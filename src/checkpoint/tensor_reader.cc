#include "checkpoint/tensor_reader.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "numeric/decode.h"
#include "storage/coded_weight.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSampleRuns = 256;
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

// Returns what `read` does, which reads bytes of a stored tensor. Errors name it.
template <class Read>
std::span<const std::byte> NamingTensor(const Tensor& tensor, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (!error.site().tensor.empty()) throw;
    throw Error(error.kind(), error.message(),
                {.file = error.site().file,
                 .tensor = tensor.stored_name(),
                 .offset_bytes = error.site().offset_bytes});
  }
}

std::span<const std::byte> ReadOf(const ByteSource& source, const Tensor& tensor,
                                  std::uint64_t offset_bytes, std::uint64_t length_bytes,
                                  std::vector<std::byte>& scratch) {
  return NamingTensor(tensor, [&] { return source.Read(offset_bytes, length_bytes, scratch); });
}

// The parts of coded weights, in the checkpoint's files.
class FileParts : public PartReader {
 public:
  explicit FileParts(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  std::span<const std::byte> Read(const Tensor& part, std::uint64_t offset_bytes,
                                  std::uint64_t length_bytes,
                                  std::vector<std::byte>& scratch) const override {
    return ReadOf(checkpoint_.SourceOf(part), part, part.offset_bytes + offset_bytes, length_bytes,
                  scratch);
  }

 private:
  const Checkpoint& checkpoint_;
};

// Whether bytes of a stored tensor, or before it, got lost; where.
std::optional<std::uint64_t> LostByteOf(const ByteSource& source, const Tensor& tensor) {
  const auto lost = source.LostByte();
  // What is lost behind this tensor is another one's to report.
  if (!lost || *lost >= tensor.offset_bytes + tensor.length_bytes) return std::nullopt;
  return std::max(*lost, tensor.offset_bytes);
}

// Calls f, which decodes the tensor. Errors about a part without a file get the part's.
template <class Function>
void NamingFiles(const Checkpoint& checkpoint, const Tensor& tensor, const Function& f) {
  try {
    f();
  } catch (const Error& error) {
    const std::vector<Tensor>& parts = tensor.coded->parts;
    const auto part = std::ranges::find(parts, error.site().tensor, &Tensor::name);
    if (!error.site().file.empty() || part == parts.end()) throw;
    throw Error(error.kind(), error.message(),
                {.file = checkpoint.SourceOf(*part).label(),
                 .tensor = error.site().tensor,
                 .offset_bytes = error.site().offset_bytes});
  }
}

void RequireNothingLostOf(const Checkpoint& checkpoint, const Tensor& tensor) {
  if (tensor.coded != nullptr) {
    for (const Tensor& part : tensor.coded->parts) RequireNothingLostOf(checkpoint, part);
    return;
  }
  const ByteSource& source = checkpoint.SourceOf(tensor);
  const auto lost = LostByteOf(source, tensor);
  if (!lost) return;
  throw Error(ErrorKind::kBadInput, "file shrank while it was being read",
              {.file = source.label(), .tensor = tensor.stored_name(), .offset_bytes = lost});
}

}  // namespace

std::unique_ptr<const PartReader> ReaderOfParts(const Checkpoint& checkpoint) {
  return std::make_unique<const FileParts>(checkpoint);
}

TensorReader::TensorReader(const Checkpoint& checkpoint, const Tensor& tensor)
    : checkpoint_(&checkpoint), source_(&checkpoint.SourceOf(tensor)), tensor_(&tensor) {}

bool TensorReader::is_in_place() const { return tensor_->coded == nullptr; }

std::span<const std::byte> TensorReader::Read(std::uint64_t begin, std::uint64_t count,
                                              std::vector<std::byte>& scratch) const {
  if (tensor_->coded != nullptr) return Decode(begin, count, scratch);
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

std::span<const std::byte> TensorReader::ReadOnce(std::uint64_t begin, std::uint64_t count,
                                                  std::vector<std::byte>& scratch) const {
  const TensorView* const view = tensor_->view.get();
  if (!is_in_place() || (view != nullptr && !view->contiguous())) {
    return Read(begin, count, scratch);
  }
  if (view != nullptr) begin += view->offset;
  return NamingTensor(*tensor_, [&] {
    return source_->ReadOnce(tensor_->offset_bytes + begin * byte_width(), count * byte_width(),
                             scratch);
  });
}

std::span<const std::byte> TensorReader::Decode(std::uint64_t begin, std::uint64_t count,
                                                std::vector<std::byte>& scratch) const {
  scratch.resize(count * sizeof(float));
  NamingFiles(*checkpoint_, *tensor_, [&] {
    DecodeElements(FileParts(*checkpoint_), *tensor_, begin, count,
                   reinterpret_cast<float*>(scratch.data()));
  });
  return scratch;
}

std::optional<std::vector<float>> TensorReader::GridSteps(std::uint64_t begin,
                                                          std::uint64_t count) const {
  if (tensor_->coded == nullptr || !tensor_->coded->is_quantised) return std::nullopt;
  std::vector<float> steps(count);
  NamingFiles(*checkpoint_, *tensor_, [&] {
    GridStepsOfElements(FileParts(*checkpoint_), *tensor_, begin, count, steps.data());
  });
  return steps;
}

std::span<const std::byte> TensorReader::ReadStored(std::uint64_t begin, std::uint64_t count,
                                                    std::vector<std::byte>& scratch) const {
  return ReadOf(*source_, *tensor_, tensor_->offset_bytes + begin * byte_width(),
                count * byte_width(), scratch);
}

void TensorReader::RequireNothingLost() const { RequireNothingLostOf(*checkpoint_, *tensor_); }

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
