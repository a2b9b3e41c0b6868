#include "library/hub_place.h"

#include <mutex>

#include "hub/certificates.h"
#include "hub/hub.h"
#include "hub/hub_address.h"

namespace modelkin {
namespace {

// A hub that is made by the first question.
class LateHub final : public RemotePlace {
 public:
  explicit LateHub(bool keeps_blocks) : keeps_blocks_(keeps_blocks) {}

  bool IsFolder(const std::string& location) const override { return Made().IsFolder(location); }
  std::vector<std::string> FilesIn(const std::string& folder) const override {
    return Made().FilesIn(folder);
  }
  std::shared_ptr<const ByteSource> Open(const std::string& file) const override {
    return Made().Open(file);
  }
  std::string Resolve(const std::string& location) const override {
    return Made().Resolve(location);
  }

 private:
  const Hub& Made() const {
    const std::lock_guard lock(mutex_);
    if (hub_ == nullptr) {
      HubSettings settings = HubSettingsFromEnvironment();
      if (!keeps_blocks_) settings.block_cache_bytes = 0;
      hub_ = std::make_unique<const Hub>(settings);
    }
    return *hub_;
  }

  const bool keeps_blocks_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<const Hub> hub_;
};

}  // namespace

std::shared_ptr<const Places> PlacesWithHub(bool keeps_blocks) {
  auto places = std::make_shared<Places>();
  places->Add(std::string(kHubScheme), std::make_shared<LateHub>(keeps_blocks));
  return places;
}

void UseSpareCertificates(const std::string& file) { SetSpareCertificates(file); }

}  // namespace modelkin
