// The files of a merged checkpoint.
#ifndef MODELKIN_REQUESTS_MERGE_OUTPUT_H_
#define MODELKIN_REQUESTS_MERGE_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "merging/merge_plan.h"
#include "requests/merge.h"
#include "storage/safetensors_writer.h"

namespace modelkin {

// Writes model.safetensors, or shards with their index, and config.json. Each file appears whole or
// not at all. Throws as OutputFile does.
class MergedCheckpointWriter {
 public:
  // Makes the folder, and plans its files: throws where one may not be replaced.
  MergedCheckpointWriter(const MergeOutput& output, const MergePlan& plan);

  // Takes the bytes of tensors in the plan's order, part by part.
  void Write(std::size_t tensor, std::span<const std::byte> bytes);
  // Writes the index, and config.json as the model's that the merge has its form of: null for none.
  void Finish(const OpenedModel* form, const MergeRecipe& recipe);

  const std::vector<std::string>& written() const { return written_; }

 private:
  struct Shard {
    std::string name;
    std::size_t first = 0, end = 0;  // tensors
  };

  void PlanShards();
  void OpenShard(std::size_t shard);
  OutputTarget TargetOf(const std::string& name) const;
  void WriteText(const std::string& name, const std::string& text);

  const MergeOutput& output_;
  const MergePlan& plan_;
  std::vector<Shard> shards_;
  std::uint64_t total_bytes_ = 0;
  std::size_t shard_ = 0;
  std::unique_ptr<SafetensorsFile> file_;
  std::vector<std::string> written_;
};

}  // namespace modelkin

#endif  // MODELKIN_REQUESTS_MERGE_OUTPUT_H_
