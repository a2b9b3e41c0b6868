// Parts of remote files, kept on disk up to a limit.
#ifndef MODELKIN_HUB_BLOCK_CACHE_H_
#define MODELKIN_HUB_BLOCK_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelkin {

// Parts are found by names that say all that their content depends on. Each is a file under a seal
// of its name: one that was damaged, or stands in another's place, counts as missing, and the user
// is told of the first. Several processes may share a folder; each knows only what it found at its
// start and what it wrote since. A folder that can't be written to keeps nothing and is no error.
// What is no part in name and content is left alone. All members may be called from any number of
// threads.
class BlockCache {
 public:
  // "" for `folder` keeps nothing but what is at hand in memory; with 0 for `most_bytes` the folder
  // is read and nothing in it is changed.
  BlockCache(std::string folder, std::uint64_t most_bytes);

  using Part = std::shared_ptr<const std::vector<std::byte>>;

  // Null if it isn't there. The last 64 that were asked for or stored, if they are small, are at
  // hand in memory.
  Part Find(const std::string& name) const;
  bool Has(const std::string& name) const;
  // Takes the parts away that were not used for longest where the limit is passed.
  void Store(const std::string& name, std::span<const std::byte> bytes);

 private:
  std::string PathOf(const std::string& name) const;
  Part Read(const std::string& name) const;
  void KeepAtHand(const std::string& name, Part part) const;
  void ReportDamage(const std::string& path) const;
  void RemoveOldest();

  std::string folder_;
  std::uint64_t most_bytes_;
  mutable std::mutex mutex_;                                  // of those after it
  mutable std::deque<std::pair<std::string, Part>> at_hand_;  // the last used first
  mutable bool damage_reported_ = false;
  std::optional<std::uint64_t> bytes_;  // in the folder, once it was looked at
};

}  // namespace modelkin

#endif  // MODELKIN_HUB_BLOCK_CACHE_H_
