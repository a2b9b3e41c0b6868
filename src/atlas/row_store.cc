#include "atlas/row_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "atlas/profile_features.h"

namespace modelkin {
namespace {

static_assert(std::endian::native == std::endian::little, "rows are kept as this machine has them");

constexpr std::uint64_t kMostFields = 6;  // components of a sketch, with room
constexpr std::size_t kSlotBytes = 16;

std::int64_t Signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t Unsigned(std::int64_t number) { return static_cast<std::uint64_t>(number); }

}  // namespace

std::size_t RowBytes(RowForm form) {
  return form == RowForm::kBits ? kComponentBits / 8 : kProfileFeatures;
}

PlaceFields FieldsOf(const RowPlace& place) {
  return {static_cast<std::int64_t>(place.form), static_cast<std::int64_t>(place.kind),
          static_cast<std::int64_t>(place.place.role), Signed(place.place.rows),
          Signed(place.place.columns)};
}

std::uint64_t FindPlaceId(const Database& database, const RowPlace& place) {
  Statement select(database,
                   "SELECT id FROM place WHERE form = ?1 AND kind = ?2 AND role = ?3 AND "
                   "row_count = ?4 AND column_count = ?5");
  int parameter = 0;
  for (const std::int64_t field : FieldsOf(place)) select.Bind(++parameter, field);
  return select.Step() ? Unsigned(select.Number(0)) : 0;
}

RowChunk ChunkOf(const Database& database, const Statement& row) {
  const RowChunk chunk = {.id = Unsigned(row.Number(0)),
                          .capacity = Unsigned(row.Number(1)),
                          .used = Unsigned(row.Number(2)),
                          .cleared = Unsigned(row.Number(3))};
  if (chunk.capacity < kSmallestChunk || chunk.capacity > kLargestChunk ||
      chunk.used > chunk.capacity || chunk.cleared > chunk.used) {
    database.FailDamaged(fmt::format("chunk {} has sizes that none has", chunk.id));
  }
  return chunk;
}

std::uint64_t ChunkBytes(RowForm form, std::uint64_t capacity) {
  return capacity * (kEntryBytes + RowBytes(form));
}

void CheckChunkSize(const Database& database, const Blob& blob, RowForm form,
                    const RowChunk& chunk) {
  if (blob.size() != ChunkBytes(form, chunk.capacity)) {
    database.FailDamaged(fmt::format("chunk {} has {} bytes instead of {}", chunk.id, blob.size(),
                                     ChunkBytes(form, chunk.capacity)));
  }
}

std::vector<RowChunk> ChunksOf(const Database& database, const RowPlace& place) {
  std::vector<RowChunk> chunks;
  const std::uint64_t id = FindPlaceId(database, place);
  if (id == 0) return chunks;
  Statement select(database,
                   "SELECT id, capacity, used, cleared FROM chunk WHERE place = ?1 ORDER BY id");
  select.Bind(1, Signed(id));
  while (select.Step()) chunks.push_back(ChunkOf(database, select));
  return chunks;
}

void ReadChunk(const Database& database, RowForm form, const RowChunk& chunk,
               std::vector<std::byte>& bytes) {
  const Blob blob(database, "chunk_data", "bytes", Signed(chunk.id), false);
  CheckChunkSize(database, blob, form, chunk);
  bytes.resize(ChunkBytes(form, chunk.capacity));
  // Slots that were never used are neither read nor looked at.
  const std::span<std::byte> all(bytes);
  blob.Read(0, all.first(chunk.used * kEntryBytes));
  blob.Read(chunk.capacity * kEntryBytes,
            all.subspan(chunk.capacity * kEntryBytes, chunk.used * RowBytes(form)));
}

RowEntry EntryOf(std::span<const std::byte> chunk, std::uint64_t slot) {
  std::array<std::uint64_t, 2> numbers;
  std::memcpy(numbers.data(), chunk.data() + slot * kEntryBytes, kEntryBytes);
  return {.id = numbers[0], .effective_values = numbers[1]};
}

std::string PackSlots(std::span<const RowSlot> slots) {
  std::string bytes;
  for (const RowSlot& slot : slots) {
    const std::array<std::uint64_t, 2> numbers = {slot.chunk, slot.slot};
    bytes.append(reinterpret_cast<const char*>(numbers.data()), kSlotBytes);
  }
  return bytes;
}

std::vector<RowSlot> UnpackSlots(const Database& database, std::string_view bytes) {
  if (bytes.size() % kSlotBytes != 0 || bytes.size() > 2 * kMostFields * kSlotBytes) {
    database.FailDamaged("a record's slots are none");
  }
  std::vector<RowSlot> slots;
  for (std::size_t at = 0; at < bytes.size(); at += kSlotBytes) {
    std::array<std::uint64_t, 2> numbers;
    std::memcpy(numbers.data(), bytes.data() + at, kSlotBytes);
    slots.push_back({.chunk = numbers[0], .slot = numbers[1]});
  }
  return slots;
}

}  // namespace modelkin
