#include "hub_connection.h"

#include <algorithm>

#include "hub/hub.h"
#include "hub/hub_address.h"
#include "local_hub/local_hub.h"
#include "source/location.h"
#include "temporary_folder.h"

namespace modelkin {

void ConnectHub(const std::vector<std::string_view>& arguments, bool offline) {
  const bool wanted = std::ranges::any_of(arguments, [](std::string_view argument) {
    return argument.find(kHubScheme) != std::string_view::npos || argument == "verify";
  });
  if (!wanted) return;
  HubSettings settings = HubSettingsFromEnvironment();
  settings.offline = settings.offline || offline;
  if (arguments.size() > 1 && arguments[1] == "verify") settings.block_cache_bytes = 0;
  RegisterPlace(std::string(kHubScheme), std::make_shared<Hub>(settings));
}

class DemoHub::Service {
 public:
  explicit Service(const std::string& files) : local_({.folder = files, .token = {}}) {
    HubSettings settings;
    settings.endpoint = local_.endpoint();
    settings.block_cache = cache_.path();
    RegisterPlace(std::string(kHubScheme), std::make_shared<Hub>(settings));
  }

 private:
  LocalHub local_;
  TemporaryFolder cache_;
};

DemoHub::DemoHub(const std::string& files)
    : service_(std::make_unique<Service>(files)), prefix_("hf://local") {}

DemoHub::~DemoHub() = default;

std::string_view DemoHub::HowRead() {
  return "All of it was read from a hub on this machine, by byte ranges.";
}

}  // namespace modelkin
