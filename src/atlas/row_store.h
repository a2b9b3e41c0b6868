// Rows of one width for each place, in chunks that a scan reads one after another.
//
// A chunk's bytes are `capacity` entries of two numbers of 64 bits, least significant byte first:
// the record's id (0: the slot is free) and its component's effective values; then as many rows.
// The first chunk of a place has few slots, later ones up to kLargestChunk, so that places with one
// record cost little.
#ifndef MODELKIN_ATLAS_ROW_STORE_H_
#define MODELKIN_ATLAS_ROW_STORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "atlas/database.h"
#include "sketch/sketch.h"

namespace modelkin {

inline constexpr std::uint64_t kSmallestChunk = 16;
inline constexpr std::uint64_t kLargestChunk = 4096;
inline constexpr std::size_t kEntryBytes = 16;

enum class RowForm { kBits = 0, kProfile = 1 };

// Bytes of a row.
std::size_t RowBytes(RowForm form);

// What rows that are compared with one another have in common. Profiles have a place of {}.
struct RowPlace {
  RowForm form = RowForm::kBits;
  Component kind = Component::kText;
  SketchPlace place;
};

struct RowEntry {
  std::uint64_t id = 0, effective_values = 0;
};

struct RowSlot {
  std::uint64_t chunk = 0, slot = 0;
};

struct RowChunk {
  std::uint64_t id = 0, capacity = 0, used = 0, cleared = 0;
};

// Returns the chunks of a place, in order; none where the atlas has no such place. Throws
// Error(kBadInput) for sizes that none has.
std::vector<RowChunk> ChunksOf(const Database& database, const RowPlace& place);

// Reads a whole chunk into `bytes`. Throws Error(kBadInput) unless it is as large as it should be.
void ReadChunk(const Database& database, RowForm form, const RowChunk& chunk,
               std::vector<std::byte>& bytes);
// Of a chunk's bytes.
RowEntry EntryOf(std::span<const std::byte> chunk, std::uint64_t slot);

// Returns the id of a place in the atlas; 0 where it has none.
std::uint64_t FindPlaceId(const Database& database, const RowPlace& place);
// Returns what a row that begins with id, capacity, used, cleared says. Throws as ChunksOf.
RowChunk ChunkOf(const Database& database, const Statement& row);
// Throws Error(kBadInput) unless a chunk's bytes are as many as they should be.
void CheckChunkSize(const Database& database, const Blob& blob, RowForm form,
                    const RowChunk& chunk);
std::uint64_t ChunkBytes(RowForm form, std::uint64_t capacity);

// The numbers that make a place, as columns of its table.
using PlaceFields = std::array<std::int64_t, 5>;
PlaceFields FieldsOf(const RowPlace& place);

// Slots of a record as bytes, and back. Throws Error(kBadInput), where `database` is named.
std::string PackSlots(std::span<const RowSlot> slots);
std::vector<RowSlot> UnpackSlots(const Database& database, std::string_view bytes);

}  // namespace modelkin

#endif  // MODELKIN_ATLAS_ROW_STORE_H_
