// The central directory of a zip archive whose entries are stored as they are, not compressed
// (PKWARE's APPNOTE.TXT, with its zip64 extension).
#ifndef MODELKIN_STORAGE_TORCH_ZIP_DIRECTORY_H_
#define MODELKIN_STORAGE_TORCH_ZIP_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/byte_source.h"

namespace modelkin {

struct ZipEntry {
  std::string name;
  std::uint64_t header_bytes = 0;  // offset of its local header
  std::uint64_t size_bytes = 0;
  std::uint64_t offset_bytes = 0;  // of its data
  // The local header, which says where the data begins, was not read: it is implied by what follows
  // the data. RequireLocalHeader has to confirm it before the data is used.
  bool is_implied = false;
};

class ZipDirectory {
 public:
  // Reads the directory, and those local headers that cost no transfer or that nothing implies.
  // Throws Error(kBadInput), with the byte, for what is no such archive: compressed or encrypted
  // entries, several volumes, names that occur twice, entries that overlap or reach past the
  // directory, local headers that contradict it. Takes memory and time in proportion to the
  // directory.
  explicit ZipDirectory(const ByteSource& file);
  ZipDirectory(const ZipDirectory&) = delete;
  ZipDirectory& operator=(const ZipDirectory&) = delete;

  // Returns all entries, in the order of their places.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  // Returns the entry of this name; null for none.
  const ZipEntry* Find(std::string_view name) const;

 private:
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, const ZipEntry*> by_name_;
};

// Throws Error(kBadInput) unless the local header is that of the entry, and its data begins where
// the entry says.
void RequireLocalHeader(const ByteSource& file, const ZipEntry& entry);

}  // namespace modelkin

#endif  // MODELKIN_STORAGE_TORCH_ZIP_DIRECTORY_H_
