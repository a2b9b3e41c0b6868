#include "requests/attest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/escaped_text.h"
#include "requests/short_names.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCommitDigits = 40;

// "hf://org/name@COMMIT/path"
std::string CommitIn(const std::string& location) {
  const std::size_t at = location.find('@');
  if (at == std::string::npos) return "";
  std::string commit = location.substr(at + 1, location.find('/', at) - at - 1);
  const bool fits = commit.size() == kCommitDigits && std::ranges::all_of(commit, [](char c) {
                      return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f');
                    });
  return fits ? commit : "";
}

std::string ParentOf(const std::string& location) {
  std::string parent = fs::path(location).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string FileNameAt(const std::string& location) {
  return fs::path(location).filename().string();
}

// The files of a model that is neither a folder nor one file: an index and what it names.
ModelFiles NamedFiles(const OpenedModel& model) {
  const std::string folder = ParentOf(model.path());
  ModelFiles files{.name = FileNameAt(model.path()), .files = {}, .has_links = false};
  std::vector<std::string> names = {FileNameAt(model.path())};
  for (const CheckpointFile& file : model.checkpoint().files()) names.push_back(file.name);
  std::ranges::sort(names, IsBeforeByParts);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    std::string location = fmt::format("{}/{}", folder, name);
    std::error_code ignored;
    files.has_links = files.has_links || fs::is_symlink(location, ignored);
    files.files.push_back({.path = name, .location = std::move(location)});
  }
  return files;
}

class ModelDigester {
 public:
  ModelDigester(const OpenedModel& model, const AttestedScope& scope, const RequestContext& context)
      : model_(model), scope_(scope), context_(context) {}

  AttestedModel Run(bool digest_remote) {
    AttestedModel attested{.name = ShortNames({model_.path()}).front(),
                           .uri = {},
                           .commit = {},
                           .extent = ExtentOfModel(),
                           .manifest = {},
                           .weights = {}};
    const bool is_remote = model_.places().IsRemote(model_.path());
    if (is_remote) {
      attested.uri = model_.places().Resolve(model_.path());
      attested.commit = CommitIn(attested.uri);
    }
    if (is_remote && !digest_remote && !attested.commit.empty()) return attested;
    attested.manifest = Manifest(attested.extent);
    attested.weights = Weights(*attested.manifest, attested.extent);
    if (!is_remote) attested.name = attested.manifest->name;
    return attested;
  }

 private:
  ManifestExtent ExtentOfModel() const {
    if (model_.places().IsFolder(model_.path())) return ManifestExtent::kFolder;
    const auto& files = model_.checkpoint().files();
    const bool is_one = files.size() == 1 && files.front().name == FileNameAt(model_.path());
    return is_one ? ManifestExtent::kFile : ManifestExtent::kFiles;
  }

  ModelManifest Manifest(ManifestExtent extent) const {
    ManifestRules rules{.shard_bytes = {}, .has_links = false, .ignored = scope_.ignored};
    for (const std::string_view path : kGitPaths) {
      if (std::ranges::find(rules.ignored, path) == rules.ignored.end()) {
        rules.ignored.emplace_back(path);
      }
    }
    const ModelFiles files = extent == ManifestExtent::kFiles
                                 ? NamedFiles(model_)
                                 : ListModelFiles(model_.path(), rules.ignored, model_.places());
    // The bytes that were traced, which are open, and not what lies there now.
    const FileDigests digests = model_.Digests(true, context_.threads, *context_.progress);
    std::map<std::string, std::string> known;
    for (std::size_t i = 0; i < model_.checkpoint().files().size(); ++i) {
      known[model_.checkpoint().files()[i].source->label()] = digests.whole[i];
    }
    ModelManifest manifest =
        MakeManifest(files, rules, model_.places(), context_.threads, *context_.progress,
                     [&](const std::string& location) -> std::optional<std::string> {
                       const auto found = known.find(location);
                       return found == known.end() ? std::nullopt : std::optional(found->second);
                     });
    model_.checkpoint().RequireUnchanged();
    return manifest;
  }

  // A digest without the weights would say nothing of them.
  std::vector<std::string> Weights(const ModelManifest& manifest, ManifestExtent extent) const {
    std::vector<std::string> weights;
    for (const CheckpointFile& file : model_.checkpoint().files()) {
      const std::string name = extent == ManifestExtent::kFile ? "." : file.name;
      const bool is_there =
          std::ranges::find(manifest.items, name, &ManifestItem::Name) != manifest.items.end();
      // Of an adapter's base, whose folder is another.
      if (!is_there && IsIgnored(name, scope_.ignored)) {
        throw Error(ErrorKind::kUsage,
                    fmt::format("{} can't be left out of the digest: the weights are in it",
                                Printable(name)),
                    {.file = model_.path(), .tensor = {}, .offset_bytes = {}});
      }
      if (is_there) weights.push_back(name);
    }
    return weights;
  }

  const OpenedModel& model_;
  const AttestedScope& scope_;
  const RequestContext& context_;
};

}  // namespace

std::string_view ManifestExtentName(ManifestExtent extent) {
  constexpr std::array<std::string_view, 3> kNames = {"folder", "file", "files"};
  return kNames[static_cast<std::size_t>(extent)];
}

AttestResults AttestModels(const AttestRequest& request, const RequestContext& context) {
  const HeedStop heed(*context.stop);
  TraceResults trace = TraceModels(request.trace, context);
  const OpenedModel &a = *trace.models.a().model, &b = *trace.models.b().model;
  AttestedModel attested_a = ModelDigester(a, request.a, context).Run(request.digest_remote);
  AttestedModel attested_b = ModelDigester(b, request.b, context).Run(request.digest_remote);
  return {.trace = std::move(trace), .a = std::move(attested_a), .b = std::move(attested_b)};
}

}  // namespace modelkin
