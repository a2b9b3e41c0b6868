// From what the user named to the files that make up the checkpoint.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/file_signature.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/shard_index.h"
#include "source/location.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexEnding = ".safetensors.index.json";
constexpr std::string_view kUsualIndex = "model.safetensors.index.json";

[[noreturn]] void Fail(const std::string& file, std::string_view message,
                       const std::string& tensor = {}) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = tensor, .offset_bytes = {}});
}

// Reads the headers of several files into one catalogue.
class CatalogueBuilder {
 public:
  explicit CatalogueBuilder(std::string path) : path_(std::move(path)) {}

  // Returns the tensors' names, valid until the next call.
  const SafetensorsHeader& Add(const fs::path& file) {
    const auto index = static_cast<std::uint32_t>(files_.size());
    files_.push_back({.name = file.filename().string(), .source = OpenFile(file.string())});
    header_ = ReadSafetensorsHeader(*files_.back().source);
    files_.back().header_bytes = header_.header_bytes;
    for (const SafetensorsTensor& t : header_.tensors) {
      tensors_.push_back({.name = t.name,
                          .dtype = t.dtype,
                          .shape = t.shape,
                          .elements = t.elements,
                          .file = index,
                          .offset_bytes = t.offset_bytes,
                          .length_bytes = t.length_bytes});
    }
    return header_;
  }

  void Warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  Checkpoint Build() && {
    MarkStoredForms(tensors_);
    return {std::move(path_), std::move(files_), std::move(tensors_), std::move(warnings_)};
  }

 private:
  std::string path_;
  std::vector<CheckpointFile> files_;
  std::vector<Tensor> tensors_;
  std::vector<std::string> warnings_;
  SafetensorsHeader header_;
};

Checkpoint OpenIndex(const std::string& path, const fs::path& index_path) {
  const ShardIndex index = ReadShardIndex(*OpenFile(index_path.string()));
  std::map<std::string, std::set<std::string_view>> tensors_by_shard;
  for (const auto& [tensor, shard] : index) tensors_by_shard[shard].insert(tensor);

  CatalogueBuilder builder(path);
  for (auto& [shard, expected] : tensors_by_shard) {
    const fs::path shard_path = index_path.parent_path() / shard;
    if (!MayExist(shard_path.string())) {
      Fail(index_path.string(), fmt::format("shard \"{}\" is missing", Printable(shard)),
           std::string(*expected.begin()));
    }
    for (const SafetensorsTensor& tensor : builder.Add(shard_path).tensors) {
      if (expected.erase(tensor.name) == 1) continue;
      if (const auto listed = index.find(tensor.name); listed != index.end()) {
        Fail(shard_path.string(),
             fmt::format("the index says that this tensor is in \"{}\"", Printable(listed->second)),
             tensor.name);
      }
      builder.Warn(fmt::format("{} holds \"{}\", which the index does not list", Printable(shard),
                               Printable(tensor.name)));
    }
    if (!expected.empty()) {
      Fail(shard_path.string(), "the index names this tensor, but the shard lacks it",
           std::string(*expected.begin()));
    }
  }
  return std::move(builder).Build();
}

struct DirectoryListing {
  std::vector<std::string> indexes;
  std::vector<std::string> safetensors;
  std::vector<std::string> pickles;
};

DirectoryListing List(const std::string& directory) {
  DirectoryListing listing;
  for (const std::string& name : FilesIn(directory)) {
    if (name.ends_with(kIndexEnding)) listing.indexes.push_back(name);
    if (name.ends_with(".safetensors")) listing.safetensors.push_back(name);
    if (HasPickleName(name)) listing.pickles.push_back(name);
  }
  std::ranges::sort(listing.indexes, NaturalLess);
  std::ranges::sort(listing.safetensors, NaturalLess);
  std::ranges::sort(listing.pickles, NaturalLess);
  return listing;
}

std::optional<std::string> ChooseIndex(const std::string& path,
                                       const std::vector<std::string>& indexes) {
  if (std::ranges::find(indexes, kUsualIndex) != indexes.end()) return std::string(kUsualIndex);
  if (indexes.size() > 1) {
    Fail(path, fmt::format("has several indexes ({} and {}, for instance): name one of them",
                           Printable(indexes[0]), Printable(indexes[1])));
  }
  if (indexes.empty()) return std::nullopt;
  return indexes.front();
}

Checkpoint OpenDirectory(const std::string& path) {
  const DirectoryListing listing = List(path);
  if (const auto index = ChooseIndex(path, listing.indexes)) {
    return OpenIndex(path, fs::path(path) / *index);
  }
  if (listing.safetensors.empty()) {
    Fail(path,
         listing.pickles.empty()
             ? std::string("holds no .safetensors file")
             : fmt::format("holds no .safetensors file; {} is probably a pickle, which is never "
                           "loaded here because loading one runs its code",
                           Printable(listing.pickles.front())));
  }
  CatalogueBuilder builder(path);
  for (const std::string& file : listing.safetensors) builder.Add(fs::path(path) / file);
  return std::move(builder).Build();
}

}  // namespace

Checkpoint OpenCheckpoint(const std::string& path) {
  if (!MayExist(path)) Fail(path, "no such file or directory");
  if (IsFolder(path)) return OpenDirectory(path);
  if (path.ends_with(".index.json")) return OpenIndex(path, path);
  return OpenSafetensors(OpenFile(path));
}

}  // namespace modelkin
