#include "checkpoint/input_record.h"

#include "base/parallel.h"
#include "source/location.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

std::uint64_t FileBytes(const Checkpoint& checkpoint) {
  std::uint64_t bytes = 0;
  for (const CheckpointFile& file : checkpoint.files()) bytes += file.source->size_bytes();
  return bytes;
}

}  // namespace

std::vector<std::string> DigestFiles(const Checkpoint& checkpoint, unsigned threads,
                                     Progress& progress) {
  const std::vector<CheckpointFile>& files = checkpoint.files();
  progress.Begin("digesting files", FileBytes(checkpoint));
  std::vector<std::string> digests(files.size());
  ParallelFor(threads, files.size(), [&](std::size_t i, unsigned) {
    const ByteSource& source = *files[i].source;
    digests[i] = Sha256OfRange(source, 0, source.size_bytes(), progress);
  });
  return digests;
}

InputRecord DescribeInput(const Checkpoint& checkpoint, std::string id, DigestPolicy policy,
                          unsigned threads, Progress& progress) {
  InputRecord record{.id = std::move(id),
                     .path = checkpoint.path(),
                     .resolved = ResolveLocation(checkpoint.path())};
  const bool is_cheap = !IsRemote(checkpoint.path()) && FileBytes(checkpoint) <= kAutoDigestBytes;
  const bool whole = policy == DigestPolicy::kAlways || (policy == DigestPolicy::kAuto && is_cheap);
  std::vector<std::string> digests;
  if (whole) digests = DigestFiles(checkpoint, threads, progress);
  Progress silent;
  for (std::size_t i = 0; i < checkpoint.files().size(); ++i) {
    const CheckpointFile& file = checkpoint.files()[i];
    FileRecord entry{.name = file.name, .bytes = file.source->size_bytes()};
    entry.header_sha256 = Sha256OfRange(*file.source, 0, file.header_bytes, silent);
    if (whole) entry.sha256 = digests[i];
    record.files.push_back(std::move(entry));
  }
  for (const Tensor& tensor : checkpoint.tensors()) {
    record.bytes_by_dtype[std::string(DTypeName(tensor.dtype))] += tensor.length_bytes;
  }
  record.tensors = checkpoint.tensors().size();
  record.elements = checkpoint.total_elements();
  record.bytes = checkpoint.total_bytes();
  record.warnings = checkpoint.warnings();
  record.packed = CountPacked(checkpoint.tensors());
  if (record.packed.tensors > 0) record.warnings.push_back(record.packed.Sentence());
  return record;
}

}  // namespace modelkin
