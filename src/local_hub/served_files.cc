#include "local_hub/served_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "source/sha256.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

std::string Digest(std::string_view text) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(text)));
  return sha.HexDigest();
}

// Both without links.
bool IsWithin(const fs::path& root, const fs::path& path) {
  return std::ranges::mismatch(root, path).in1 == root.end();
}

}  // namespace

std::vector<ServedFile> ServedFiles(const std::string& root, const std::string& name) {
  std::vector<ServedFile> files;
  std::error_code failure;
  const fs::path top = fs::canonical(root, failure);
  if (failure || name.starts_with('.')) return files;
  const fs::path folder = fs::canonical(top / name, failure);
  if (failure || !IsWithin(top, folder)) return files;
  for (auto it = fs::recursive_directory_iterator(folder, failure);
       !failure && it != fs::recursive_directory_iterator(); it.increment(failure)) {
    std::error_code gone;  // also a link that leads nowhere
    const fs::path real = fs::canonical(it->path(), gone);
    if (gone || !IsWithin(top, real) || !fs::is_regular_file(real, gone)) continue;
    ServedFile file{.path = it->path().lexically_relative(folder).string(),
                    .location = real.string(),
                    .size = fs::file_size(real, gone),
                    .content = {}};
    const auto time = fs::last_write_time(real, gone);
    if (gone) continue;
    file.content =
        Digest(fmt::format("{}\n{}\n{}", file.path, file.size, time.time_since_epoch().count()));
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &ServedFile::path);
  return files;
}

std::string CommitOfFiles(const std::vector<ServedFile>& files) {
  std::string all;
  for (const ServedFile& file : files) all += file.content;
  return Digest(all).substr(0, 40);
}

}  // namespace modelkin
