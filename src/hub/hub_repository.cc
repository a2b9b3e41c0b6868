#include "hub/hub_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "source/json_document.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kLargestListing = std::uint64_t{32} << 20;

bool IsCommit(std::string_view revision) {
  return revision.size() == 40 && std::ranges::all_of(revision, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > 1000 || path.front() == '/' || path.back() == '/') return false;
  return path.find("//") == std::string_view::npos && path.find('\\') == std::string_view::npos &&
         path.find('\0') == std::string_view::npos && !path.starts_with("../") &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..") && path != "..";
}

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

HubFileEntry EntryOf(const json& sibling) {
  HubFileEntry entry{.size = {}, .content = TextAt(sibling, "blobId")};
  if (const auto size = sibling.find("size"); size != sibling.end() && size->is_number_unsigned()) {
    entry.size = size->get<std::uint64_t>();
  }
  if (const auto lfs = sibling.find("lfs"); lfs != sibling.end() && lfs->is_object()) {
    const std::string digest = TextAt(*lfs, "sha256");
    if (!digest.empty()) entry.content = digest;
  }
  return entry;
}

std::string HubFolder(const std::string& hub_cache, const std::string& repository) {
  std::string name = "models--" + repository;
  name.replace(name.find('/'), 1, "--");
  return fmt::format("{}/{}", hub_cache, name);
}

// From the cache of huggingface_hub alone: what is there of a commit.
std::optional<HubRepository> FromHubCache(const std::string& hub_cache, const HubAddress& address) {
  if (hub_cache.empty()) return std::nullopt;
  const std::string folder = HubFolder(hub_cache, address.repository);
  HubRepository repository{.name = address.repository, .commit = address.revision, .files = {}};
  if (!IsCommit(repository.commit)) {
    std::ifstream reference(fmt::format("{}/refs/{}", folder, address.revision));
    std::getline(reference, repository.commit);
    if (!IsCommit(repository.commit)) return std::nullopt;
  }
  const fs::path snapshot = fmt::format("{}/snapshots/{}", folder, repository.commit);
  std::error_code failure;
  for (auto it = fs::recursive_directory_iterator(snapshot, failure);
       !failure && it != fs::recursive_directory_iterator(); it.increment(failure)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    repository.files[it->path().lexically_relative(snapshot).string()] = {
        .size = it->file_size(ignored), .content = {}};
  }
  if (repository.files.empty()) return std::nullopt;
  return repository;
}

std::string ListingName(const HubAddress& address, const HubRequests& requests) {
  return fmt::format("listing\n{}\n{}\n{}", requests.settings().endpoint, address.repository,
                     address.revision);
}

std::optional<std::string> KeptListing(const std::string& name, const BlockCache& cache) {
  const auto bytes = cache.Find(name);
  if (bytes == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

HubRepository FindOffline(const HubAddress& address, const HubRequests& requests,
                          const BlockCache& cache) {
  const std::string label = address.ToString();
  if (const auto kept = KeptListing(ListingName(address, requests), cache)) {
    return ParseRepository(address.repository, label, *kept);
  }
  if (auto found = FromHubCache(requests.settings().hub_cache, address)) return std::move(*found);
  throw Error(ErrorKind::kIo, "is in no cache, and this is offline", {.file = label});
}

}  // namespace

HubRepository ParseRepository(const std::string& name, const std::string& label,
                              std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  const json answer =
      ReadJsonObject(*MakeMemorySource(label, {bytes.begin(), bytes.end()}), kLargestListing);
  HubRepository repository{.name = name, .commit = TextAt(answer, "sha"), .files = {}};
  const auto siblings = answer.find("siblings");
  if (!IsCommit(repository.commit) || siblings == answer.end() || !siblings->is_array()) {
    throw Error(ErrorKind::kBadInput, "the hub's answer names no commit and files",
                {.file = label});
  }
  for (const json& sibling : *siblings) {
    if (!sibling.is_object()) continue;
    const std::string path = TextAt(sibling, "rfilename");
    if (IsSafePath(path)) repository.files.emplace(path, EntryOf(sibling));
  }
  return repository;
}

std::vector<std::string> AllInHubCache(const std::string& hub_cache,
                                       const std::string& repository) {
  std::vector<std::string> files;
  if (hub_cache.empty()) return files;
  std::error_code failure;
  for (auto it = fs::recursive_directory_iterator(HubFolder(hub_cache, repository) + "/snapshots",
                                                  failure);
       !failure && it != fs::recursive_directory_iterator(); it.increment(failure)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) files.push_back(it->path().string());
  }
  return files;
}

std::string InHubCache(const std::string& hub_cache, const std::string& repository,
                       const std::string& commit, const std::string& path) {
  if (hub_cache.empty()) return "";
  std::string file =
      fmt::format("{}/snapshots/{}/{}", HubFolder(hub_cache, repository), commit, path);
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) ? file : "";
}

HubRepository FindRepository(const HubAddress& address, HubRequests& requests, BlockCache& cache) {
  if (requests.settings().offline) return FindOffline(address, requests, cache);
  const std::string label = address.ToString(), name = ListingName(address, requests);
  if (IsCommit(address.revision)) {
    if (const auto kept = KeptListing(name, cache)) {
      return ParseRepository(address.repository, label, *kept);
    }
  }
  const std::string text =
      requests.Get(fmt::format("/api/models/{}/revision/{}?blobs=true", address.repository,
                               UrlEncoded(address.revision, false)),
                   label, kLargestListing);
  HubRepository repository = ParseRepository(address.repository, label, text);
  if (IsCommit(address.revision) && repository.commit != address.revision) {
    throw Error(ErrorKind::kBadInput, "the hub answers with another commit", {.file = label});
  }
  const auto bytes = std::as_bytes(std::span(text));
  cache.Store(name, bytes);
  HubAddress fixed = address;
  fixed.revision = repository.commit;
  if (fixed.revision != address.revision) cache.Store(ListingName(fixed, requests), bytes);
  return repository;
}

}  // namespace modelkin
