#include "own_folder.h"

#include <dlfcn.h>

#include <filesystem>

#include "base/shared_library.h"
#include "library/hub_place.h"

namespace modelkin {

void UseOwnFolder() {
  Dl_info module{};
  if (dladdr(reinterpret_cast<const void*>(&UseOwnFolder), &module) == 0) return;
  const std::filesystem::path folder = std::filesystem::absolute(module.dli_fname).parent_path();
  SetBundledLibraries(folder.string());
  UseSpareCertificates((folder.parent_path() / "certifi" / "cacert.pem").string());
}

}  // namespace modelkin
