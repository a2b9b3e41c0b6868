// What a repository of a hub holds at one commit.
#ifndef MODELKIN_HUB_HUB_REPOSITORY_H_
#define MODELKIN_HUB_HUB_REPOSITORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/block_cache.h"
#include "hub/hub_address.h"
#include "hub/hub_requests.h"

namespace modelkin {

struct HubFileEntry {
  std::optional<std::uint64_t> size;
  std::string content;  // as the hub names it: SHA-256 of a large file, else git's; may be ""
};

struct HubRepository {
  std::string name;                           // "org/name"
  std::string commit;                         // 40 hexadecimal digits
  std::map<std::string, HubFileEntry> files;  // by path
};

// Asks the hub, or in offline mode our own cache and that of huggingface_hub. A revision that is a
// commit is asked for once and then known. Throws as HubRequests, and Error(kBadInput) where the
// answer makes no sense; Error(kIo) where offline and in no cache.
HubRepository FindRepository(const HubAddress& address, HubRequests& requests, BlockCache& cache);

// {"sha": commit, "siblings": [{"rfilename", "size", "blobId", "lfs": {"sha256"}}]}, as
// /api/models/ORG/NAME/revision/REVISION?blobs=true gives it. Files whose names could leave a
// folder are left out. Throws Error(kBadInput).
HubRepository ParseRepository(const std::string& name, const std::string& label,
                              std::string_view json);

// Returns the paths of all files that the cache of huggingface_hub has of a repository, of any
// commit.
std::vector<std::string> AllInHubCache(const std::string& hub_cache, const std::string& repository);

// Path of a file in the cache of huggingface_hub, "" if it isn't there.
std::string InHubCache(const std::string& hub_cache, const std::string& repository,
                       const std::string& commit, const std::string& path);

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_REPOSITORY_H_
