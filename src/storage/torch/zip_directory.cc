#include "storage/torch/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/checked_arithmetic.h"
#include "base/error.h"
#include "base/escaped_text.h"
#include "source/range_check.h"
#include "storage/torch/little_endian.h"

namespace modelkin {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kEndBytes = 22;          // end of the central directory
constexpr std::uint64_t kLocatorBytes = 20;      // of the zip64 end
constexpr std::uint64_t kEnd64Bytes = 56;        // zip64 end
constexpr std::uint64_t kEntryBytes = 46;        // of the directory, without name and extra field
constexpr std::uint64_t kLocalHeaderBytes = 30;  // the same before the data
constexpr std::uint64_t kMostDirectoryBytes = 256'000'000;
constexpr std::uint32_t kSaturated = 0xFFFFFFFF;  // the number is in a zip64 field
constexpr std::uint64_t kAlignment = 64;          // of all data that torch writes

constexpr std::uint32_t kEndSignature = 0x06054B50, kLocatorSignature = 0x07064B50,
                        kEnd64Signature = 0x06064B50, kEntrySignature = 0x02014B50,
                        kLocalSignature = 0x04034B50;
constexpr std::uint16_t kEncrypted = 1, kHasDescriptor = 8;  // bits of an entry's flags
constexpr std::uint16_t kZip64Extra = 1;

[[noreturn]] void FailZip(const ByteSource& file, std::uint64_t offset, std::string_view message) {
  throw Error(ErrorKind::kBadInput, fmt::format("zip archive: {}", message),
              {.file = file.label(), .tensor = {}, .offset_bytes = offset});
}

Bytes ReadZip(const ByteSource& file, std::uint64_t offset, std::uint64_t length,
              std::vector<std::byte>& scratch) {
  const auto end = CheckedAdd(offset, length);
  if (!end || *end > file.size_bytes()) {
    FailZip(
        file, std::min(offset, file.size_bytes()),
        fmt::format("{} bytes that it needs at byte {} are beyond the file's end", length, offset));
  }
  const Bytes bytes = file.Read(offset, length, scratch);
  RequireNothingLost(file);
  return bytes;
}

struct DirectoryPlace {
  std::uint64_t offset_bytes = 0, size_bytes = 0, entries = 0;
};

// Offset of the end record: the last bytes of the file. A comment behind it, which torch never
// writes, could hold another.
std::uint64_t FindEnd(const ByteSource& file) {
  const std::uint64_t size = file.size_bytes();
  std::vector<std::byte> scratch;
  if (size >= kEndBytes) {
    const Bytes bytes = ReadZip(file, size - kEndBytes, kEndBytes, scratch);
    if (LittleEndian<std::uint32_t>(bytes, 0) == kEndSignature) return size - kEndBytes;
  }
  FailZip(file, size,
          "it has no central directory at its end: the file is cut off, as by a download that was "
          "not finished; fetch it again");
}

// Of a zip64 end, if there is one before the end record at `end`; moves `end` to it.
std::optional<DirectoryPlace> ReadEnd64(const ByteSource& file, std::uint64_t& end) {
  if (end < kLocatorBytes + kEnd64Bytes) return std::nullopt;
  std::vector<std::byte> scratch;
  const std::uint64_t locator = end - kLocatorBytes;
  Bytes bytes = ReadZip(file, locator, kLocatorBytes, scratch);
  if (LittleEndian<std::uint32_t>(bytes, 0) != kLocatorSignature) return std::nullopt;
  const auto at = LittleEndian<std::uint64_t>(bytes, 8);
  if (at > locator - kEnd64Bytes) FailZip(file, locator, "the zip64 end lies behind its locator");
  bytes = ReadZip(file, at, kEnd64Bytes, scratch);
  if (LittleEndian<std::uint32_t>(bytes, 0) != kEnd64Signature) {
    FailZip(file, at, "there is no zip64 end where its locator says");
  }
  if (LittleEndian<std::uint32_t>(bytes, 16) != 0 || LittleEndian<std::uint32_t>(bytes, 20) != 0) {
    FailZip(file, at, "it has several volumes");
  }
  end = at;
  return DirectoryPlace{.offset_bytes = LittleEndian<std::uint64_t>(bytes, 48),
                        .size_bytes = LittleEndian<std::uint64_t>(bytes, 40),
                        .entries = LittleEndian<std::uint64_t>(bytes, 32)};
}

DirectoryPlace FindDirectory(const ByteSource& file) {
  std::uint64_t end = FindEnd(file);
  std::vector<std::byte> scratch;
  const Bytes bytes = ReadZip(file, end, kEndBytes, scratch);
  const DirectoryPlace small{.offset_bytes = LittleEndian<std::uint32_t>(bytes, 16),
                             .size_bytes = LittleEndian<std::uint32_t>(bytes, 12),
                             .entries = LittleEndian<std::uint16_t>(bytes, 10)};
  const auto volume = LittleEndian<std::uint32_t>(bytes, 4);  // two numbers of 16 bits
  const std::uint64_t end_record = end;
  const auto large = ReadEnd64(file, end);
  if (!large && volume != 0) FailZip(file, end_record, "it has several volumes");
  const auto agree = [](std::uint64_t few, std::uint64_t many, std::uint64_t saturated) {
    return few == saturated || few == many;
  };
  if (large && (!agree(small.offset_bytes, large->offset_bytes, kSaturated) ||
                !agree(small.size_bytes, large->size_bytes, kSaturated) ||
                !agree(small.entries, large->entries, 0xFFFF))) {
    FailZip(file, end_record, "its two end records contradict each other");
  }
  const DirectoryPlace place = large.value_or(small);
  const auto directory_end = CheckedAdd(place.offset_bytes, place.size_bytes);
  if (!directory_end || *directory_end != end) {
    FailZip(file, end_record,
            fmt::format("its directory of {} bytes at byte {} does not end at byte {}, where the "
                        "end record is",
                        place.size_bytes, place.offset_bytes, end));
  }
  if (place.size_bytes > kMostDirectoryBytes) {
    FailZip(file, place.offset_bytes,
            fmt::format("its directory of {} bytes is over the limit of {}", place.size_bytes,
                        kMostDirectoryBytes));
  }
  return place;
}

// Puts the numbers of a zip64 extra field in place of those that are saturated, in the field's
// order. Returns whether they are all there.
bool ReadZip64Extra(Bytes extra, std::initializer_list<std::uint64_t*> saturated) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = LittleEndian<std::uint16_t>(extra, at);
    const std::size_t length = LittleEndian<std::uint16_t>(extra, at + 2);
    at += 4;
    if (length > extra.size() - at) return false;
    if (id == kZip64Extra) {
      std::size_t from = at;
      for (std::uint64_t* const number : saturated) {
        if (*number != kSaturated) continue;
        if (from + 8 > at + length) return false;
        *number = LittleEndian<std::uint64_t>(extra, from);
        from += 8;
      }
      return true;
    }
    at += length;
  }
  return std::ranges::none_of(saturated, [](const auto* number) { return *number == kSaturated; });
}

// Entries as the directory has them, before local headers.
class DirectoryParser {
 public:
  struct Raw {
    ZipEntry entry;
    bool has_descriptor = false;
    bool is_64 = false;  // its numbers take 64 bits
  };

  DirectoryParser(const ByteSource& file, const DirectoryPlace& place, Bytes bytes)
      : file_(file), place_(place), bytes_(bytes) {}

  std::vector<Raw> Parse() {
    std::vector<Raw> entries;
    while (at_ < bytes_.size()) entries.push_back(Next());
    if (entries.size() != place_.entries) {
      Fail(fmt::format("its directory holds {} entries, and its end record says {}", entries.size(),
                       place_.entries));
    }
    return entries;
  }

 private:
  [[noreturn]] void Fail(std::string_view message) const {
    FailZip(file_, place_.offset_bytes + at_, message);
  }

  Raw Next() {
    if (bytes_.size() - at_ < kEntryBytes ||
        LittleEndian<std::uint32_t>(bytes_, at_) != kEntrySignature) {
      Fail("its directory is damaged here");
    }
    const auto flags = LittleEndian<std::uint16_t>(bytes_, at_ + 8);
    const auto method = LittleEndian<std::uint16_t>(bytes_, at_ + 10);
    std::uint64_t stored = LittleEndian<std::uint32_t>(bytes_, at_ + 20);
    std::uint64_t size = LittleEndian<std::uint32_t>(bytes_, at_ + 24);
    std::uint64_t header = LittleEndian<std::uint32_t>(bytes_, at_ + 42);
    const std::size_t name_bytes = LittleEndian<std::uint16_t>(bytes_, at_ + 28);
    const std::size_t extra_bytes = LittleEndian<std::uint16_t>(bytes_, at_ + 30);
    const std::size_t comment_bytes = LittleEndian<std::uint16_t>(bytes_, at_ + 32);
    const std::size_t length = kEntryBytes + name_bytes + extra_bytes + comment_bytes;
    if (length > bytes_.size() - at_) Fail("its directory is cut off here");
    Raw raw;
    const auto* const name = reinterpret_cast<const char*>(bytes_.data()) + at_ + kEntryBytes;
    raw.entry.name.assign(name, name_bytes);
    raw.has_descriptor = (flags & kHasDescriptor) != 0;
    const bool saturated = stored == kSaturated || size == kSaturated || header == kSaturated;
    if (!ReadZip64Extra(bytes_.subspan(at_ + kEntryBytes + name_bytes, extra_bytes),
                        {&size, &stored, &header})) {
      Fail(fmt::format("its entry \"{}\" lacks its zip64 numbers", Printable(raw.entry.name)));
    }
    raw.is_64 = saturated || header >= kSaturated || size >= kSaturated;
    if ((flags & kEncrypted) != 0) {
      Fail(fmt::format("its entry \"{}\" is encrypted", Printable(raw.entry.name)));
    }
    if (method != 0 || stored != size) {
      Fail(
          fmt::format("its entry \"{}\" is compressed, which torch never writes: unpack it, and "
                      "save it again with torch.save",
                      Printable(raw.entry.name)));
    }
    raw.entry.header_bytes = header;
    raw.entry.size_bytes = size;
    at_ += length;
    return raw;
  }

  const ByteSource& file_;
  DirectoryPlace place_;
  Bytes bytes_;
  std::size_t at_ = 0;
};

// Offset of the data by the local header.
std::uint64_t ReadLocalHeader(const ByteSource& file, const ZipEntry& entry) {
  std::vector<std::byte> scratch;
  const std::uint64_t at = entry.header_bytes;
  const auto fail = [&](std::string_view what) {
    FailZip(file, std::min(at, file.size_bytes()),
            fmt::format("the header before its entry \"{}\" {}", Printable(entry.name), what));
  };
  const Bytes bytes = ReadZip(file, at, kLocalHeaderBytes + entry.name.size(), scratch);
  if (LittleEndian<std::uint32_t>(bytes, 0) != kLocalSignature) fail("is not there");
  const auto flags = LittleEndian<std::uint16_t>(bytes, 6);
  if (LittleEndian<std::uint16_t>(bytes, 8) != 0 || (flags & kEncrypted) != 0) {
    fail("says that it is compressed or encrypted");
  }
  if (LittleEndian<std::uint16_t>(bytes, 26) != entry.name.size() ||
      std::memcmp(bytes.data() + kLocalHeaderBytes, entry.name.data(), entry.name.size()) != 0) {
    fail("has another name");
  }
  const std::uint64_t size = LittleEndian<std::uint32_t>(bytes, 22);
  const bool is_told_later = (flags & kHasDescriptor) != 0 && size == 0;
  if (!is_told_later && size != kSaturated && size != entry.size_bytes) fail("has another size");
  return at + kLocalHeaderBytes + entry.name.size() + LittleEndian<std::uint16_t>(bytes, 28);
}

// Where the data has to begin so that it ends right before `next`, where torch's writer begins the
// next header; nothing where it did not write it.
std::optional<std::uint64_t> ImpliedOffset(const DirectoryParser::Raw& raw, std::uint64_t next) {
  const std::uint64_t descriptor = !raw.has_descriptor ? 0 : raw.is_64 ? 24 : 16;
  const std::uint64_t before = kLocalHeaderBytes + raw.entry.name.size();
  const auto taken = CheckedAdd(raw.entry.size_bytes, descriptor);
  if (!taken || raw.entry.header_bytes > next || *taken > next - raw.entry.header_bytes) {
    return std::nullopt;
  }
  const std::uint64_t offset = next - *taken;
  const std::uint64_t gap = offset - raw.entry.header_bytes;
  if (gap < before || gap - before > 0xFFFF || offset % kAlignment != 0) return std::nullopt;
  return offset;
}

}  // namespace

void RequireLocalHeader(const ByteSource& file, const ZipEntry& entry) {
  if (ReadLocalHeader(file, entry) == entry.offset_bytes) return;
  FailZip(file, entry.header_bytes,
          fmt::format("the header before its entry \"{}\" leaves a gap that torch does not write",
                      Printable(entry.name)));
}

ZipDirectory::ZipDirectory(const ByteSource& file) {
  const DirectoryPlace place = FindDirectory(file);
  std::vector<std::byte> scratch;
  const Bytes bytes = ReadZip(file, place.offset_bytes, place.size_bytes, scratch);
  std::vector<DirectoryParser::Raw> raw = DirectoryParser(file, place, bytes).Parse();
  std::ranges::stable_sort(raw, {}, [](const auto& r) { return r.entry.header_bytes; });
  entries_.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    ZipEntry& entry = raw[i].entry;
    const std::uint64_t next =
        i + 1 < raw.size() ? raw[i + 1].entry.header_bytes : place.offset_bytes;
    const auto implied = ImpliedOffset(raw[i], next);
    if (implied && file.BytesToMove(entry.header_bytes, kLocalHeaderBytes) > 0) {
      entry.offset_bytes = *implied;
      entry.is_implied = true;
    } else {
      entry.offset_bytes = ReadLocalHeader(file, entry);
    }
    const auto end = CheckedAdd(entry.offset_bytes, entry.size_bytes);
    if (!end || *end > next) {
      FailZip(file, entry.header_bytes,
              fmt::format("its entry \"{}\" of {} bytes reaches into what begins at byte {}",
                          Printable(entry.name), entry.size_bytes, next));
    }
    entries_.push_back(std::move(entry));
  }
  for (const ZipEntry& entry : entries_) {
    if (by_name_.emplace(entry.name, &entry).second) continue;
    FailZip(file, entry.header_bytes,
            fmt::format("its entry \"{}\" occurs twice", Printable(entry.name)));
  }
}

const ZipEntry* ZipDirectory::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace modelkin
