#include "hub/hub_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "source/range_check.h"

namespace modelkin {
namespace {

constexpr std::uint64_t kLargestRequest = std::uint64_t{8} << 20;

}  // namespace

HubFile::HubFile(const HubRepository& repository, const std::string& path, HubRequests& requests,
                 BlockCache& cache)
    : requests_(requests), cache_(cache) {
  const HubFileEntry& entry = repository.files.at(path);
  label_ = HubAddress{repository.name, repository.commit, path}.ToString();
  url_path_ =
      fmt::format("/{}/resolve/{}/{}", repository.name, repository.commit, UrlEncoded(path, true));
  cache_name_ = fmt::format("{}\n{}\n{}", requests.settings().endpoint,
                            entry.content.empty() ? label_ : repository.name, entry.content);
  if (entry.size) {
    size_ = *entry.size;
    return;
  }
  if (requests.settings().offline) {
    throw Error(ErrorKind::kIo, "its size is in no cache, and this is offline", {.file = label_});
  }
  place_ = requests.Locate(url_path_, label_);
  if (!place_.has_size) {
    throw Error(ErrorKind::kIo, "the hub does not say how long this is", {.file = label_});
  }
  size_ = place_.size;
}

std::string HubFile::BlockName(std::uint64_t block) const {
  return fmt::format("{}\n{}\n{}", cache_name_, size_, block);
}

ByteRange HubFile::RangeOf(std::uint64_t block) const {
  const std::uint64_t offset = block * kMovedBlockBytes;
  return {.offset = offset, .length = std::min(kMovedBlockBytes, size_ - offset)};
}

// Under the lock: which address, entity tag and size are those of the file is settled once.
void HubFile::Fetch(const std::vector<RangePiece>& pieces) const {
  if (requests_.settings().offline) {
    throw Error(ErrorKind::kIo, "this part is in no cache, and this is offline",
                {.file = label_, .tensor = {}, .offset_bytes = pieces.front().range.offset});
  }
  FilePlace place;
  std::string etag;
  {
    const std::scoped_lock lock(mutex_);
    if (place_.url.empty()) {
      place_ = requests_.Locate(url_path_, label_);
      if (place_.has_size && place_.size != size_) {
        throw Error(
            ErrorKind::kBadInput,
            fmt::format("has {} bytes by the hub's list and {} by its answer", size_, place_.size),
            {.file = label_});
      }
    }
    place = place_;
    etag = etag_;
  }
  requests_.GetPieces(url_path_, label_, size_, pieces, place, etag);
  const std::scoped_lock lock(mutex_);
  if (etag_.empty()) etag_ = etag;
  if (etag_ != etag) {
    throw Error(ErrorKind::kBadInput, "changed on the hub while it was being read",
                {.file = label_});
  }
  place_ = std::move(place);
}

std::span<const std::byte> HubFile::Read(std::uint64_t offset, std::uint64_t length,
                                         std::vector<std::byte>& scratch) const {
  RequireRange(*this, offset, length);
  scratch.resize(length);
  if (length > 0) ReadBlocks(offset, scratch);
  return scratch;
}

void HubFile::ReadBlocks(std::uint64_t offset, std::span<std::byte> out) const {
  const std::uint64_t end = offset + out.size();
  const auto copy = [&](std::uint64_t at, std::span<const std::byte> bytes) {
    const std::uint64_t from = std::max(at, offset), to = std::min(at + bytes.size(), end);
    if (from < to) std::memcpy(out.data() + (from - offset), bytes.data() + (from - at), to - from);
  };
  std::vector<std::vector<std::byte>> buffers;  // runs of blocks that have to be fetched
  std::vector<RangePiece> pieces;
  std::uint64_t run_end = 0;
  for (std::uint64_t block = offset / kMovedBlockBytes; block * kMovedBlockBytes < end; ++block) {
    const ByteRange range = RangeOf(block);
    const auto kept = cache_.Find(BlockName(block));
    if (kept != nullptr && kept->size() == range.length) {
      copy(range.offset, *kept);
      continue;
    }
    const bool follows = !pieces.empty() && run_end == range.offset &&
                         pieces.back().range.length + range.length <= kLargestRequest;
    if (follows) {
      pieces.back().range.length += range.length;
    } else {
      pieces.push_back({.range = range, .into = {}});
    }
    run_end = range.offset + range.length;
  }
  if (pieces.empty()) return;
  buffers.reserve(pieces.size());
  for (RangePiece& piece : pieces) {
    piece.into = buffers.emplace_back(piece.range.length);
  }
  Fetch(pieces);
  for (const RangePiece& piece : pieces) {
    copy(piece.range.offset, piece.into);
    for (std::uint64_t at = 0; at < piece.range.length; at += kMovedBlockBytes) {
      const std::uint64_t length = std::min(kMovedBlockBytes, piece.range.length - at);
      cache_.Store(BlockName((piece.range.offset + at) / kMovedBlockBytes),
                   piece.into.subspan(at, length));
    }
  }
}

std::span<const std::byte> HubFile::ReadOnce(std::uint64_t offset, std::uint64_t length,
                                             std::vector<std::byte>& scratch) const {
  RequireRange(*this, offset, length);
  if (BytesToMove(offset, length) == 0) return Read(offset, length, scratch);
  scratch.resize(length);
  std::vector<RangePiece> pieces;
  for (std::uint64_t done = 0; done < length; done += kLargestRequest) {
    const std::uint64_t part = std::min(kLargestRequest, length - done);
    pieces.push_back({.range = {.offset = offset + done, .length = part},
                      .into = std::span(scratch).subspan(done, part)});
  }
  Fetch(pieces);
  return scratch;
}

std::uint64_t HubFile::BytesToMove(std::uint64_t offset, std::uint64_t length) const {
  RequireRange(*this, offset, length);
  std::uint64_t bytes = 0;
  for (std::uint64_t block = offset / kMovedBlockBytes;
       length > 0 && block * kMovedBlockBytes < offset + length; ++block) {
    if (!cache_.Has(BlockName(block))) bytes += RangeOf(block).length;
  }
  return bytes;
}

}  // namespace modelkin
