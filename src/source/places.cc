#include "source/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/next_entry.h"
#include "source/mapped_file.h"

namespace modelkin {

namespace fs = std::filesystem;

void Places::Add(std::string scheme, std::shared_ptr<const RemotePlace> place) {
  std::erase_if(schemes_, [&](const Scheme& known) { return known.prefix == scheme; });
  schemes_.push_back({.prefix = std::move(scheme), .place = std::move(place)});
}

const RemotePlace* Places::PlaceOf(std::string_view location) const {
  for (const Scheme& scheme : schemes_) {
    if (location.starts_with(scheme.prefix)) return scheme.place.get();
  }
  return nullptr;
}

bool Places::IsRemote(std::string_view location) const { return PlaceOf(location) != nullptr; }

std::string Places::Resolve(const std::string& location) const {
  const RemotePlace* const place = PlaceOf(location);
  return place == nullptr ? location : place->Resolve(location);
}

bool Places::IsFolder(const std::string& location) const {
  if (const RemotePlace* const place = PlaceOf(location)) return place->IsFolder(location);
  std::error_code ignored;
  return fs::is_directory(location, ignored);
}

bool Places::MayExist(const std::string& location) const {
  if (const RemotePlace* const place = PlaceOf(location)) {
    if (place->IsFolder(location)) return true;
    const fs::path path(location);
    const auto names = place->FilesIn(path.parent_path().string());
    return std::ranges::find(names, path.filename().string()) != names.end();
  }
  std::error_code failure;
  return fs::exists(location, failure) || failure;
}

std::vector<std::string> Places::FilesIn(const std::string& folder) const {
  if (const RemotePlace* const place = PlaceOf(folder)) return place->FilesIn(folder);
  std::vector<std::string> names;
  std::error_code failure;
  for (auto it = fs::directory_iterator(folder, failure);
       !failure && it != fs::directory_iterator(); GoToNext(it, failure)) {
    names.push_back(it->path().filename().string());
  }
  if (failure) {
    throw Error(ErrorKind::kIo, fmt::format("cannot list: {}", failure.message()),
                {.file = folder, .tensor = {}, .offset_bytes = {}});
  }
  return names;
}

std::shared_ptr<const ByteSource> Places::Open(const std::string& file) const {
  const RemotePlace* const place = PlaceOf(file);
  return place == nullptr ? MapFile(file) : place->Open(file);
}

const Places& ThisMachine() {
  static const Places local;
  return local;
}

std::shared_ptr<const Places> SharedThisMachine() {
  return {std::shared_ptr<void>(), &ThisMachine()};
}

}  // namespace modelkin
