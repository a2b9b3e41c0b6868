#include "library/hub_place.h"

#include <mutex>

#include "hub/hub.h"
#include "hub/hub_address.h"

namespace modelkin {
namespace {

// A hub that is made by the first question.
class LateHub final : public RemotePlace {
 public:
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
    if (hub_ == nullptr) hub_ = std::make_unique<const Hub>(HubSettingsFromEnvironment());
    return *hub_;
  }

  mutable std::mutex mutex_;
  mutable std::unique_ptr<const Hub> hub_;
};

}  // namespace

std::shared_ptr<const Places> PlacesWithHub() {
  auto places = std::make_shared<Places>();
  places->Add(std::string(kHubScheme), std::make_shared<LateHub>());
  return places;
}

}  // namespace modelkin
