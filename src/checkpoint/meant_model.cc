#include "checkpoint/meant_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/escaped_text.h"
#include "base/natural_order.h"
#include "base/nearest_name.h"
#include "checkpoint/weight_file_name.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHubScheme = "hf://";
constexpr auto kHubHosts = std::to_array<std::string_view>(
    {"https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "huggingface.co/",
     "https://www.huggingface.co/"});
constexpr std::size_t kMostSubfolders = 1000;

struct ForeignEnding {
  std::string_view ending;
  std::string_view what;  // after "is "
};

constexpr auto kForeignEndings = std::to_array<ForeignEnding>({
    {".zip", "an archive: unpack it, and name the folder"},
    {".tar.gz", "an archive: unpack it, and name the folder"},
    {".tgz", "an archive: unpack it, and name the folder"},
    {".tar.bz2", "an archive: unpack it, and name the folder"},
    {".tar.xz", "an archive: unpack it, and name the folder"},
    {".tar.zst", "an archive: unpack it, and name the folder"},
    {".7z", "an archive: unpack it, and name the folder"},
    {".onnx", "an ONNX graph, which is not read: name the checkpoint that it was exported from"},
    {".h5", "a file of Keras or TensorFlow, which is not read: save the model as safetensors"},
    {".keras", "a file of Keras, which is not read: save the model as safetensors"},
    {".msgpack", "a file of Flax, which is not read: save the model as safetensors"},
    {".pb", "a graph of TensorFlow, which is not read: save the model as safetensors"},
    {".tflite", "a file of TensorFlow Lite, which is not read: name the checkpoint that it is of"},
    {".npz", "an archive of NumPy, which is not read: save its arrays as safetensors"},
    {".npy", "an array of NumPy, which is not read: save it as safetensors"},
    {".parquet", "a table of data, and no model"},
    {".arrow", "a table of data, and no model"},
    {".jsonl", "a file of data, and no model"},
    {".csv", "a file of data, and no model"},
    {".incomplete", "a download that did not end: fetch the file again"},
    {".part", "a download that did not end: fetch the file again"},
    {".crdownload", "a download that did not end: fetch the file again"},
    {".aria2", "a download that did not end: fetch the file again"},
});

bool IsIncomplete(std::string_view name) {
  return name.ends_with(".incomplete") || name.ends_with(".part") ||
         name.ends_with(".crdownload") || name.ends_with(".aria2");
}

std::string Quoted(const std::string& text) { return fmt::format("\"{}\"", Printable(text)); }

std::string Trimmed(const std::string& text) {
  constexpr std::string_view kAround = " \t\r\n\"'";
  const std::size_t begin = text.find_first_not_of(kAround);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kAround) + 1 - begin);
}

// Nothing of a folder that can't be listed.
std::vector<std::string> NamesIn(const std::string& folder, const Places& places) {
  try {
    return places.FilesIn(folder.empty() ? "." : folder);
  } catch (const Error&) {
    return {};
  }
}

std::string Inside(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

bool IsWeightFile(std::string_view name) {
  return name.ends_with(".safetensors") || name.ends_with(".gguf") || IsTorchWeightName(name);
}

// "org/name" of an address of the hub's pages; "" of others.
std::string RepositoryOfPage(std::string_view address) {
  for (const std::string_view host : kHubHosts) {
    if (!address.starts_with(host)) continue;
    address.remove_prefix(host.size());
    const std::size_t slash = address.find('/');
    if (slash == std::string_view::npos || slash == 0) return "";
    const std::size_t end = address.find_first_of("/?#", slash + 1);
    return std::string(address.substr(0, end));
  }
  return "";
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

// Whether it may be a repository's name at a hub: "org/name".
bool IsLikeRepository(const std::string& path) {
  const std::size_t slash = path.find('/');
  return slash != std::string::npos && path.find('/', slash + 1) == std::string::npos &&
         IsPlainName(std::string_view(path).substr(0, slash)) &&
         IsPlainName(std::string_view(path).substr(slash + 1)) && !HasWeightEnding(path) &&
         !path.ends_with(".json");
}

// "D:\models\x", ".\x", "\\server\x".
bool IsOfWindows(const std::string& path) {
  const bool has_drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
  return has_drive || path.find('\\') != std::string::npos;
}

std::string WithoutBackslashes(std::string path) {
  std::ranges::replace(path, '\\', '/');
  if (path.size() > 2 && path[1] == ':') {
    const char drive = path[0] >= 'A' && path[0] <= 'Z' ? static_cast<char>(path[0] + 32) : path[0];
    return fmt::format("/mnt/{}{}", drive, path.substr(2));
  }
  return path;
}

// The path with its first part that is not there as a neighbour is called that is nearly so.
std::optional<std::string> NearestPath(const std::string& path, const Places& places) {
  fs::path known;
  std::vector<std::string> parts;
  for (const fs::path& part : fs::path(path)) {
    if (!part.empty()) parts.push_back(part.string());
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const fs::path next = known / parts[i];
    if (places.MayExist(next.string())) {
      known = next;
      continue;
    }
    std::vector<std::string> names = NamesIn(known.string(), places);
    std::ranges::sort(names, NaturalLess);
    const auto nearest = NearestName(parts[i], names);
    if (!nearest) return std::nullopt;
    fs::path meant = known / *nearest;
    for (std::size_t k = i + 1; k < parts.size(); ++k) meant /= parts[k];
    if (!places.MayExist(meant.string())) return std::nullopt;
    return meant.string();
  }
  return std::nullopt;
}

std::string DidYouMean(const std::string& path) {
  return fmt::format("no such file or directory: did you mean {}?", Printable(path, 1024));
}

// What is wrong with how the path is written; "" for nothing.
std::string WhatIsWritten(const std::string& path, const Places& places) {
  if (const std::string repository = RepositoryOfPage(path); !repository.empty()) {
    return fmt::format("no such file or directory: for a model of the hub write {}{}", kHubScheme,
                       Printable(repository, 1024));
  }
  if (path.find("://") != std::string::npos) {
    return "no such file or directory: models are read from folders, files and hf://org/name";
  }
  if (const std::string trimmed = Trimmed(path); trimmed != path) {
    if (trimmed.empty()) return "no such file or directory: the name of a model is empty";
    if (places.MayExist(trimmed)) {
      return fmt::format("{} without the spaces or quotes around it?",
                         DidYouMean(trimmed).substr(0, DidYouMean(trimmed).size() - 1));
    }
  }
  if (path.starts_with('~')) {
    return "no such file or directory: the shell leaves ~ as it is inside quotes; write $HOME "
           "instead, or leave out the quotes";
  }
  if (IsOfWindows(path)) {
    const std::string here = WithoutBackslashes(path);
    return fmt::format("no such file or directory: this is a path of Windows; here it may be {}",
                       Printable(here, 1024));
  }
  return "";
}

// Folders inside that hold weights, in natural order: those of a training run, parts of a pipeline.
std::vector<std::string> FoldersWithWeights(const std::string& folder,
                                            const std::vector<std::string>& names,
                                            const Places& places) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < names.size() && i < kMostSubfolders; ++i) {
    const std::string inside = Inside(folder, names[i]);
    if (!places.IsRemote(folder) && places.IsFolder(inside) &&
        std::ranges::any_of(NamesIn(inside, places), IsWeightFile)) {
      found.push_back(inside);
    }
  }
  return found;
}

// "models--org--name" and the like, of huggingface_hub's cache.
bool IsCachedRepository(std::string_view name) { return name.starts_with("models--"); }

std::string RepositoryOfCache(std::string_view name) {
  std::string repository(name.substr(std::string_view("models--").size()));
  const std::size_t dashes = repository.find("--");
  if (dashes != std::string::npos) repository.replace(dashes, 2, "/");
  return repository;
}

// Of the cache's folder of one repository; "" where it is none.
std::string WhyOfCache(const std::string& folder, const std::vector<std::string>& names,
                       const Places& places) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (has("snapshots")) {
    const std::string inside = Inside(folder, "snapshots");
    const auto snapshots = FoldersWithWeights(inside, NamesIn(inside, places), places);
    if (snapshots.empty()) {
      return "is a cache's folder of a repository, and no snapshot in it has weights: fetch the "
             "model again";
    }
    return fmt::format("is a cache's folder of a repository: name its snapshot, {}",
                       Printable(snapshots.back(), 1024));
  }
  const auto cached = std::ranges::find_if(names, IsCachedRepository);
  if (cached == names.end()) return "";
  return fmt::format("is a cache of many models: name one, as in hf://{} --offline",
                     Printable(RepositoryOfCache(*cached), 256));
}

std::string WhyOfNames(const std::vector<std::string>& names) {
  const auto find = [&](const auto& matches) {
    const auto found = std::ranges::find_if(names, matches);
    return found == names.end() ? std::string() : *found;
  };
  if (const std::string name = find(IsIncomplete); !name.empty()) {
    return fmt::format("holds no weights yet: {} is a download that did not end; fetch it again",
                       Printable(name));
  }
  for (const std::string& name : names) {
    const auto why = WhyNoModelFile(name);
    if (why && !name.ends_with(".json")) {
      return fmt::format("holds no weights that are read here: {} {}", Printable(name), *why);
    }
  }
  if (!find([](std::string_view name) {
         return name == "dataset_info.json" || name == "dataset_infos.json" ||
                name == "dataset_dict.json";
       }).empty()) {
    return "is a data set, and no model";
  }
  if (std::ranges::find(names, "config.json") != names.end()) {
    return "holds config.json and no weights: fetch those as well (modelkin inspect and config "
           "read "
           "config.json alone)";
  }
  return "";
}

constexpr std::string_view kNoneOfThese =
    "holds no .safetensors file, nor one of torch (.bin, .pt, .pth, .ckpt) or GGUF (.gguf)";

}  // namespace

std::string WhyNothingIsThere(const std::string& path, const Places& places) {
  if (path.empty()) return "no such file or directory: the name of a model is empty";
  if (places.IsRemote(path)) return "no such file or directory";
  if (std::string written = WhatIsWritten(path, places); !written.empty()) return written;
  if (const auto nearest = NearestPath(path, places)) return DidYouMean(*nearest);
  if (IsLikeRepository(path)) {
    return fmt::format("no such file or directory: did you mean {}{}, at the hub?", kHubScheme,
                       Printable(path, 1024));
  }
  const std::string parent = fs::path(path).parent_path().string();
  if (!parent.empty() && !places.MayExist(parent)) {
    return fmt::format("no such file or directory: nor is there a folder {}",
                       Printable(parent, 1024));
  }
  return "no such file or directory";
}

std::string WhyNoWeights(const std::string& folder, const Places& places) {
  std::vector<std::string> names = NamesIn(folder, places);
  std::ranges::sort(names, NaturalLess);
  if (names.empty()) return "is an empty folder: no .safetensors, torch or GGUF file in it";
  if (std::string why = WhyOfCache(folder, names, places); !why.empty()) return why;
  const auto inside = FoldersWithWeights(folder, names, places);
  if (!inside.empty()) {
    return fmt::format("has no weights of its own, but {} has: name {}",
                       Quoted(fs::path(inside.back()).filename().string()),
                       Printable(inside.back(), 1024));
  }
  if (std::string why = WhyOfNames(names); !why.empty()) return why;
  return std::string(kNoneOfThese);
}

std::optional<std::string> WhyNoModelFile(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (name.ends_with(".index.json") || HasWeightEnding(name)) return std::nullopt;
  for (const ForeignEnding& foreign : kForeignEndings) {
    if (name.ends_with(foreign.ending)) return fmt::format("is {}", foreign.what);
  }
  if (name.starts_with("tokenizer") || name == "vocab.json" || name == "merges.txt") {
    return "is a file of a tokenizer: name the model's folder, or compare tokenizers with modelkin "
           "tokenizer";
  }
  if (name == "config.json") {
    return "is a configuration, and no weights: name the model's folder (modelkin inspect and "
           "config read it alone)";
  }
  if (name == "adapter_config.json") return "is a configuration: name the adapter's folder";
  if (name.ends_with(".json")) return "is no file of weights: name the model's folder";
  return std::nullopt;
}

}  // namespace modelkin
