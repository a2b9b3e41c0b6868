#include "kept_models.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "shared_options.h"
#include "source/mapped_file.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

// All that is under `folder`, but folders; nothing where it is no folder.
std::vector<fs::path> EntriesUnder(const fs::path& folder) {
  std::vector<fs::path> entries;
  if (!fs::is_directory(folder)) return entries;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink()) entries.push_back(entry.path());
  }
  return entries;
}

std::string ContentOf(const fs::path& path) {
  const auto file = MapFile(path.string());
  std::vector<std::byte> scratch;
  const auto bytes = file->Read(0, file->size_bytes(), scratch);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool HasContent(const fs::path& path, const fs::path& expected) {
  return fs::is_regular_file(path) && fs::is_regular_file(expected) &&
         fs::file_size(path) == fs::file_size(expected) && ContentOf(path) == ContentOf(expected);
}

}  // namespace

void KeepModels(const std::string& made, const std::string& folder) {
  std::vector<fs::path> files;  // under `made`
  for (const fs::directory_entry& model : fs::directory_iterator(made)) {
    const fs::path kept = folder / model.path().filename();
    for (const fs::path& entry : EntriesUnder(kept)) {
      if (HasContent(entry, model.path() / entry.lexically_relative(kept))) continue;
      throw Error(ErrorKind::kUsage, "is there, and not what this makes: choose another folder",
                  {.file = entry.string()});
    }
    std::ranges::copy(EntriesUnder(model.path()), std::back_inserter(files));
  }
  for (const fs::path& file : files) {
    const fs::path kept = folder / file.lexically_relative(made);
    if (fs::exists(kept)) continue;
    fs::create_directories(kept.parent_path());
    WriteToFile(kept.string(), [&](const TextSink& sink) { sink(ContentOf(file)); });
  }
}

}  // namespace modelkin
