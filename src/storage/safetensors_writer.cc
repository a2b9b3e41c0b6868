#include "storage/safetensors_writer.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace modelkin {
namespace {

std::string HeaderOf(std::span<const TensorHead> tensors) {
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t offset = 0;
  for (const TensorHead& tensor : tensors) {
    std::uint64_t bytes = ByteWidth(tensor.dtype);
    for (const std::uint64_t size : tensor.shape) bytes *= size;
    header[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  const std::uint64_t size = text.size();
  std::memcpy(length.data(), &size, 8);
  return length + text;
}

void WriteFile(const OutputTarget& target, std::span<const TensorData> tensors) {
  std::vector<TensorHead> heads;
  for (const TensorData& tensor : tensors)
    heads.push_back({tensor.name, tensor.dtype, tensor.shape});
  SafetensorsFile file(target, heads);
  for (const TensorData& tensor : tensors) file.Write(tensor.bytes);
  file.Commit();
}

}  // namespace

SafetensorsFile::SafetensorsFile(const OutputTarget& target, std::span<const TensorHead> tensors)
    : file_(target) {
  file_.Write(HeaderOf(tensors));
}

void SafetensorsFile::Write(std::span<const std::byte> bytes) {
  file_.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void SafetensorsFile::Commit() { file_.Commit(); }

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
