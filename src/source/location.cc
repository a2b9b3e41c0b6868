#include "source/location.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

struct Scheme {
  std::string prefix;
  std::shared_ptr<const RemotePlace> place;
};

std::vector<Scheme>& Schemes() {
  static std::vector<Scheme> schemes;
  return schemes;
}

const RemotePlace* PlaceOf(std::string_view location) {
  for (const Scheme& scheme : Schemes()) {
    if (location.starts_with(scheme.prefix)) return scheme.place.get();
  }
  return nullptr;
}

}  // namespace

void RegisterPlace(std::string scheme, std::shared_ptr<const RemotePlace> place) {
  std::erase_if(Schemes(), [&](const Scheme& known) { return known.prefix == scheme; });
  Schemes().push_back({.prefix = std::move(scheme), .place = std::move(place)});
}

bool IsRemote(std::string_view location) { return PlaceOf(location) != nullptr; }

std::string ResolveLocation(const std::string& location) {
  const RemotePlace* const place = PlaceOf(location);
  return place == nullptr ? location : place->Resolve(location);
}

bool IsFolder(const std::string& location) {
  if (const RemotePlace* const place = PlaceOf(location)) return place->IsFolder(location);
  std::error_code ignored;
  return fs::is_directory(location, ignored);
}

bool MayExist(const std::string& location) {
  if (const RemotePlace* const place = PlaceOf(location)) {
    if (place->IsFolder(location)) return true;
    const fs::path path(location);
    const auto names = place->FilesIn(path.parent_path().string());
    return std::ranges::find(names, path.filename().string()) != names.end();
  }
  std::error_code failure;
  return fs::exists(location, failure) || failure;
}

std::vector<std::string> FilesIn(const std::string& folder) {
  if (const RemotePlace* const place = PlaceOf(folder)) return place->FilesIn(folder);
  std::vector<std::string> names;
  std::error_code failure;
  for (auto it = fs::directory_iterator(folder, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    names.push_back(it->path().filename().string());
  }
  if (failure) {
    throw Error(ErrorKind::kIo, fmt::format("cannot list: {}", failure.message()),
                {.file = folder, .tensor = {}, .offset_bytes = {}});
  }
  return names;
}

std::shared_ptr<const ByteSource> OpenFile(const std::string& path) {
  const RemotePlace* const place = PlaceOf(path);
  return place == nullptr ? MapFile(path) : place->Open(path);
}

}  // namespace modelkin
