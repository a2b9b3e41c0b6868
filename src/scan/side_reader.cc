#include "scan/side_reader.h"

#include <algorithm>

#include "base/error.h"
#include "numeric/decode.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kSampleRuns = 64;
constexpr std::uint64_t kSampleRunLength = 128;

}  // namespace

SideReader::SideReader(const Checkpoint& checkpoint, const Tensor& tensor)
    : source_(&checkpoint.SourceOf(tensor)), tensor_(&tensor) {}

std::span<const std::byte> SideReader::Read(std::uint64_t begin, std::uint64_t count,
                                            std::vector<std::byte>& scratch) const {
  try {
    return source_->Read(tensor_->offset_bytes + begin * byte_width(), count * byte_width(),
                         scratch);
  } catch (const Error& error) {
    if (!error.site().tensor.empty()) throw;
    throw Error(error.kind(), error.message(),
                {.file = error.site().file,
                 .tensor = tensor_->name,
                 .offset_bytes = error.site().offset_bytes});
  }
}

void SideReader::RequireNothingLost() const {
  const auto lost = source_->LostByte();
  // What is lost behind this tensor is another one's to report.
  if (!lost || *lost >= tensor_->offset_bytes + tensor_->length_bytes) return;
  throw Error(ErrorKind::kBadInput, "file shrank while it was being read",
              {.file = source_->label(),
               .tensor = tensor_->name,
               .offset_bytes = std::max(*lost, tensor_->offset_bytes)});
}

std::vector<double> SideReader::Sample() const {
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
