#include "hub/hub.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "hub/hub_file.h"
#include "source/mapped_file.h"

namespace modelkin {

Hub::Hub(const HubSettings& settings)
    : requests_(settings), cache_(settings.block_cache, settings.block_cache_bytes) {}

const HubRepository& Hub::RepositoryOf(const HubAddress& address) const {
  const std::scoped_lock lock(mutex_);
  const HubAddress whole{address.repository, address.revision, ""};
  auto& known = repositories_[whole.ToString()];
  if (!known) {
    known = std::make_unique<const HubRepository>(FindRepository(whole, requests_, cache_));
  }
  return *known;
}

bool Hub::IsFolder(const std::string& location) const {
  const HubAddress address = ParseHubAddress(location);
  const HubRepository& repository = RepositoryOf(address);
  if (address.path.empty()) return true;
  const std::string prefix = address.path + "/";
  return std::ranges::any_of(repository.files,
                             [&](const auto& file) { return file.first.starts_with(prefix); });
}

std::vector<std::string> Hub::AllFilesIn(const std::string& folder) const {
  const HubAddress address = ParseHubAddress(folder);
  const std::string prefix = address.path.empty() ? "" : address.path + "/";
  std::vector<std::string> names;
  for (const auto& [path, entry] : RepositoryOf(address).files) {
    if (path.starts_with(prefix)) names.push_back(path.substr(prefix.size()));
  }
  return names;
}

std::vector<std::string> Hub::FilesIn(const std::string& folder) const {
  std::vector<std::string> names = AllFilesIn(folder);
  std::erase_if(names, [](const std::string& name) { return name.find('/') != name.npos; });
  return names;
}

std::shared_ptr<const ByteSource> Hub::Open(const std::string& file) const {
  const HubAddress address = ParseHubAddress(file);
  const HubRepository& repository = RepositoryOf(address);
  const auto found = repository.files.find(address.path);
  if (found == repository.files.end()) {
    throw Error(ErrorKind::kBadInput, "no such file in the repository", {.file = file});
  }
  const std::string local =
      InHubCache(requests_.settings().hub_cache, repository.name, repository.commit, address.path);
  std::error_code failure;
  if (!local.empty() &&
      (!found->second.size || std::filesystem::file_size(local, failure) == *found->second.size)) {
    return MapFile(local);
  }
  return std::make_shared<HubFile>(repository, address.path, requests_, cache_);
}

std::string Hub::Resolve(const std::string& location) const {
  HubAddress address = ParseHubAddress(location);
  address.revision = RepositoryOf(address).commit;
  return address.ToString();
}

}  // namespace modelkin
