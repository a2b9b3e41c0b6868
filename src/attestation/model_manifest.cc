#include "attestation/model_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include "base/parallel.h"
#include "source/sha256.h"

namespace modelkin {
namespace {

constexpr std::size_t kDigestDigits = 64;

struct ManifestJob {
  std::size_t item;  // its place in the manifest
  const std::string* location;
};

// Empty files have no ranges, and so no item.
std::vector<ManifestItem> ItemsOf(const std::string& path, std::uint64_t bytes,
                                  const ManifestRules& rules) {
  if (!rules.shard_bytes) return {{.path = path, .begin = 0, .end = 0, .sha256 = {}}};
  std::vector<ManifestItem> items;
  for (std::uint64_t begin = 0; begin < bytes; begin += *rules.shard_bytes) {
    const std::uint64_t end = begin + std::min(*rules.shard_bytes, bytes - begin);
    items.push_back({.path = path, .begin = begin, .end = end, .sha256 = {}});
  }
  return items;
}

std::array<std::byte, kDigestDigits / 2> BytesOfHex(const std::string& digits) {
  std::array<std::byte, kDigestDigits / 2> bytes{};
  for (std::size_t i = 0; i < bytes.size() && 2 * i + 2 <= digits.size(); ++i) {
    std::uint8_t byte = 0;
    const char* const first = digits.data() + 2 * i;
    std::from_chars(first, first + 2, byte, 16);
    bytes[i] = static_cast<std::byte>(byte);
  }
  return bytes;
}

bool IsBeforeInManifest(const ManifestItem& a, const ManifestItem& b) {
  if (a.path != b.path) return IsBeforeByParts(a.path, b.path);
  return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
}

}  // namespace

std::string ManifestItem::Name() const {
  return end == 0 ? path : fmt::format("{}:{}:{}", path, begin, end);
}

std::string ModelManifest::RootDigest() const {
  Sha256 digest;
  for (const ManifestItem& item : items) digest.Update(BytesOfHex(item.sha256));
  return digest.HexDigest();
}

ModelManifest MakeManifest(const ModelFiles& files, const ManifestRules& rules,
                           const Places& places, unsigned threads, Progress& progress,
                           const KnownDigest& known) {
  ModelManifest manifest{.name = files.name, .rules = rules, .items = {}};
  manifest.rules.has_links = files.has_links;
  std::vector<ManifestJob> jobs;  // not of what is known
  std::uint64_t bytes = 0;
  for (const ModelFile& file : files.files) {
    std::optional<std::string> digest;
    if (known && !rules.shard_bytes) digest = known(file.location);
    if (digest) {
      manifest.items.push_back({.path = file.path, .begin = 0, .end = 0, .sha256 = *digest});
      continue;
    }
    const std::uint64_t size = places.Open(file.location)->size_bytes();
    bytes += size;
    for (ManifestItem& item : ItemsOf(file.path, size, rules)) {
      jobs.push_back({.item = manifest.items.size(), .location = &file.location});
      manifest.items.push_back(std::move(item));
    }
  }
  progress.Begin(fmt::format("digesting {}", files.name), bytes);
  ParallelFor(threads, jobs.size(), [&](std::size_t i, unsigned) {
    const auto source = places.Open(*jobs[i].location);  // here, as few may be open at once
    ManifestItem& item = manifest.items[jobs[i].item];
    const std::uint64_t end = rules.shard_bytes ? item.end : source->size_bytes();
    item.sha256 = Sha256OfRange(*source, item.begin, end - item.begin, progress);
    source->RequireUnchanged();
  });
  std::ranges::sort(manifest.items, IsBeforeInManifest);
  return manifest;
}

ManifestDifferences CompareManifests(const ModelManifest& recorded, const ModelManifest& again) {
  std::map<std::string, std::string> now;
  for (const ManifestItem& item : again.items) now.emplace(item.Name(), item.sha256);
  ManifestDifferences differences;
  for (const ManifestItem& item : recorded.items) {
    const auto found = now.find(item.Name());
    if (found == now.end()) {
      differences.missing.push_back(item.Name());
      continue;
    }
    if (found->second == item.sha256) {
      ++differences.equal;
    } else {
      differences.changed.push_back(item.Name());
    }
    now.erase(found);
  }
  for (const auto& [name, digest] : now) differences.added.push_back(name);
  return differences;
}

}  // namespace modelkin
