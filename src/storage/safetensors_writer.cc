#include "storage/safetensors_writer.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "base/output_file.h"

namespace modelkin {
namespace {

std::string_view AsText(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void WriteFile(const OutputTarget& target, std::span<const TensorData> tensors) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t offset = 0;
  for (const TensorData& tensor : tensors) {
    header[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  const std::uint64_t size = text.size();
  std::memcpy(length.data(), &size, 8);
  OutputFile file(target);
  file.Write(length + text);
  for (const TensorData& tensor : tensors) file.Write(AsText(tensor.bytes));
  file.Commit();
}

}  // namespace

void WriteSafetensors(const OutputTarget& target, const std::vector<TensorData>& tensors) {
  WriteFile(target, tensors);
}

void WriteShardedSafetensors(const std::string& directory, const std::vector<TensorData>& tensors,
                             std::size_t shards, Replace replace) {
  const auto target = [&](const std::string& name) {
    return OutputTarget(fmt::format("{}/{}", directory, name), {}, replace);
  };
  nlohmann::ordered_json index = {{"metadata", {{"total_size", 0}}},
                                  {"weight_map", nlohmann::ordered_json::object()}};
  std::uint64_t total = 0;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    const std::size_t begin = tensors.size() * shard / shards;
    const std::size_t end = tensors.size() * (shard + 1) / shards;
    const std::string name = fmt::format("model-{:05}-of-{:05}.safetensors", shard + 1, shards);
    WriteFile(target(name), std::span(tensors).subspan(begin, end - begin));
    for (std::size_t i = begin; i < end; ++i) {
      index["weight_map"][tensors[i].name] = name;
      total += tensors[i].bytes.size();
    }
  }
  index["metadata"]["total_size"] = total;
  OutputFile file(target("model.safetensors.index.json"));
  file.Write(index.dump(2) + "\n");
  file.Commit();
}

}  // namespace modelkin
