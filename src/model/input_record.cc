#include "model/input_record.h"

#include <utility>

namespace modelkin {

InputRecord DescribeInput(const OpenedModel& model, InputId id, DigestPolicy policy,
                          unsigned threads, Progress& progress) {
  const Checkpoint& checkpoint = model.checkpoint();
  InputRecord record{
      .id = id, .path = model.path(), .resolved = model.places().Resolve(model.path())};
  std::uint64_t bytes = 0;
  for (const CheckpointFile& file : checkpoint.files()) bytes += file.source->size_bytes();
  const bool is_cheap = !model.places().IsRemote(model.path()) && bytes <= kAutoDigestBytes;
  const bool whole = policy == DigestPolicy::kAlways || (policy == DigestPolicy::kAuto && is_cheap);
  FileDigests digests = model.Digests(whole, threads, progress);
  for (std::size_t i = 0; i < checkpoint.files().size(); ++i) {
    const CheckpointFile& file = checkpoint.files()[i];
    FileRecord entry{.name = file.name,
                     .bytes = file.source->size_bytes(),
                     .header_sha256 = std::move(digests.headers[i])};
    if (whole) entry.sha256 = std::move(digests.whole[i]);
    record.files.push_back(std::move(entry));
  }
  for (const Tensor& tensor : checkpoint.tensors()) {
    record.bytes_by_dtype[TypeText(tensor)] += StoredBytes(tensor);
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
