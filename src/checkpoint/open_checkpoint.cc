// From what the user named to the files that make up the checkpoint.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"
#include "checkpoint/adapter.h"
#include "checkpoint/catalogue_builder.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/meant_model.h"
#include "checkpoint/open_gguf.h"
#include "checkpoint/shard_index.h"
#include "checkpoint/shard_set.h"
#include "checkpoint/weight_file_name.h"
#include "source/places.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndexEnding = ".safetensors.index.json";
constexpr std::string_view kShardEnding = ".safetensors";
constexpr std::string_view kTorchIndexEnding = ".bin.index.json";
constexpr std::array<std::string_view, 2> kUsualIndexes = {"model.safetensors.index.json",
                                                           "pytorch_model.bin.index.json"};

[[noreturn]] void Fail(const std::string& file, std::string_view message,
                       const std::string& tensor = {}) {
  throw Error(ErrorKind::kBadInput, message, {.file = file, .tensor = tensor, .offset_bytes = {}});
}

constexpr std::size_t kMostListed = 20;

// "x, y and 3 more"
Said ListOf(const std::vector<std::string>& names) {
  std::vector<std::string> printable;
  printable.reserve(names.size());
  for (const std::string& name : names) printable.push_back(Printable(name));
  return ListSaid(printable, kMostListed);
}

void WarnOfGguf(const std::vector<std::string>& files, CatalogueBuilder& builder) {
  if (files.empty()) return;
  builder.Warn(Say("left out, as there are safetensors beside: {}",
                   "safetensors 파일이 함께 있어 제외함: {}", ListOf(files)));
}

// Opens the shards that an index names.
class IndexedCheckpoint {
 public:
  IndexedCheckpoint(const std::string& path, const fs::path& index_path, const OpenOptions& options,
                    const Places& places, const QuantisationConfig& config)
      : path_(path),
        index_path_(index_path),
        options_(options),
        places_(places),
        index_(ReadShardIndex(*places.Open(index_path.string()), &declared_bytes_)),
        builder_(path, places, options, config) {
    for (const auto& [tensor, shard] : index_) tensors_by_shard_[shard].insert(tensor);
  }

  Checkpoint Open() && {
    const bool any_there = std::ranges::any_of(tensors_by_shard_, [&](const auto& entry) {
      return places_.MayExist((index_path_.parent_path() / entry.first).string());
    });
    if (!any_there && !tensors_by_shard_.empty()) return OpenNames();
    for (const auto& [shard, expected] : tensors_by_shard_) {
      const fs::path shard_path = index_path_.parent_path() / shard;
      if (places_.MayExist(shard_path.string())) {
        AddShard(shard, shard_path, expected);
        continue;
      }
      if (!options_.partial) {
        Fail(index_path_.string(),
             fmt::format("shard \"{}\" is missing: fetch it, or go on without by --partial",
                         Printable(shard)),
             std::string(*expected.begin()));
      }
      builder_.WarnOfMissing(SayOf(expected.size(), "tensor", "tensors",
                                   "shard \"{1}\" is missing: {2} {0}, such as \"{3}\"",
                                   "샤드 \"{}\"이(가) 없음: 텐서 {}개, 예: \"{}\"",
                                   Printable(shard), expected.size(),
                                   Printable(*expected.begin())));
    }
    WarnOfUnlisted();
    return std::move(builder_).Build();
  }

 private:
  // What there is without any shard: names, unless there are other files of weights, which they may
  // be of.
  Checkpoint OpenNames() {
    const std::vector<std::string> beside = FilesBeside();
    const bool others =
        std::ranges::any_of(beside, [](const std::string& name) { return HasWeightEnding(name); });
    if (!options_.names_alone || others) {
      Fail(index_path_.string(),
           fmt::format("none of the shards that it names is there, \"{}\" the first of {}: {}",
                       Printable(tensors_by_shard_.begin()->first), tensors_by_shard_.size(),
                       others ? "other files of weights are, so name one of these"
                              : "without them only `modelkin inspect` says anything"));
    }
    std::vector<Tensor> tensors;
    tensors.reserve(index_.size());
    for (const auto& entry : index_) tensors.push_back({.name = entry.first});
    MarkStoredForms(tensors);
    std::vector<CheckpointFile> files;
    files.push_back(
        {.name = index_path_.filename().string(), .source = places_.Open(index_path_.string())});
    const Said bytes = declared_bytes_ ? Say(", with {} bytes by its own count",
                                             " (색인에 적힌 크기 {}바이트)", *declared_bytes_)
                                       : Said{};
    const Said tensors_named =
        SayOf(index_.size(), "tensor", "tensors", "{1} {0}", "텐서 {}개", index_.size());
    const Said files_named = SayOf(tensors_by_shard_.size(), "file", "files", "{1} {0}",
                                   "파일 {}개", tensors_by_shard_.size());
    Said warning =
        Say("the index names {} in {}, none of which is here{}: names alone are known, no shapes "
            "or types",
            "색인은 {}({})를 말하지만 여기에는 하나도 없음{}: 이름만 알고 모양이나 자료형은 모름",
            tensors_named, files_named, bytes);
    return {path_, std::move(files), std::move(tensors), {std::move(warning)}, true};
  }

  void AddShard(const std::string& shard, const fs::path& shard_path,
                std::set<std::string_view> expected) {
    for (const Tensor& tensor : builder_.Add(shard_path, shard)) {
      if (expected.erase(tensor.name) == 1) continue;
      if (const auto listed = index_.find(tensor.name); listed != index_.end()) {
        Fail(shard_path.string(),
             fmt::format("the index says that this tensor is in \"{}\"", Printable(listed->second)),
             tensor.name);
      }
      builder_.Warn(Say("{} holds \"{}\", which the index does not list",
                        "{}에 색인에 없는 \"{}\"이(가) 들어 있음", Printable(shard),
                        Printable(tensor.name)));
    }
    if (expected.empty()) return;
    const std::string first(*expected.begin());
    if (!options_.partial) {
      Fail(shard_path.string(), "the index names this tensor, but the shard lacks it", first);
    }
    builder_.WarnOfMissing(Say("{} lacks {} of the tensors that the index names, such as \"{}\"",
                               "{}에 색인이 말하는 텐서 중 {}개가 없음, 예: \"{}\"",
                               Printable(shard), expected.size(), Printable(first)));
  }

  // Nothing of a folder that can't be listed: its files can be opened still.
  std::vector<std::string> FilesBeside() const {
    const std::string folder = index_path_.parent_path().string();
    try {
      return places_.FilesIn(folder.empty() ? "." : folder);
    } catch (const Error&) {
      return {};
    }
  }

  // Of torch's files, shards alone: what else is there need not be weights.
  bool IsOfSameForm(const std::string& name) const {
    if (!index_path_.string().ends_with(kTorchIndexEnding)) return name.ends_with(kShardEnding);
    return IsTorchWeightName(name) && ParseShardName(name).has_value();
  }

  void WarnOfUnlisted() {
    std::vector<std::string> unlisted, gguf;
    for (const std::string& name : FilesBeside()) {
      if (name.ends_with(kGgufEnding)) gguf.push_back(name);
      if (IsOfSameForm(name) && !tensors_by_shard_.contains(name)) {
        unlisted.push_back(name);
      }
    }
    std::ranges::sort(gguf, NaturalLess);
    WarnOfGguf(gguf, builder_);
    if (unlisted.empty()) return;
    std::ranges::sort(unlisted, NaturalLess);
    builder_.Warn(
        Say("not in the index, and so left out: {}", "색인에 없어 제외함: {}", ListOf(unlisted)));
  }

  std::string path_;
  fs::path index_path_;
  OpenOptions options_;
  const Places& places_;
  std::optional<std::uint64_t> declared_bytes_;  // by the index itself
  ShardIndex index_;
  std::map<std::string, std::set<std::string_view>> tensors_by_shard_;
  CatalogueBuilder builder_;
};

// In natural order.
struct DirectoryListing {
  std::vector<std::string> indexes, safetensors;
  std::vector<std::string> torch_indexes, torch;
  std::vector<std::string> gguf;
};

DirectoryListing List(const std::string& directory, const Places& places) {
  DirectoryListing listing;
  for (const std::string& name : places.FilesIn(directory)) {
    if (name.ends_with(kIndexEnding)) listing.indexes.push_back(name);
    if (name.ends_with(kShardEnding)) listing.safetensors.push_back(name);
    if (name.ends_with(kTorchIndexEnding)) listing.torch_indexes.push_back(name);
    if (IsTorchWeightName(name)) listing.torch.push_back(name);
    if (name.ends_with(kGgufEnding)) listing.gguf.push_back(name);
  }
  for (auto* const names : {&listing.indexes, &listing.safetensors, &listing.torch_indexes,
                            &listing.torch, &listing.gguf}) {
    std::ranges::sort(*names, NaturalLess);
  }
  return listing;
}

std::optional<std::string> ChooseIndex(const std::string& path,
                                       const std::vector<std::string>& indexes) {
  for (const std::string_view usual : kUsualIndexes) {
    if (std::ranges::find(indexes, usual) != indexes.end()) return std::string(usual);
  }
  if (indexes.size() > 1) {
    Fail(path, fmt::format("has several indexes ({} and {}, for instance): name one of them",
                           Printable(indexes[0]), Printable(indexes[1])));
  }
  if (indexes.empty()) return std::nullopt;
  return indexes.front();
}

bool IsAdapter(const ShardSet& set) {
  return set.stem.starts_with("adapter") || set.stem == "pytorch_lora_weights";
}

// Meta's own form, which its repositories hold beside the one for transformers.
bool IsConsolidated(const ShardSet& set) { return set.stem.starts_with("consolidated"); }

// Takes sets of files away that are no part of the model that the others are.
void LeaveOut(bool (*is_other)(const ShardSet&), const Said& why, std::vector<ShardSet>& sets,
              CatalogueBuilder& builder) {
  const auto others = std::ranges::stable_partition(sets, std::not_fn(is_other));
  if (others.begin() == sets.begin()) return;  // that is all there is
  for (const ShardSet& set : others) {
    builder.Warn(Say("left out, as {}: {}", "{}(이)라 제외함: {}", why, ListOf(set.files)));
  }
  sets.erase(others.begin(), others.end());
}

// Two copies of a model, each with all of its tensors, can't be told from a model by name alone.
void RequireOneOfEach(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& names) {
  std::map<std::string_view, std::string_view> file_of;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<std::string>> clashes;
  for (const auto& [tensor, file] : names) {
    const auto [first, fresh] = file_of.emplace(tensor, file);
    if (!fresh) clashes[{first->second, file}].push_back(tensor);
  }
  if (clashes.empty()) return;
  const auto& [files, tensors] = *clashes.begin();
  Fail(path, fmt::format("{} and {} both hold {}: name one of them, or its index",
                         Printable(files.first), Printable(files.second),
                         tensors.size() == 1
                             ? fmt::format("\"{}\"", Printable(tensors.front()))
                             : fmt::format("\"{}\" and {} more tensors", Printable(tensors.front()),
                                           tensors.size() - 1)));
}

Checkpoint OpenFiles(const std::string& path, const std::vector<std::string>& files,
                     const std::vector<std::string>& gguf, const OpenOptions& options,
                     const Places& places, const QuantisationConfig& config) {
  CatalogueBuilder builder(path, places, options, config);
  WarnOfGguf(gguf, builder);
  std::vector<ShardSet> sets = ShardSetsOf(files);
  LeaveOut(IsAdapter, {"an adapter beside the model", "모델 옆의 어댑터"}, sets, builder);
  LeaveOut(IsConsolidated, {"the same model in Meta's form", "같은 모델의 Meta 형식"}, sets,
           builder);
  std::vector<std::pair<std::string, std::string>> names;
  for (const ShardSet& set : sets) {
    if (!set.missing.empty()) {
      const Said message = Say(
          "missing by the names of the other shards: {}; --partial goes on without",
          "다른 샤드의 이름으로 보아 없는 파일: {}. --partial은 없이 계속함", ListOf(set.missing));
      if (!options.partial) Fail(path, message.english);
      builder.WarnOfMissing(message);
    }
    for (const std::string& file : set.files) {
      for (const Tensor& tensor : builder.Add(fs::path(path) / file)) {
        names.emplace_back(tensor.name, file);
      }
    }
  }
  RequireOneOfEach(path, names);
  return std::move(builder).Build();
}

Checkpoint WithWarning(const Checkpoint& checkpoint, Said warning, bool incomplete) {
  std::vector<Said> warnings = checkpoint.warnings();
  warnings.push_back(std::move(warning));
  return {checkpoint.path(),   checkpoint.files(), checkpoint.tensors(),
          std::move(warnings), incomplete,         checkpoint.config()};
}

Checkpoint OpenListed(const std::string& path, const std::vector<std::string>& indexes,
                      const std::vector<std::string>& files, const std::vector<std::string>& gguf,
                      const OpenOptions& options, const Places& places,
                      const QuantisationConfig& config) {
  if (const auto index = ChooseIndex(path, indexes)) {
    return IndexedCheckpoint(path, fs::path(path) / *index, options, places, config).Open();
  }
  return OpenFiles(path, files, gguf, options, places, config);
}

Checkpoint OpenGgufFolder(const std::string& path, const std::vector<std::string>& gguf,
                          const OpenOptions& options, const Places& places,
                          const QuantisationConfig& config) {
  if (gguf.empty()) Fail(path, WhyNoWeights(path, places));
  CatalogueBuilder builder(path, places, options, config);
  AddGgufOfFolder(path, gguf, options, builder);
  return std::move(builder).Build();
}

// Safetensors where there are any, as they say more of themselves; else what torch saved; else
// GGUF.
Checkpoint OpenDirectory(const std::string& path, const OpenOptions& options, const Places& places,
                         const QuantisationConfig& config) {
  const DirectoryListing listing = List(path, places);
  if (listing.indexes.empty() && listing.safetensors.empty()) {
    const bool no_torch = listing.torch.empty() && listing.torch_indexes.empty();
    if (no_torch || (listing.torch.empty() && !listing.gguf.empty()))
      return OpenGgufFolder(path, listing.gguf, options, places, config);
    return OpenListed(path, listing.torch_indexes, listing.torch, listing.gguf, options, places,
                      config);
  }
  Checkpoint checkpoint =
      OpenListed(path, listing.indexes, listing.safetensors, listing.gguf, options, places, config);
  if (listing.torch.empty()) return checkpoint;
  return WithWarning(
      checkpoint,
      Say("left out, as torch's beside safetensors: {}",
          "safetensors와 함께 있는 torch 파일이라 제외함: {}", ListOf(listing.torch)),
      checkpoint.incomplete());
}

// Nothing of a folder that can't be listed.
std::vector<std::string> ListedFiles(const std::string& folder, const Places& places) {
  try {
    return places.FilesIn(folder);
  } catch (const Error&) {
    return {};
  }
}

// Of a file that is one of several: which of them are missing, or that there are others.
std::string WhatElseThereIs(const std::string& path, const ShardName& shard, const Places& places) {
  const fs::path file(path);
  std::vector<std::string> set = {file.filename().string()};
  const std::string folder = file.parent_path().string();
  for (const std::string& name : ListedFiles(folder.empty() ? "." : folder, places)) {
    const auto other = ParseShardName(name);
    if (other && other->stem == shard.stem && other->of == shard.of && name != set.front()) {
      set.push_back(name);
    }
  }
  const std::vector<std::string> missing = ShardSetsOf(set).front().missing;
  if (missing.empty()) {
    return fmt::format("is one of {} shards: name the folder, for all of them", shard.of);
  }
  return fmt::format("is one of {} shards, of which there is no {}", shard.of,
                     ListOf(missing).english);
}

Checkpoint OpenOneFile(const std::string& path, const OpenOptions& options, const Places& places,
                       const QuantisationConfig& config) {
  CatalogueBuilder builder(path, places, options, config);
  if (path.ends_with(kGgufEnding)) {
    AddGgufFile(path, options, places, builder);
    return std::move(builder).Build();
  }
  const auto shard = ParseShardName(fs::path(path).filename().string());
  if (shard && shard->of > 1) {
    if (!options.partial) {
      Fail(path, WhatElseThereIs(path, *shard, places) + "; --partial goes on with this one");
    }
    builder.WarnOfMissing(Say("one of {} shards: the others are not read",
                              "샤드 {}개 중 하나: 나머지는 읽지 않음", shard->of));
  }
  builder.Add(path);
  return std::move(builder).Build();
}

Checkpoint OpenAdapter(const std::string& path, const AdapterFolder& adapter,
                       const OpenOptions& options, const Places& places,
                       const QuantisationConfig& config) {
  const Checkpoint alone = OpenDirectory(path, options, places, {});
  if (adapter.base.empty()) {
    return WithWarning(
        alone,
        Say("{}: its tensors are looked at as they are; --base MODEL looks at that model with them",
            "{}: 텐서를 있는 그대로 봄. --base MODEL은 그 모델에 더한 것을 봄",
            adapter.config.Sentence()),
        true);
  }
  OpenOptions of_base = options;
  of_base.base.clear();
  if (FindAdapter(adapter.base, of_base, places)) Fail(adapter.base, "is an adapter, and no base");
  return MergeAdapter(OpenCheckpoint(adapter.base, of_base, places, config), alone, adapter.config);
}

}  // namespace

Checkpoint OpenCheckpoint(const std::string& path, const OpenOptions& options, const Places& places,
                          const QuantisationConfig& config) {
  if (!places.MayExist(path)) Fail(path, WhyNothingIsThere(path, places));
  if (const auto adapter = FindAdapter(path, options, places)) {
    return OpenAdapter(path, *adapter, options, places, config);
  }
  if (places.IsFolder(path)) return OpenDirectory(path, options, places, config);
  if (path.ends_with(".index.json"))
    return IndexedCheckpoint(path, path, options, places, config).Open();
  if (const auto why = WhyNoModelFile(path)) Fail(path, *why);
  return OpenOneFile(path, options, places, config);
}

}  // namespace modelkin
