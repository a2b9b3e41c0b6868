#include "requests/merge_output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "architecture/model_config.h"
#include "base/output_file.h"
#include "base/output_place.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kMostConfigNumbers = std::uint64_t{1} << 19;

std::string_view TorchNameOf(DType dtype) {
  return dtype == DType::kBF16 ? "bfloat16" : dtype == DType::kF16 ? "float16" : "float32";
}

std::uint64_t BytesOf(const PlannedTensor& tensor) {
  return tensor.elements * ByteWidth(tensor.out_dtype);
}

}  // namespace

MergedCheckpointWriter::MergedCheckpointWriter(const MergeOutput& output, const MergePlan& plan)
    : output_(output), plan_(plan) {
  PlanShards();
  MakeOutputFolder(output.folder);
  for (const Shard& shard : shards_) TargetOf(shard.name);
  TargetOf("config.json");
  if (!plan.tensors.empty()) OpenShard(0);
}

void MergedCheckpointWriter::PlanShards() {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
    const std::uint64_t own = BytesOf(plan_.tensors[i]);
    if (shards_.empty() || (bytes > 0 && bytes + own > output_.shard_bytes)) {
      shards_.push_back({.name = "", .first = i, .end = i});
      bytes = 0;
    }
    bytes += own;
    total_bytes_ += own;
    shards_.back().end = i + 1;
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].name = shards_.size() == 1
                          ? "model.safetensors"
                          : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards_.size());
  }
}

OutputTarget MergedCheckpointWriter::TargetOf(const std::string& name) const {
  return output_.plan_file(fmt::format("{}/{}", output_.folder, name));
}

void MergedCheckpointWriter::OpenShard(std::size_t shard) {
  if (file_ != nullptr) {
    file_->Commit();
    written_.push_back(shards_[shard_].name);
  }
  shard_ = shard;
  std::vector<TensorHead> heads;
  for (std::size_t i = shards_[shard].first; i < shards_[shard].end; ++i) {
    const PlannedTensor& tensor = plan_.tensors[i];
    heads.push_back({tensor.name, tensor.out_dtype, tensor.shape});
  }
  file_ = std::make_unique<SafetensorsFile>(TargetOf(shards_[shard].name), heads);
}

void MergedCheckpointWriter::Write(std::size_t tensor, std::span<const std::byte> bytes) {
  if (tensor >= shards_[shard_].end) OpenShard(shard_ + 1);
  file_->Write(bytes);
}

void MergedCheckpointWriter::WriteText(const std::string& name, const std::string& text) {
  OutputFile file(TargetOf(name));
  file.Write(text);
  file.Commit();
  written_.push_back(name);
}

void MergedCheckpointWriter::Finish(const OpenedModel* form, const MergeRecipe& recipe) {
  if (file_ != nullptr) {
    file_->Commit();
    written_.push_back(shards_[shard_].name);
    file_.reset();
  }
  if (shards_.size() > 1) {
    nlohmann::ordered_json map = nlohmann::ordered_json::object();
    for (const Shard& shard : shards_) {
      for (std::size_t i = shard.first; i < shard.end; ++i) {
        map[plan_.tensors[i].name] = shard.name;
      }
    }
    const nlohmann::ordered_json index = {{"metadata", {{"total_size", total_bytes_}}},
                                          {"weight_map", std::move(map)}};
    WriteText("model.safetensors.index.json", index.dump(2) + "\n");
  }
  if (form == nullptr || form->config() == nullptr) return;
  const auto file = FindConfigFile(form->path(), form->places());
  if (file == nullptr) return;
  nlohmann::json config = ReadJsonObject(*file, kLargestConfigBytes, kMostConfigNumbers);
  const auto dtype = recipe.out_dtype ? recipe.out_dtype : recipe.dtype;
  if (dtype) config[config.contains("dtype") ? "dtype" : "torch_dtype"] = TorchNameOf(*dtype);
  if (recipe.is_of_slices) config["num_hidden_layers"] = plan_.layers;
  WriteText("config.json", config.dump(2) + "\n");
}

}  // namespace modelkin
