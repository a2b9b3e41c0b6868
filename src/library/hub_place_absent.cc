// In place of hub_place.cc, where MODELKIN_HUB is OFF.
#include "base/build_parts.h"
#include "library/hub_place.h"

namespace modelkin {
namespace {

class AbsentHub final : public RemotePlace {
 public:
  bool IsFolder(const std::string&) const override { throw NoHub(); }
  std::vector<std::string> FilesIn(const std::string&) const override { throw NoHub(); }
  std::shared_ptr<const ByteSource> Open(const std::string&) const override { throw NoHub(); }
  std::string Resolve(const std::string&) const override { throw NoHub(); }

 private:
  static Error NoHub() {
    return BuiltWithout("the hub", "MODELKIN_HUB", "models on this machine work");
  }
};

}  // namespace

std::shared_ptr<const Places> PlacesWithHub(bool) {
  auto places = std::make_shared<Places>();
  places->Add("hf://", std::make_shared<AbsentHub>());
  return places;
}

void UseSpareCertificates(const std::string&) {}

}  // namespace modelkin
