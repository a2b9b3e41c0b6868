#include "source/places.h"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "source/mapped_file.h"

namespace modelkin {

namespace fs = std::filesystem;

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

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
  // Not by std::filesystem: libstdc++ ends the process where a name finds no memory.
  const auto fail_if = [&](int failure) {
    if (failure == 0) return;
    throw Error(ErrorKind::kIo,
                fmt::format("cannot list: {}", std::generic_category().message(failure)),
                {.file = folder, .tensor = {}, .offset_bytes = {}});
  };
  const std::unique_ptr<DIR, CloseFolder> open(opendir(folder.c_str()));
  if (open == nullptr) fail_if(errno);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  fail_if(errno);
  return names;
}

std::vector<std::string> Places::AllFilesIn(const std::string& folder) const {
  const RemotePlace* const place = PlaceOf(folder);
  return place == nullptr ? FilesIn(folder) : place->AllFilesIn(folder);
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
