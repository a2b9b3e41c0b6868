// A hub of models as a place where files are.
#ifndef MODELKIN_HUB_HUB_H_
#define MODELKIN_HUB_HUB_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/block_cache.h"
#include "hub/hub_repository.h"
#include "hub/hub_requests.h"
#include "hub/hub_settings.h"
#include "source/places.h"

namespace modelkin {

// Locations are hf://org/name[@revision][/path]. A revision is resolved to a commit at its first
// use, and stands for that commit from then on. Files that huggingface_hub has downloaded are read
// where they lie.
class Hub : public RemotePlace {
 public:
  explicit Hub(const HubSettings& settings);

  bool IsFolder(const std::string& location) const override;
  std::vector<std::string> FilesIn(const std::string& folder) const override;
  std::vector<std::string> AllFilesIn(const std::string& folder) const override;
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override;
  std::string Resolve(const std::string& location) const override;

  std::uint64_t bytes_received() const { return requests_.bytes_received(); }

 private:
  const HubRepository& RepositoryOf(const HubAddress& address) const;

  mutable HubRequests requests_;
  mutable BlockCache cache_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<const HubRepository>> repositories_;
};

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_H_
