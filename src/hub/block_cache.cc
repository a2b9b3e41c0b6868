#include "hub/block_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/error.h"
#include "base/notice.h"
#include "source/sealed_file.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKind = "block";
constexpr std::size_t kDigestBytes = 64, kFolderDigits = 2;  // in hexadecimal
constexpr std::string_view kPartial = ".partial-";           // of a file that was not finished
constexpr std::uint64_t kMostPartBytes = std::uint64_t{1} << 28;
constexpr std::size_t kPartsAtHand = 64, kLargestAtHand = std::size_t{1} << 18;

std::string DigestOf(std::string_view text) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(text)));
  return sha.HexDigest();
}

bool IsHexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// As PathOf has it: "ab/cdef...", or what was left of writing it.
bool IsPartName(const fs::path& path) {
  const std::string folder = path.parent_path().filename().string(),
                    name = path.filename().string();
  constexpr std::size_t kNameDigits = kDigestBytes - kFolderDigits;
  return folder.size() == kFolderDigits && IsHexadecimal(folder) && name.size() >= kNameDigits &&
         IsHexadecimal(name.substr(0, kNameDigits)) &&
         (name.size() == kNameDigits || name.substr(kNameDigits).starts_with(kPartial));
}

struct KeptFile {
  fs::path path;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

// Those that have the names of parts.
std::vector<KeptFile> FilesUnder(const std::string& folder) {
  std::vector<KeptFile> files;
  std::error_code failure;
  for (auto it = fs::recursive_directory_iterator(folder, failure);
       !failure && it != fs::recursive_directory_iterator(); it.increment(failure)) {
    std::error_code gone;  // another process may take files away
    if (it.depth() != 1 || it->symlink_status(gone).type() != fs::file_type::regular || gone ||
        !IsPartName(it->path())) {
      continue;
    }
    KeptFile file{.path = it->path(), .used = it->last_write_time(gone)};
    file.bytes = it->file_size(gone);
    if (!gone) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

BlockCache::BlockCache(std::string folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {
  if (!folder_.empty()) folder_ += "/blocks";
}

std::string BlockCache::PathOf(const std::string& name) const {
  const std::string digest = DigestOf(name);
  return fmt::format("{}/{}/{}", folder_, digest.substr(0, kFolderDigits),
                     digest.substr(kFolderDigits));
}

bool BlockCache::Has(const std::string& name) const {
  std::error_code ignored;
  return !folder_.empty() && fs::is_regular_file(PathOf(name), ignored);
}

BlockCache::Part BlockCache::Find(const std::string& name) const {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(at_hand_, name, &decltype(at_hand_)::value_type::first);
    if (found != at_hand_.end()) {
      std::rotate(at_hand_.begin(), found, found + 1);
      return at_hand_.front().second;
    }
  }
  Part part = folder_.empty() ? nullptr : Read(name);
  if (part != nullptr) KeepAtHand(name, part);
  return part;
}

void BlockCache::KeepAtHand(const std::string& name, Part part) const {
  if (part->size() > kLargestAtHand) return;
  const std::scoped_lock lock(mutex_);
  std::erase_if(at_hand_, [&](const auto& known) { return known.first == name; });
  at_hand_.emplace_front(name, std::move(part));
  if (at_hand_.size() > kPartsAtHand) at_hand_.pop_back();
}

BlockCache::Part BlockCache::Read(const std::string& name) const {
  const std::string path = PathOf(name);
  std::error_code missing;
  const std::uint64_t size = fs::file_size(path, missing);
  if (missing || size > kMostPartBytes) return nullptr;
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!file) return nullptr;
  const auto content = Unsealed({.kind = kKind, .name = name, .inputs = {}}, bytes);
  if (!content) {
    ReportDamage(path);
    return nullptr;
  }
  if (most_bytes_ > 0) {
    std::error_code ignored;
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  }
  const auto part = std::as_bytes(std::span(*content));
  return std::make_shared<const std::vector<std::byte>>(part.begin(), part.end());
}

void BlockCache::ReportDamage(const std::string& path) const {
  const std::scoped_lock lock(mutex_);
  if (damage_reported_) return;
  damage_reported_ = true;
  Notify(path, "is damaged: it is fetched again, as are others like it");
}

void BlockCache::Store(const std::string& name, std::span<const std::byte> bytes) {
  KeepAtHand(name, std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end()));
  const std::uint64_t file_bytes = bytes.size() + SealBytes(kKind);
  if (folder_.empty() || file_bytes > std::min(most_bytes_, kMostPartBytes)) return;
  const std::string path = PathOf(name);
  try {
    fs::create_directories(fs::path(path).parent_path());
    WriteSealedFile(path, {.kind = kKind, .name = name, .inputs = {}},
                    {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error&) {
    return;
  } catch (const fs::filesystem_error&) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  if (bytes_) {
    *bytes_ += file_bytes;
  } else {
    bytes_ = 0;
    for (const KeptFile& file : FilesUnder(folder_)) *bytes_ += file.bytes;
  }
  if (*bytes_ > most_bytes_) RemoveOldest();
}

// Down to nine tenths of the limit, so that not every part pays for a look at all of them.
void BlockCache::RemoveOldest() {
  std::vector<KeptFile> files = FilesUnder(folder_);
  std::ranges::sort(files, {}, &KeptFile::used);
  std::uint64_t left = 0;
  for (const KeptFile& file : files) left += file.bytes;
  for (const KeptFile& file : files) {
    if (left <= most_bytes_ / 10 * 9) break;
    if (!IsSealedFile(file.path.string(), kKind)) continue;  // not ours
    std::error_code ignored;
    fs::remove(file.path, ignored);
    left -= file.bytes;
  }
  bytes_ = left;
}

}  // namespace modelkin
