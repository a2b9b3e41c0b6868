// A file on a hub as a source of bytes.
#ifndef MODELKIN_HUB_HUB_FILE_H_
#define MODELKIN_HUB_HUB_FILE_H_

#include <memory>
#include <string>

#include "hub/block_cache.h"
#include "hub/hub_repository.h"
#include "hub/hub_requests.h"
#include "source/byte_source.h"

namespace modelkin {

// A read moves the blocks (kMovedBlockBytes) that it touches and that are in no cache. `requests`
// and `cache` have to outlive this. `path` has to be one of the repository's. Its
// Read throws as HubRequests does; where offline, Error(kIo) for what is in no cache.
class HubFile : public ByteSource {
 public:
  HubFile(const HubRepository& repository, const std::string& path, HubRequests& requests,
          BlockCache& cache);

  const std::string& label() const override { return label_; }
  std::uint64_t size_bytes() const override { return size_; }
  std::span<const std::byte> Read(std::uint64_t offset, std::uint64_t length,
                                  std::vector<std::byte>& scratch) const override;

  // Takes cached blocks where all of it is in such.
  std::span<const std::byte> ReadOnce(std::uint64_t offset, std::uint64_t length,
                                      std::vector<std::byte>& scratch) const override;

  std::uint64_t BytesToMove(std::uint64_t offset, std::uint64_t length) const override;

 private:
  std::string BlockName(std::uint64_t block) const;
  ByteRange RangeOf(std::uint64_t block) const;
  void Fetch(const std::vector<RangePiece>& pieces) const;
  void ReadBlocks(std::uint64_t offset, std::span<std::byte> out) const;

  std::string label_, url_path_, cache_name_;
  HubRequests& requests_;
  BlockCache& cache_;
  std::uint64_t size_ = 0;
  mutable std::mutex mutex_;  // of the two after it
  mutable FilePlace place_;
  mutable std::string etag_;
};

}  // namespace modelkin

#endif  // MODELKIN_HUB_HUB_FILE_H_
