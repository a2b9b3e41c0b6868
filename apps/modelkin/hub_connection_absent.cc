// In place of atlas_service.cc, hub_connection.cc and serve_command.cc, where MODELKIN_HUB is OFF.
#include "atlas_service.h"
#include "base/build_parts.h"
#include "commands.h"
#include "hub_connection.h"

namespace modelkin {
namespace {

Error NoHub() { return BuiltWithout("the hub", "MODELKIN_HUB", "models on this machine work"); }

class AbsentHub final : public RemotePlace {
 public:
  bool IsFolder(const std::string&) const override { throw NoHub(); }
  std::vector<std::string> FilesIn(const std::string&) const override { throw NoHub(); }
  std::shared_ptr<const ByteSource> Open(const std::string&) const override { throw NoHub(); }
  std::string Resolve(const std::string&) const override { throw NoHub(); }
};

}  // namespace

std::shared_ptr<const Places> PlacesFor(const std::vector<std::string>&, bool) {
  auto places = std::make_shared<Places>();
  places->Add("hf://", std::make_shared<AbsentHub>());
  return places;
}

std::vector<std::string> CachedFilesOf(const std::string&) { return {}; }

class DemoHub::Service {};

DemoHub::DemoHub(const std::string& files) : prefix_(files), places_(SharedThisMachine()) {}

DemoHub::~DemoHub() = default;

std::string_view DemoHub::HowRead() {
  return "This program was built without the hub, so that it read the folders themselves.";
}

void ServeAtlas(const AtlasServiceOptions&, const std::function<void(const std::string&)>&,
                const RequestContext&) {
  throw NoHub();
}

Command AddServeCommand(CLI::App& program) {
  CLI::App& command = *program.add_subcommand(
      "serve", "Serve a folder of models as a hub (this program was built without)");
  command.allow_extras();
  return [](const Program&) -> int { throw NoHub(); };
}

}  // namespace modelkin
